/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One key for one row: whose it is by the plan and by the registry, what is
 * written down before and behind its enrollment, and what its failure ends.
 */
#include "tests/unit/rollout-parts.h"

#include "tests/unit/one-token.h"

#include "bridge/rollout/pin.h"
#include "bridge/verify/admission.h"
#include "token/fido/care.h"

static const char four[] = HEAD
	"," A "alice,Alice A.,totp,blue-1,1001\n"
	"," A "bob,,totp,,\n"
	"," A "carol,,fido,blue-3,\n"
	"," A "dave,,hardware-totp,,GAKT12345678\n"
	"," A "erin,,virtual,,\n";

#define DEVICE "arn:aws:iam::123456789012:mfa/a-1"
#define TOKEN "0123456789abcdef0123456789abcdef"

static struct trust trust;
static struct arrival arrival;
static bool done;
static struct world {
	struct error fails;   /* what enrolling does; code 0: it succeeds */
	unsigned times;       /* so often; 0: for ever */
	unsigned enrolled;
	bool binds;           /* though it fails */
	bool late;            /* the deadline has passed */
	bool unconfirmed, unverified;
	const struct registry_token *admits; /* shown to the caller's word */
	char journal[ID_LEN];
	enum row_state written; /* when enrolling begins */
} world;

WRAP(int, care_wink, struct fido *f, struct error *e)
{
	assert_ptr_equal(f, opened);
	return ask('w', e);
}

WRAP(int, admission_check_claims, const struct run *r,
	const struct admission *a, const struct token *t, struct error *e)
{
	assert_non_null(r);
	assert_ptr_equal(t, &token);
	assert_ptr_equal(a->trust, &trust);
	assert_non_null(a->method);
	return ask('a', e);
}

WRAP(int, run_pause, const struct run *r, int64_t ms, struct error *e)
{
	assert_non_null(r);
	assert_int_equal(ms, 250);
	return ask('.', e);
}

WRAP(bool, deadline_passed, deadline_t d)
{
	assert_int_equal(d, 5000 + 6000);
	return world.late;
}

WRAP(int, session_give_pin, struct session *s, const struct run *r, size_t i,
	const struct token *t, struct error *e)
{
	assert_ptr_equal(s, &x);
	assert_non_null(r);
	assert_ptr_equal(t, &token);
	assert_int_equal(x.state.rows[i].state, ROW_DONE);
	return ask('p', e);
}

WRAP(int, session_give_owed_pin, struct session *s, const struct run *r,
	size_t i, const struct token *t, struct error *e)
{
	assert_ptr_equal(s, &x);
	assert_ptr_equal(t, &token);
	run_say(r, "row %zu is owed one", i);
	return ask('P', e);
}

static void add_binding(const char *journal)
{
	struct event_draft d = { .type = EVENT_BINDING_ADDED,
		.journal = journal, .actor = q.actor };
	struct registry_head head;
	char id[ID_LEN], device[ID_LEN], key[64];
	json_t *body;

	new_id(id);
	add_token(reg, "1001", key);
	OK(registry_name_put(reg, "aws-device", DEVICE, device, &err));
	body = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s}", "binding", id, "token",
		key, "kind", "aws", "account", "123456789012", "user",
		"IDalice", "device", device);
	d.body = body;
	OK(registry_append(reg, &d, &head, &err));
	json_decref(body);
}

WRAP(int, mfa_enroll, const struct run *r, const struct mfa_request *m,
	struct mfa_enrolled *ret, struct error *e)
{
	const struct plan_row *row = NULL;
	size_t i;

	for (i = 0; i < plan.n; i++)
		if (strcmp(plan.rows[i].user, m->user) == 0)
			row = &plan.rows[i];
	assert_non_null(row);
	assert_true(m->aws == &aws && m->reg == reg && m->trust == &trust);
	assert_string_equal(m->method, row->method);
	assert_string_equal(m->holder, row->holder);
	assert_int_equal(m->holder_kind, REGISTRY_PERSON);
	assert_string_equal(m->label ? m->label : "", row->label);
	assert_string_equal(m->serial ? m->serial : "", row->printed);
	assert_ptr_equal(m->force, q.force);
	assert_int_equal(m->wait_s, 600);
	assert_false(m->wanted.readers || m->wanted.reg || m->wanted.alone);
	if (row_is_typed(row)) {
		assert_true(!m->wanted.name && !m->card);
	} else {
		assert_string_equal(m->wanted.name, "/dev/hidraw7");
		assert_ptr_equal(m->card, &arrival.card);
	}
	strcpy(world.journal, m->journal);
	world.written = written((size_t)(row - plan.rows)).state;
	run_say(r, "enrolling");
	if (world.admits && m->admit(m->admit_data, world.admits, e) < 0)
		return -e->code;
	if (world.binds)
		add_binding(m->journal);
	world.enrolled++;
	if (world.fails.code && (!world.times ||
		world.enrolled <= world.times))
		return error_copy(e, &world.fails);
	memset(ret, 0, sizeof(*ret));
	strcpy(ret->facts.serial, DEVICE);
	strcpy(ret->facts.token, TOKEN);
	ret->facts.token_serial = token.devinfo.serial;
	ret->has_verdict = !world.unverified;
	ret->verdict = VERDICT_GENUINE;
	ret->confirmed = !world.unconfirmed;
	ret->head.seq = 7;
	return 0;
}

static int begin(void **state)
{
	(void)state;
	begin_rollout(four);
	open_registry();
	memset(&world, 0, sizeof(world));
	memset(&token, 0, sizeof(token));
	memset(&arrival, 0, sizeof(arrival));
	policy_init(&trust.policy);
	trust.policy.file = NULL;
	q.trust = &trust;
	token.devinfo.serial = 1001;
	strcpy(token.node.path, "/dev/hidraw7");
	arrival.attached.chosen = &token;
	strcpy(arrival.port, "1-2");
	strcpy(arrival.key, "1-2:7");
	arrival.since = 5000;
	return 0;
}

static int serve(size_t i)
{
	asked[0] = said[0] = heard[0] = '\0';
	world.enrolled = 0;
	return session_serve(&x, i, i < 3 ? &arrival : NULL, &done, &err);
}

/* Refused or failed without anything begun: "refused", and why. */
static void turns_away(size_t i, const char *outcome, const char *why,
	const char *questions)
{
	char want[400];

	x.aside_n = 0; /* as if it was pulled out */
	OK(serve(i));
	assert_false(done);
	snprintf(want, sizeof(want), "%-9s %s  %s  %s\n          1-2: %s\n",
		outcome, plan.rows[i].user, token.devinfo.serial ?
		x.drawn[x.drawn_n - 1].name + strlen("serial ") : "-",
		*plan.rows[i].label ? plan.rows[i].label : "-", why);
	told(want);
	asked_is(questions);
	assert_int_equal(world.enrolled, 0);
}

/* ---- by the plan ---- */

static void a_key_of_another_row_is_refused(void **state)
{
	(void)state;
	turns_away(1, "refused", "by the plan it is for 'alice' (line 2)",
		"c");
	turns_away(2, "refused", "by the plan it is for 'alice' (line 2)",
		"c");
	token.devinfo.serial = 1002;
	turns_away(0, "refused", "the plan wants the key with serial number "
		"1001 for 'alice'", "c");
	token.devinfo.serial = 0;
	turns_away(0, "refused", "the plan wants the key with serial number "
		"1001 for 'alice'", "c");
	assert_string_equal(x.drawn[x.drawn_n - 1].name, "plug 1-2:7");
	fails_at('c', ERROR_PERMISSION, "");
	turns_away(1, "failed", "AWS says no", "c");
}

/* It is told of once, and forgotten as it is given out. */
static void one_for_another_row_is_put_aside(void **state)
{
	char key[PLUG_KEY_LEN];
	size_t i;

	(void)state;
	turns_away(1, "refused", "by the plan it is for 'alice' (line 2)",
		"c");
	assert_int_equal(x.aside_n, 1);
	assert_string_equal(x.aside[0].key, "1-2:7");
	assert_int_equal(x.aside[0].row, 1);
	OK(serve(2));
	assert_string_equal(said, "");
	assert_int_equal(x.counts[KEY_REFUSED], 1);
	assert_int_equal(x.aside_n, 1);
	assert_int_equal(x.aside[0].row, 2);
	OK(serve(0));
	assert_true(done);
	assert_int_equal(x.aside_n, 0);
	/* as much as there is room for: the last ones */
	for (i = 0; i < ASIDE_MAX; i++) {
		snprintf(key, sizeof(key), "1-3:%zu", i);
		assert_false(session_put_aside(&x, key, 1));
	}
	assert_false(session_put_aside(&x, "1-9:9", 3));
	assert_int_equal(x.aside_n, ASIDE_MAX);
	assert_string_equal(x.aside[0].key, "1-3:1");
	assert_string_equal(x.aside[ASIDE_MAX - 1].key, "1-9:9");
}

static void refuses_what_carol_has(void)
{
	token.devinfo.serial = 2002;
	x.state.rows[2].serial = 2002;
	x.state.rows[2].state = ROW_DONE;
	turns_away(1, "refused", "this rollout has given it to 'carol' already "
		"(line 4)", "cP");
}

/* What it was given to, a touch, or a failure: another row changes nothing. */
static void only_what_another_row_may_want_is_put_aside(void **state)
{
	(void)state;
	refuses_what_carol_has();
	assert_int_equal(x.aside_n, 0);
	x.state.rows[2].state = ROW_FAILED;
	world.fails.code = ERROR_REFUSED;
	OK(serve(1));
	assert_int_equal(x.counts[KEY_REFUSED], 2);
	assert_int_equal(x.aside_n, 0);
	fails_at('c', ERROR_PERMISSION, "");
	turns_away(1, "failed", "AWS says no", "c");
	assert_int_equal(x.aside_n, 0);
}

static void a_key_that_was_given_away_is_not_given_again(void **state)
{
	(void)state;
	refuses_what_carol_has();
	heard_is("port 1-2, carol: row 2 is owed one\n");
	/* what is being taken back is no key that waits for a PIN */
	x.state.rows[2].state = ROW_UNDOING;
	turns_away(1, "refused", "this rollout has given it to 'carol' already "
		"(line 4)", "c");
	x.state.rows[2].state = ROW_FAILED;
	OK(serve(1));
	assert_true(done);
}

static void a_row_that_is_done_is_served_for_its_pin_alone(void **state)
{
	(void)state;
	token.devinfo.serial = 2002;
	x.state.rows[1].state = ROW_DONE;
	turns_away(1, "refused", "no row waits for it: only keys that have no "
		"initial PIN yet are wanted", "c");
}

/* ---- by the registry ---- */

static void what_the_registry_says_of_the_key_counts(void **state)
{
	char id[ID_LEN], other[ID_LEN], holder[ID_LEN];

	(void)state;
	token.devinfo.serial = 2002;
	add_token(reg, "2003", other);
	OK(registry_name_set(reg, "label", other, "blue-3", &err));
	/* the registry does not know this one, and its label is taken */
	turns_away(2, "refused", "the label 'blue-3' is another key's in the "
		"registry: that of the one with serial number 2003", "c");
	add_token(reg, "2002", id);
	turns_away(2, "refused", "the label 'blue-3' is another key's in the "
		"registry: that of the one with serial number 2003", "c");
	/* two have it, and this is one of them */
	OK(registry_name_set(reg, "label", id, "blue-3", &err));
	OK(serve(2));
	assert_true(done);
	x.state.rows[2].state = ROW_OPEN;
	add_holder(reg, "eve", holder);
	add(reg, EVENT_TOKEN_ASSIGNED, json_pack("{s:s,s:s}", "token", id,
		"holder", holder));
	turns_away(2, "refused", "this token is eve's, not carol's: plug in "
		"another one, or where both are one person name eve as the "
		"holder (--holder; in a plan, its column)", "c");
	/* what is retired is no row of its any more, nor its label's */
	add(reg, EVENT_TOKEN_STATE, json_pack("{s:s,s:s}", "token", id,
		"state", "retired"));
	add(reg, EVENT_TOKEN_STATE, json_pack("{s:s,s:s}", "token", other,
		"state", "retired"));
	OK(serve(2));
	assert_true(done);
}

static void a_device_of_somebodys_is_taken_by_its_number_alone(void **state)
{
	struct registry_binding b = { .kind = REGISTRY_AWS,
		.account = "210987654321", .user_name = NULL };
	struct registry_token row = { .id = TOKEN,
		.bindings = { .p = &b, .n = 1 } };
	char name[] = "eve";

	(void)state;
	token.devinfo.serial = 2002;
	world.admits = &row;
	OK(serve(1));
	told("refused   bob  2002  -\n          1-2: it is a device of '-' in "
		"account 210987654321 already (give its serial number in the "
		"plan, if it is meant)\n");
	assert_int_equal(world.enrolled, 0);
	assert_int_equal(x.state.rows[1].state, ROW_OPEN);
	b.user_name = name;
	OK(serve(1));
	assert_non_null(strstr(said, "a device of 'eve' in account "));
	/* given back, not AWS's, or meant */
	b.removed = 1;
	OK(serve(1));
	assert_true(done);
	x.state.rows[1].state = ROW_OPEN;
	x.state.rows[1].serial = 0;
	x.state.rows[1].token[0] = '\0';
	b.removed = 0;
	b.kind = REGISTRY_PAM;
	OK(serve(1));
	assert_true(done);
	x.state.rows[1].state = ROW_OPEN;
	x.state.rows[1].token[0] = '\0';
	b.kind = REGISTRY_AWS;
	token.devinfo.serial = 1001;
	OK(serve(0));
	assert_true(done);
	/* proved to be one that this rollout gave away */
	token.devinfo.serial = 2003;
	OK(serve(1));
	told("refused   bob  2003  -\n          1-2: this rollout has given it "
		"to 'alice' already (line 2)\n");
}

static void what_the_policy_refuses_costs_no_touch(void **state)
{
	(void)state;
	trust.policy.file = (char *)"p";
	fails_at('a', ERROR_REFUSED, "");
	turns_away(0, "refused", "AWS says no", "ca");
	fails_at('a', ERROR_USAGE, "");
	turns_away(0, "failed", "AWS says no", "ca");
	token.devinfo.serial = 0;
	turns_away(1, "failed", "AWS says no", "ca");
	token.devinfo.serial = 1001;
	fails_at('a', ERROR_CORRUPT, "");
	SAYS(ERROR_CORRUPT, "AWS says no", serve(0));
	told("failed    alice  1001  blue-1\n          1-2: AWS says no\n");
	failing.question = 0;
	OK(serve(0));
	asked_is("caowp");
}

/* ---- enrolling ---- */

static void it_is_written_down_before_and_behind(void **state)
{
	struct row_record rec;

	(void)state;
	x.state.rows[0].packed = true;
	OK(serve(0));
	assert_true(done);
	assert_int_equal(world.written, ROW_BEGUN);
	asked_is("cowp");
	told("done      alice  1001  blue-1\n          " DEVICE "\n");
	heard_is("port 1-2, alice: this key is for Alice A..\n"
		"port 1-2, alice: enrolling\n");
	rec = written(0);
	assert_int_equal(rec.state, ROW_DONE);
	assert_string_equal(rec.journal, world.journal);
	assert_string_equal(rec.device, DEVICE);
	assert_string_equal(rec.token, TOKEN);
	assert_int_equal(rec.serial, 1001);
	assert_true(rec.packed);
	assert_true(x.has_head && x.changed);
	assert_int_equal(x.head.seq, 7);
	assert_int_equal(x.last, 0);
	assert_string_equal(x.last_key, "serial 1001");
	assert_int_equal(x.drawn_n, 1);
	assert_int_equal(x.drawn[0].outcome, KEY_DONE);
	assert_int_equal(x.counts[KEY_DONE], 1);
}

static void what_aws_does_not_list_yet_is_a_warning(void **state)
{
	(void)state;
	with_json = true;
	world.unconfirmed = world.unverified = true;
	token.devinfo.serial = 0;
	OK(serve(1));
	assert_non_null(strstr(heard, "warning: AWS does not list the device "
		"of 'bob' yet: check with `tokenbridge audit`\n"));
	assert_non_null(strstr(said, "\"verdict\":null"));
	assert_string_equal(x.last_key, "plug 1-2:7");
	world.unverified = false;
	x.state.rows[1].state = ROW_OPEN;
	x.state.rows[1].token[0] = '\0';
	OK(serve(1));
	assert_non_null(strstr(said, "\"verdict\":\"genuine\""));
}

static void a_row_without_a_key_is_served_when_somebody_says_so(void **state)
{
	(void)state;
	OK(serve(3));
	assert_true(done);
	asked_is("");
	heard_is("dave: enrolling\n");
	told("done      dave  -  -\n          " DEVICE "\n");
	assert_string_equal(x.last_key, "typed GAKT12345678");
	OK(serve(4));
	assert_string_equal(x.last_key, "typed erin");
}

static void a_card_that_is_not_there_yet_is_waited_for(void **state)
{
	(void)state;
	error_set(&world.fails, ERROR_UNSUPPORTED, "no card");
	world.times = 2;
	OK(serve(0));
	assert_true(done);
	asked_is("cow..p");
	world.times = 0;
	world.late = true;
	x.state.rows[0].state = ROW_OPEN;
	OK(serve(0));
	assert_false(done);
	asked_is("cow");
	told("failed    alice  1001  blue-1\n          1-2: no card\n");
	world.late = false;
	fails_at('.', ERROR_INTERRUPTED, "");
	SAYS(ERROR_INTERRUPTED, "AWS says no", serve(0));
	/* where nothing is plugged in there is no card to wait for */
	OK(serve(3));
	assert_int_equal(world.enrolled, 1);
	told("failed    dave  -  -\n          no card\n");
}

/* ---- failures ---- */

static void a_failure_ends_the_key_the_row_or_the_session(void **state)
{
	static const struct {
		int code;
		const char *foreign;
		const char *outcome;
		enum row_state state;
		bool ends;
	} rows[] = {
		{ ERROR_REFUSED, "", "refused", ROW_OPEN, false },
		{ ERROR_CONFLICT, "", "refused", ROW_OPEN, false },
		{ ERROR_FAILED, "", "failed", ROW_OPEN, false },
		{ ERROR_BUSY, "", "failed", ROW_OPEN, false },
		{ ERROR_REMOTE, "NoSuchEntity", "failed", ROW_FAILED, false },
		{ ERROR_REMOTE, "AccessDenied", "failed", ROW_FAILED, true },
		{ ERROR_REMOTE, "ExpiredToken", "failed", ROW_FAILED, true },
		{ ERROR_REMOTE, "InvalidClientTokenId", "failed", ROW_FAILED,
			true },
		{ ERROR_REMOTE, "SignatureDoesNotMatch", "failed", ROW_FAILED,
			true },
		{ ERROR_REMOTE, "RequestExpired", "failed", ROW_FAILED, true },
		{ ERROR_REMOTE, "ExpiredTokenException", "failed", ROW_FAILED,
			true },
		{ ERROR_REMOTE, "UnrecognizedClientException", "failed",
			ROW_FAILED, true },
		{ ERROR_REMOTE, "OptInRequired", "failed", ROW_FAILED, true },
		{ ERROR_CORRUPT, "", "failed", ROW_OPEN, true },
		{ ERROR_UNREACHABLE, "", "failed", ROW_OPEN, true },
		{ ERROR_USAGE, "", "failed", ROW_OPEN, true },
	};
	char want[200];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		error_set(&world.fails, rows[i].code, "it broke");
		strcpy(world.fails.foreign, rows[i].foreign);
		x.state.rows[0].state = ROW_OPEN;
		if (rows[i].ends)
			SAYS((int)rows[i].code, "it", serve(0));
		else
			OK(serve(0));
		snprintf(want, sizeof(want), "%-9s alice  1001  blue-1\n"
			"          1-2: it broke\n", rows[i].outcome);
		told(want);
		asked_is("cow");
		assert_int_equal(done, rows[i].state == ROW_FAILED);
		assert_int_equal(written(0).state, rows[i].state);
		assert_string_equal(written(0).text, rows[i].state ==
			ROW_FAILED ? "it broke" : "");
		assert_false(x.changed);
	}
	/* what a person broke off is told of no key */
	world.fails = (struct error){ 0 };
	error_set(&world.fails, ERROR_INTERRUPTED, "broken off");
	x.state.rows[0].state = ROW_OPEN;
	SAYS(ERROR_INTERRUPTED, "broken off", serve(0));
	told("");
}

static void what_the_registry_has_is_done_though_it_failed(void **state)
{
	(void)state;
	error_set(&world.fails, ERROR_INTERRUPTED, "broken off");
	world.binds = true;
	SAYS(ERROR_INTERRUPTED, "broken off", serve(0));
	assert_true(done && x.changed);
	told("done      alice  1001  blue-1\n          " DEVICE "\n");
	assert_int_equal(written(0).state, ROW_DONE);
	assert_int_equal(written(0).serial, 1001);
}

static void as_much_of_why_is_written_down_as_there_is_room_for(void **state)
{
	char text[301];

	(void)state;
	memset(text, 'x', 300);
	text[300] = '\0';
	error_set(&world.fails, ERROR_REMOTE, "%s", text);
	OK(serve(0));
	assert_int_equal(strlen(written(0).text),
		sizeof(x.state.rows[0].text) - 1);
}

static void what_cannot_be_told_ends_it(void **state)
{
	(void)state;
	mute = true;
	SAYS(ERROR_FAILED, "nobody hears", serve(0));
	assert_int_equal(written(0).state, ROW_DONE);
	mute = false;
	x.state.rows[0].state = ROW_OPEN;
	x.state.rows[0].serial = 0;
	x.state.rows[0].token[0] = '\0';
	fails_at('p', ERROR_FAILED, "");
	SAYS(ERROR_FAILED, "AWS says no", serve(0));
	told("done      alice  1001  blue-1\n          " DEVICE "\n");
	failing.question = 0;
	/* the state cannot be written, so nothing is begun */
	x.state.rows[1].state = ROW_OPEN;
	token.devinfo.serial = 2002;
	close(x.state.fd);
	FAILS(ERROR_FAILED, serve(1));
	assert_int_equal(world.enrolled, 0);
	x.state.fd = -1;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_key_of_another_row_is_refused),
		TEST(one_for_another_row_is_put_aside),
		TEST(only_what_another_row_may_want_is_put_aside),
		TEST(a_key_that_was_given_away_is_not_given_again),
		TEST(a_row_that_is_done_is_served_for_its_pin_alone),
		TEST(what_the_registry_says_of_the_key_counts),
		TEST(a_device_of_somebodys_is_taken_by_its_number_alone),
		TEST(what_the_policy_refuses_costs_no_touch),
		TEST(it_is_written_down_before_and_behind),
		TEST(what_aws_does_not_list_yet_is_a_warning),
		TEST(a_row_without_a_key_is_served_when_somebody_says_so),
		TEST(a_card_that_is_not_there_yet_is_waited_for),
		TEST(a_failure_ends_the_key_the_row_or_the_session),
		TEST(what_the_registry_has_is_done_though_it_failed),
		TEST(as_much_of_why_is_written_down_as_there_is_room_for),
		TEST(what_cannot_be_told_ends_it),
	};

	return cmocka_run_group_tests_name("rollout key", tests, NULL, NULL);
}
