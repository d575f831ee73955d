/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every method of registering shares: what is asked before anything is
 * begun, what each answer leads to, and what is left behind a failure.
 */
#include "tests/unit/enroll-parts.h"

static char row[ID_LEN];

static int begin_here(void **state)
{
	begin_enroll(state);
	add_token(reg, "1001", row);
	x.row = row;
	x.known = true;
	return 0;
}

static void has(size_t n, enum device_kind kind)
{
	size_t i;

	x.devices_n = n;
	for (i = 0; i < n; i++) {
		snprintf(x.devices[i].serial, sizeof(x.devices[i].serial),
			DEVICE("d%zu"), i);
		x.devices[i].kind = kind;
	}
}

/* The only binding, which is in force. */
static void bound(struct registry_binding *ret)
{
	struct registry_bindings list = { NULL, 0 };

	OK(registry_bindings_all(reg, &list, &err));
	assert_int_equal(registry_bindings_in_force(&list), 1);
	assert_int_equal(list.n, 1);
	*ret = list.p[0];
	free(list.p);
}

/* ---- all of it ---- */

static void a_token_is_registered_and_recorded(void **state)
{
	struct registry_binding b;
	struct registry_token t;

	(void)state;
	q.label = "blue-7";
	q.force = "who cares";
	OK(enroll());
	asked_is("sfcOurl" "ovaV" "sCPA" "sES");
	said_is("Touch key 'blue-7' again (touch 2 of 2) to prove that it "
		"holds the new secret.\n");
	assert_string_equal(done.method, "totp");
	assert_true(done.has_verdict && done.confirmed);
	assert_int_equal(done.verdict, VERDICT_GENUINE);
	assert_string_equal(done.joined_by, TOKEN_JOIN_USB);
	assert_true(done.head.seq > 0);
	assert_string_equal(done.facts.token, row);
	assert_string_equal(done.facts.holder, "Alice A.");
	assert_string_equal(done.facts.holder_kind, "person");
	assert_string_equal(done.facts.method, "totp");
	assert_string_equal(done.facts.basis, "seed-proved");
	assert_string_equal(done.facts.request, "request-1");
	assert_int_equal(done.facts.token_serial, 1001);
	assert_memory_equal(done.facts.device_name, "alice-", 6);
	assert_string_equal(done.facts.oath_account, done.facts.serial);
	/* codes of T-1 and T, by AWS's clock */
	assert_int_equal(strlen(x.codes[0]), 6);
	assert_string_not_equal(x.codes[0], x.codes[1]);
	owed(0, 0);
	bound(&b);
	assert_string_equal(b.token, row);
	assert_string_equal(b.user, "IDalice");
	assert_string_equal(b.device, done.facts.serial);
	assert_int_equal(b.method, REGISTRY_TOTP);
	registry_binding_done(&b);
	read_row(&t);
	assert_string_equal(t.holder_name, "Alice A.");
	assert_int_equal(t.holder_kind, REGISTRY_PERSON);
	registry_token_done(&t);
	/* nobody is kept behind it: the same again is told of its device */
	SAYS(ERROR_CONFLICT, "this token is a device of 'alice' already (",
		enroll());
	assert_non_null(strstr(err.text, "): `tokenbridge revoke -- alice "
		"arn:aws:iam::"));
	asked_is("sfcOurl");
}

static void whoever_wrote_down_before_knows_the_journal(void **state)
{
	(void)state;
	q.journal = "0123456789abcdef0123456789abcdef";
	OK(enroll());
	assert_memory_equal(done.facts.device_name + 6, q.journal, 12);
	q.method = "smoke";
	SAYS(ERROR_USAGE, "--method 'smoke' is none of: fido, totp, "
		"hardware-totp, virtual", enroll());
	asked_is("");
}

/* ---- before anything is begun ---- */

static void nothing_is_begun_behind_a_question_that_fails(void **state)
{
	static const char all[] = "sfcOurl";
	size_t i;

	(void)state;
	for (i = 0; all[i]; i++) {
		fails_at(all[i], ERROR_UNREACHABLE, "");
		SAYS(ERROR_UNREACHABLE, "AWS says no", enroll());
		assert_int_equal(strlen(asked), i + 1);
		owed(0, 0);
	}
}

static void a_user_that_aws_does_not_know_is_told(void **state)
{
	(void)state;
	x.unknown = true;
	SAYS(ERROR_REMOTE, "account " ACCOUNT " has no IAM user 'alice'; did "
		"you mean 'alicia'?", enroll());
	asked_is("sfcOu");
	x.unknown = false;
	aws_clock = -1;
	SAYS(ERROR_UNREACHABLE, "AWS did not tell its time, so no codes can be "
		"made", enroll());
}

static void how_many_devices_a_user_has_aws_decides(void **state)
{
	(void)state;
	fails_at('o', ERROR_UNREACHABLE, "");
	has(7, DEVICE_VIRTUAL);
	SAYS(ERROR_UNREACHABLE, "AWS says no", enroll());
	assert_null(strstr(said, "already"));
	has(8, DEVICE_VIRTUAL);
	SAYS(ERROR_UNREACHABLE, "AWS says no", enroll());
	assert_non_null(strstr(said, "warning: 'alice' has 8 MFA devices "
		"already, and AWS is known to allow 8 in partition aws: it may "
		"refuse one more; `tokenbridge replace` puts it in the place "
		"of an old one\n"));
}

#define MAY_NOT                                                                \
	"you are 'alice' with long-term keys, and AWS lets a user who has an " \
	"MFA device change it only in a session that was opened with MFA"

static void a_second_device_of_ones_own_wants_a_session(void **state)
{
	(void)state;
	strcpy(aws.caller.arn, "arn:aws:iam::" ACCOUNT ":user/alice");
	q.method = "virtual";
	has(1, DEVICE_FIDO);
	SAYS(ERROR_REMOTE, MAY_NOT ", for which a security key makes no code: "
		"have an administrator enroll", enroll());
	asked_is("syurl");
	has(1, DEVICE_VIRTUAL);
	SAYS(ERROR_REMOTE, MAY_NOT ", which you may not open: have an "
		"administrator enroll", enroll());
	asked_is("syurlm");
	said_is("You are 'alice' and have an MFA device: a session is opened "
		"with a code of it first. Who has lost it needs an "
		"administrator to enroll.\n");
	x.may_open = true;
	SAYS(ERROR_MALFORMED, "a code has six digits", enroll());
	fails_at('m', ERROR_INTERRUPTED, "");
	SAYS(ERROR_INTERRUPTED, "AWS says no", enroll());
	/* in such a session, and beside no other device */
	x.session = true;
	SAYS(ERROR_MALFORMED, "a code has six digits", enroll());
	assert_null(strchr(asked, 'm'));
	x.session = false;
	has(0, DEVICE_VIRTUAL);
	SAYS(ERROR_MALFORMED, "a code has six digits", enroll());
	assert_null(strchr(asked, 'm'));
	owed(0, 0);
}

/* Of several by what --code-of names; without it a person is asked. */
static void of_several_devices_one_is_named(void **state)
{
	(void)state;
	strcpy(aws.caller.arn, "arn:aws:iam::" ACCOUNT ":user/alice");
	q.method = "virtual";
	has(3, DEVICE_VIRTUAL);
	x.devices[2].kind = DEVICE_FIDO;
	q.code_of = "d1";
	x.opens = 1;
	SAYS(ERROR_REMOTE, MAY_NOT ", which you may not open: have an "
		"administrator enroll", enroll());
	asked_is("syurlm");
	q.code_of = DEVICE("d0");
	x.opens = 0;
	SAYS(ERROR_REMOTE, MAY_NOT ", which you may not open", enroll());
	q.code_of = "d2"; /* which makes none */
	SAYS(ERROR_USAGE, "--code-of 'd2' is none of the devices of 'alice' "
		"that make codes", enroll());
	asked_is("syurl");
	owed(0, 0);
}

static void somebody_elses_token_is_refused(void **state)
{
	char holder[ID_LEN], id[ID_LEN];

	(void)state;
	bind_device(row, ACCOUNT, "IDbob", "bob", DEVICE("b"), id);
	bind_device(row, ELSEWHERE, "IDalice", "alice", DEVICE("c"), id);
	OK(enroll());
	assert_non_null(strstr(said, "This token of Alice A. is also a device "
		"of 'bob' in account " ACCOUNT ".\n"));
	assert_non_null(strstr(said, "This token of Alice A. is also a device "
		"of 'alice' in account " ELSEWHERE ".\n"));
	add_holder(reg, "Eve", holder);
	add(reg, EVENT_TOKEN_ASSIGNED, json_pack("{s:s,s:s}", "token", row,
		"holder", holder));
	SAYS(ERROR_REFUSED, "this token is Eve's, not Alice A.'s", enroll());
	asked_is("sfcOurl");
}

static void somebody_elses_token_is_refused_by_its_proof(void **state)
{
	char holder[ID_LEN];

	(void)state;
	add_holder(reg, "Eve", holder);
	add(reg, EVENT_TOKEN_ASSIGNED, json_pack("{s:s,s:s}", "token", row,
		"holder", holder));
	token.devinfo.serial = 0;
	SAYS(ERROR_REFUSED, "this token is Eve's, not Alice A.'s", enroll());
	asked_is("sfcOurlovaU");
}

static int admits(void *data, const struct registry_token *t, struct error *e)
{
	assert_ptr_equal(data, &x);
	assert_string_equal(t->id, row);
	return ask('z', e);
}

static void the_callers_word_counts_at_each_look(void **state)
{
	(void)state;
	q.admit = admits;
	q.admit_data = &x;
	fails_at('z', ERROR_REFUSED, "");
	SAYS(ERROR_REFUSED, "AWS says no", enroll());
	asked_is("sfcOurlz");
	failing.from = 2;
	SAYS(ERROR_REFUSED, "AWS says no", enroll());
	asked_is("sfcOurlzovazU");
	failing.from = 3;
	SAYS(ERROR_REFUSED, "AWS says no", enroll());
	asked_is("sfcOurlzovazVzU");
	failing.question = 0;
	OK(enroll());
	asked_is("sfcOurlzovazVzsCPAsES");
}

/* ---- a name of one's own ---- */

static void an_exact_name_has_to_be_free(void **state)
{
	static const struct {
		enum sight_at at;
		const char *user, *words;
	} rows[] = {
		{ SIGHT_FREE, "", "an unassigned device '" DEVICE("alice") "' "
			"is there already, and --exact-name takes no other "
			"name: `aws iam delete-virtual-mfa-device "
			"--serial-number " DEVICE("alice") "` first, if nobody "
			"is about to enable it" },
		{ SIGHT_HIS, "alice", "'" DEVICE("alice") "' is a device of "
			"'alice' already, and --exact-name takes no other "
			"name" },
		{ SIGHT_OTHERS, "", "'" DEVICE("alice") "' is a device of "
			"'somebody' already" },
	};
	size_t i;

	(void)state;
	q.exact_name = true;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		x.sight = (struct sight){ .at = rows[i].at };
		strcpy(x.sight.user, rows[i].user);
		SAYS(ERROR_CONFLICT, rows[i].words, enroll());
		asked_is("sfcOurlL");
		owed(0, 0);
	}
	fails_at('L', ERROR_UNREACHABLE, "");
	SAYS(ERROR_UNREACHABLE, "AWS says no", enroll());
	failing.question = 0;
	x.sight.at = SIGHT_UNSEEN;
	OK(enroll());
	assert_string_equal(done.facts.serial, DEVICE("alice"));
	assert_string_equal(done.facts.device_name, "alice");
	assert_true(done.facts.did & JOURNAL_EXACT_NAME);
	assert_true(done.facts.did & JOURNAL_DID_CREATE);
}

static void a_device_is_made_in_its_path(void **state)
{
	(void)state;
	q.template = "/team/{user}";
	OK(enroll());
	assert_string_equal(x.path, "/team/");
	assert_false(done.facts.did & JOURNAL_DID_CREATE);
	assert_non_null(strstr(done.facts.serial, ":mfa/team/alice-"));
}

/* ---- at AWS ---- */

static void what_fails_is_taken_back(void **state)
{
	static const struct {
		char question;
		int code;
		const char *asked;
	} steps[] = {
		{ 'o', ERROR_BUSY, "oU" }, { 'v', ERROR_TOUCH, "ovU" },
		{ 'a', ERROR_REFUSED, "ovaU" }, { 'V', ERROR_FAILED, "ovaVU" },
		{ 'C', ERROR_REMOTE, "ovaVsCU" },
		{ 'P', ERROR_FAILED, "ovaVsCPU" },
		{ 'A', ERROR_FAILED, "ovaVsCPAU" },
		{ 'E', ERROR_REMOTE, "ovaVsCPAsEU" },
		{ 'E', ERROR_INTERRUPTED, "ovaVsCPAsEU" },
	};
	char want[64];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(steps); i++) {
		fails_at(steps[i].question, steps[i].code, "");
		SAYS(steps[i].code, "AWS says no", enroll());
		snprintf(want, sizeof(want), "sfcOurl%s", steps[i].asked);
		asked_is(want);
		assert_non_null(strstr(said, "Nothing was left behind at AWS "
			"or in the token.\n"));
		owed(0, 0);
	}
	fails_at('A', ERROR_TIMEOUT, "");
	SAYS(ERROR_TOUCH, "the token was not touched in time", enroll());
	failing.question = 0;
	x.made = DEVICE("other");
	SAYS(ERROR_MALFORMED, "AWS says that it made device '" DEVICE("other")
		"' and not '" DEVICE("alice-"), enroll());
	/* nobody is kept behind it */
	x.made = NULL;
	OK(enroll());
}

static void what_is_owed_is_said(void **state)
{
	static const struct {
		enum sequence_undo undone;
		const char *why; /* NULL: said elsewhere */
	} rows[] = {
		{ SEQUENCE_OWED, "an OATH credential is left in the token: it "
			"is not here" },
		{ SEQUENCE_ASSIGNED, "AWS says that the device is in use" },
		{ SEQUENCE_ORPHAN, NULL },
	};
	char want[400];
	size_t i;

	(void)state;
	fails_at('C', ERROR_REMOTE, "AccessDenied");
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		x.undone = rows[i].undone;
		SAYS(ERROR_REMOTE, "AWS says no", enroll());
		snprintf(want, sizeof(want), "warning: what was begun is not "
			"taken back yet: %s\nThe next run of tokenbridge with "
			"this registry goes on with it: '", rows[i].why ?
			rows[i].why : "");
		if (rows[i].why)
			assert_memory_equal(said, want, strlen(want));
		else
			said_is("");
		owed(1, JOURNAL_CREATE_SENT);
		forget_owed();
	}
	/* the undoing itself fails */
	x.undone = SEQUENCE_UNDONE;
	x.made = DEVICE("other");
	fails_at('U', ERROR_UNREACHABLE, "");
	FAILS(ERROR_MALFORMED, enroll());
	assert_non_null(strstr(said, "warning: what was begun is not taken "
		"back yet: AWS says no\n"));
	forget_owed();
}

static void once_enabled_it_only_goes_forward(void **state)
{
	(void)state;
	fails_at('S', ERROR_UNREACHABLE, "");
	OK(enroll());
	assert_non_null(strstr(said, "warning: AWS says no\n"));
	owed(0, 0);
}

static void an_answer_that_was_lost_is_looked_for(void **state)
{
	static const int codes[] = { ERROR_UNREACHABLE, ERROR_TIMEOUT,
		ERROR_MALFORMED };
	char id[ID_LEN];
	size_t i;

	(void)state;
	x.known = false;
	for (i = 0; i < ARRAY_LEN(codes); i++) {
		fails_at('E', codes[i], "");
		x.unassigned = true;
		SAYS(codes[i], "AWS says no", enroll());
		asked_is("sfcOurlovaVsCPAsESU");
		assert_non_null(strstr(said, "warning: AWS says no\n"));
	}
	x.unassigned = false;
	OK(enroll());
	asked_is("sfcOurlovaVsCPAsESS");
	add_token(reg, "2002", id);
	x.row = id;
	token.devinfo.serial = 2002;
	/* and nobody tells */
	fails_at('S', ERROR_UNREACHABLE, "");
	OK(enroll());
}

static void a_device_that_aws_took_away_is_made_once_more(void **state)
{
	(void)state;
	fails_at('E', ERROR_REMOTE, "NoSuchEntity");
	failing.times = 4;
	x.taken_away = true;
	OK(enroll());
	asked_is("sfcOurlovaV" "sCPA" "sEk.Ek.Ek.Ek" "R" "sCPA" "sES");
	assert_non_null(strstr(said, "warning: AWS has taken the unassigned "
		"device '" DEVICE("alice-")));
	assert_non_null(strstr(said, "' away, as it does when anybody adds a "
		"virtual device in its console\nIt is made once more, which "
		"takes one more touch.\nTouch key '-' again (touch 3 of 3) to "
		"prove"));
}

static void a_server_that_has_not_heard_of_it_is_asked_again(void **state)
{
	(void)state;
	fails_at('E', ERROR_REMOTE, "NoSuchEntity");
	failing.times = 3;
	OK(enroll());
	asked_is("sfcOurlovaVsCPA" "sEk.Ek.Ek.E" "S");
	assert_int_equal(x.enabled, 4);
	failing.times = 0;
	assert_non_null(strstr(said, "AWS is not ready for that yet: asking "
		"again for 20 s.\n"));
}

static void a_token_that_keeps_the_old_secret_is_not_given_another(
	void **state)
{
	(void)state;
	fails_at('E', ERROR_REMOTE, "NoSuchEntity");
	x.taken_away = true;
	x.account = SEQUENCE_ACCOUNT_LEFT;
	SAYS(ERROR_NO_TOKEN, "it is not here", enroll());
	asked_is("sfcOurlovaVsCPA" "sEk.Ek.Ek.Ek" "RU");
	/* a second time it is not made again */
	x.account = SEQUENCE_ACCOUNT_REMOVED;
	SAYS(ERROR_REMOTE, "AWS has taken the unassigned device", enroll());
	asked_is("sfcOurlovaVsCPA" "sEk.Ek.Ek.Ek" "RsCPA" "sEk.Ek.Ek.Ek" "U");
	fails_at('k', ERROR_INTERRUPTED, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_here, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_token_is_registered_and_recorded),
		TEST(whoever_wrote_down_before_knows_the_journal),
		TEST(nothing_is_begun_behind_a_question_that_fails),
		TEST(a_user_that_aws_does_not_know_is_told),
		TEST(how_many_devices_a_user_has_aws_decides),
		TEST(a_second_device_of_ones_own_wants_a_session),
		TEST(of_several_devices_one_is_named),
		TEST(somebody_elses_token_is_refused),
		TEST(somebody_elses_token_is_refused_by_its_proof),
		TEST(the_callers_word_counts_at_each_look),
		TEST(an_exact_name_has_to_be_free),
		TEST(a_device_is_made_in_its_path),
		TEST(what_fails_is_taken_back),
		TEST(what_is_owed_is_said),
		TEST(once_enabled_it_only_goes_forward),
		TEST(an_answer_that_was_lost_is_looked_for),
		TEST(a_device_that_aws_took_away_is_made_once_more),
		TEST(a_server_that_has_not_heard_of_it_is_asked_again),
		TEST(a_token_that_keeps_the_old_secret_is_not_given_another),
	};

	return cmocka_run_group_tests_name("enroll", tests, NULL, NULL);
}
