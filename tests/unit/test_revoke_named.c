/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which device a person means, and virtual devices that nobody has: whose they
 * are, what is shown and asked, and what AWS's answers leave.
 */
#include "tests/unit/revoke-parts.h"

#include "bridge/journal/journal.h"
#include "bridge/mfa/recover.h"
#include "bridge/revoke/named.h"
#include "bridge/revoke/orphans.h"

#include <sys/stat.h>

/* What AWS lists. */
static struct world {
	const char *devices[4]; /* of alice */
	size_t devices_n;
	bool unknown;           /* AWS has no alice */
	const char *virtuals[4]; /* unassigned; "+" before one that is not */
	size_t virtuals_n;
	bool settled;           /* what was left was: none is listed any more */
	enum sight_at at;       /* where account_look finds it */
	bool mute;              /* and it does not */
	bool yes;
} x;

WRAP(int, iam_get_user, struct aws_session *s, const char *name,
	struct iam_user *ret, bool *ret_found, struct error *e)
{
	(void)s;
	assert_string_equal(name, "alice");
	memset(ret, 0, sizeof(*ret));
	*ret_found = !x.unknown;
	if (!x.unknown)
		strcpy(ret->id, "IDalice");
	return ask('u', e);
}

WRAP(int, iam_list_mfa_devices, struct aws_session *s, const char *user,
	iam_device_fn fn, void *data, struct error *e)
{
	(void)s;
	assert_string_equal(user, "alice");
	return tell_devices(x.devices, x.devices_n, fn, data, e);
}

WRAP(int, iam_list_virtual_mfa_devices, struct aws_session *s,
	enum iam_assignment which, iam_virtual_fn fn, void *data,
	struct error *e)
{
	struct iam_virtual_device d;
	size_t i;
	int r = ask('v', e);

	(void)s;
	assert_int_equal(which, IAM_UNASSIGNED);
	for (i = 0; r == 0 && i < x.virtuals_n; i++) {
		memset(&d, 0, sizeof(d));
		d.assigned = x.virtuals[i][0] == '+';
		strcpy(d.serial, x.virtuals[i] + d.assigned);
		r = fn(data, &d, e);
	}
	return r;
}

WRAP(int, iam_delete_virtual_mfa_device, struct aws_session *s,
	const char *serial, struct error *e)
{
	(void)s;
	assert_true(strncmp(serial, DEVICE(""), strlen(DEVICE(""))) == 0);
	return ask('D', e);
}

WRAP(int, account_look, struct account *c, const struct sight_of *of,
	struct sight *ret, struct error *e)
{
	assert_ptr_equal(c, &aws);
	assert_string_equal(of->user, "");
	assert_string_equal(of->user_id, "");
	ret->at = x.at;
	if (x.mute)
		fails_at('L', ERROR_UNREACHABLE, "");
	return ask('L', e);
}

WRAP(int, recover_all, const struct run *r, const struct recovery *q,
	struct journal *ret_wanted, struct error *e)
{
	assert_ptr_equal(r, w.run);
	assert_ptr_equal(q->reg, reg);
	assert_null(ret_wanted);
	if (x.settled)
		x.virtuals_n = 0;
	return ask('s', e);
}

static int begin_named(void **state)
{
	memset(&x, 0, sizeof(x));
	begin(state);
	return 0;
}

/* ---- named ---- */

static char serial[IAM_SERIAL_MAX + 1];

static int find(const char *text)
{
	serial[0] = '\0';
	return named_device(&w, "alice", text, serial, &err);
}

static void is_device(const char *text, const char *want)
{
	OK(find(text));
	assert_string_equal(serial, want);
}

static void a_label_or_serial_number_leads_to_the_device_in_force(void **state)
{
	char token[ID_LEN], id[ID_LEN];

	(void)state;
	add_token(reg, "1001", token);
	OK(registry_name_set(reg, "label", token, "blue", &err));
	is_device("blue", "blue"); /* nothing is bound: AWS is asked later */
	asked_is("u");
	bind_device(token, ACCOUNT, "IDalice", "alice", DEVICE("was"), id);
	unbind(id);
	is_device("blue", DEVICE("was"));
	is_device("1001", DEVICE("was"));
	bind_device(token, ACCOUNT, "IDalice", "alice", DEVICE("a"), id);
	bind_device(token, ACCOUNT, "IDbob", "bob", DEVICE("bobs"), id);
	bind_device(token, ELSEWHERE, "IDalice", "alice", DEVICE("else"), id);
	is_device("blue", DEVICE("a"));
	is_device("1001", DEVICE("a"));
	is_device("01001", "01001");
	is_device(DEVICE("z"), DEVICE("z"));
	/* where AWS knows no such user the name of the record has to do */
	x.unknown = true;
	asked[0] = '\0';
	is_device("blue", DEVICE("a"));
	asked_is("u");
	fails_at('u', ERROR_REMOTE, "AccessDenied");
	SAYS(ERROR_REMOTE, "AWS says no", find("blue"));
	assert_string_equal(serial, "");
}

static void a_text_of_two_meanings_is_refused_with_both(void **state)
{
	char token[ID_LEN], other[ID_LEN], id[ID_LEN];

	(void)state;
	add_token(reg, "1001", token);
	OK(registry_name_set(reg, "label", token, "blue", &err));
	bind_device(token, ACCOUNT, "IDalice", "alice", DEVICE("a"), id);
	/* the device by that name is the same one */
	x.devices[0] = DEVICE("a");
	x.devices_n = 1;
	is_device("blue", DEVICE("a"));
	asked_is("ul");
	x.devices[0] = DEVICE("blue");
	SAYS(ERROR_REFUSED, "'blue' means two devices of 'alice': by label '"
		DEVICE("a") "', by device '" DEVICE("blue") "'; give the whole "
		"serial number of one", find("blue"));
	x.devices_n = 0;
	add_token(reg, "77", other);
	OK(registry_name_set(reg, "label", other, "1001", &err));
	bind_device(other, ACCOUNT, "IDalice", "alice", DEVICE("b"), id);
	SAYS(ERROR_REFUSED, "by label '" DEVICE("b") "', by serial number '"
		DEVICE("a") "'", find("1001"));
	/* two of one token in one way: the person says which */
	bind_device(token, ACCOUNT, "IDalice", "alice", DEVICE("c"), id);
	SAYS(ERROR_USAGE, "'blue' means two devices of 'alice': by label '",
		find("blue"));
	/* of one second, in any order */
	assert_non_null(strstr(err.text, "by label '" DEVICE("a") "'"));
	assert_non_null(strstr(err.text, "by label '" DEVICE("c") "'"));
	fails_at('l', ERROR_UNREACHABLE, "");
	SAYS(ERROR_UNREACHABLE, "AWS says no", find("blue"));
}

/* ---- orphans ---- */

static int answer(void *self, const char *question, bool *ret_yes,
	struct error *e)
{
	(void)e;
	hear(self, RUN_SAYS, question);
	*ret_yes = x.yes;
	return 0;
}

static const struct people asked_people = { .say = hear,
	.forget_secrets = forget, .confirm = answer };
static const struct run asking = { .people = &asked_people, .self = said,
	.cancel_fd = -1 };

static void has_virtuals(const char *a, const char *b)
{
	x.virtuals[x.virtuals_n++] = a;
	if (b)
		x.virtuals[x.virtuals_n++] = b;
}

/* One that this registry knows to have made. */
static void made(const char *device)
{
	char id[ID_LEN];

	bind_device(NULL, ACCOUNT, "IDalice", "alice", device, id);
	unbind(id);
}

static void a_journal(const char *device, enum journal_point point,
	struct journal *ret)
{
	struct journal_facts f = { .kind = JOURNAL_REVOKE };

	strcpy(f.account, ACCOUNT);
	strcpy(f.user, "alice");
	strcpy(f.serial, device);
	*ret = (struct journal){ .fd = -1 };
	OK(id_new(ret->id, &err));
	OK(journal_begin(ret, registry_path(reg), &f, &err));
	OK(journal_point(ret, point, &err));
}

static int delete_them(bool yes)
{
	said[0] = asked[0] = '\0';
	w.run = &asking;
	return revoke_orphans(&w, yes, &err);
}

#define SHOWN "Unassigned virtual devices of account 123456789012:\n"

static void what_was_made_here_is_deleted_and_the_rest_stays(void **state)
{
	char id[ID_LEN];

	(void)state;
	made(DEVICE("a"));
	has_virtuals(DEVICE("a"), DEVICE("foreign"));
	has_virtuals("+" DEVICE("taken"), DEVICE("bound"));
	bind_device(NULL, ACCOUNT, "IDbob", "bob", DEVICE("bound"), id);
	bind_device(NULL, ELSEWHERE, "IDbob", "bob", DEVICE("foreign"), id);
	OK(delete_them(true));
	asked_is("vsvD");
	assert_string_equal(said, SHOWN
		"  delete  " DEVICE("a") ": made here\n"
		"  leave   " DEVICE("foreign") ": not in this registry: whose "
		"it is is not known\n"
		"  leave   " DEVICE("bound") ": the registry has a binding of "
		"it in force\n");
	rows_are("revoked orphan " DEVICE("a") " - here: deleted; -\n"
		"kept orphan " DEVICE("foreign") " - here: not in this "
		"registry: whose it is is not known; -\n"
		"kept orphan " DEVICE("bound") " - here: the registry has a "
		"binding of it in force; tokenbridge revoke --account "
		"123456789012 -- bob " DEVICE("bound") "\n");
	assert_true(receipt.head.seq > 0);
	/* a list that lags has it for a while still */
	OK(delete_them(true));
	asked_is("v");
	json_array_clear(receipt.rows);
}

static void a_person_is_asked_before_anything_goes(void **state)
{
	(void)state;
	made(DEVICE("a"));
	made(DEVICE("b"));
	has_virtuals(DEVICE("a"), NULL);
	SAYS(ERROR_REFUSED, "nothing is deleted: nobody said yes, on a "
		"terminal or by --yes", delete_them(false));
	asked_is("v");
	assert_non_null(strstr(said, "Delete 1 device at AWS?\n"));
	rows_are("");
	x.yes = true;
	has_virtuals(DEVICE("b"), NULL);
	OK(delete_them(false));
	asked_is("vsvDD");
	assert_non_null(strstr(said, "Delete 2 devices at AWS?\n"));
}

static void whose_run_lives_or_whose_user_is_reserved_stays(void **state)
{
	char key[ACCOUNT_USER_KEY_LEN];
	struct journal j;

	(void)state;
	has_virtuals(DEVICE("a"), NULL);
	a_journal(DEVICE("a"), JOURNAL_DEACTIVATED, &j);
	OK(delete_them(true));
	rows_are("kept orphan " DEVICE("a") " - here: a run is at work on it; "
		"-\n");
	/* a dead run's is deleted */
	journal_done(&j);
	OK(delete_them(true));
	asked_is("vsvD");
	rows_are("revoked orphan " DEVICE("a") " - here: deleted; -\n");
	x.virtuals_n = 0;
	made(DEVICE("b"));
	has_virtuals(DEVICE("b"), NULL);
	account_user_key(ACCOUNT, "IDalice", key);
	OK(registry_reserve(reg, "user", key, NULL, registry_station(reg), 600,
		&err));
	OK(delete_them(true));
	rows_are("kept orphan " DEVICE("b") " - here: its user is reserved by "
		"another run; -\n");
}

static void aws_decides_what_becomes_of_a_deletion(void **state)
{
	static const struct {
		int code;
		const char *foreign, *row;
	} ways[] = {
		{ ERROR_REMOTE, "NoSuchEntity", "gone orphan " DEVICE("a")
			" - here: was gone already; -\n" },
		{ ERROR_REMOTE, "DeleteConflict", "kept orphan " DEVICE("a")
			" - here: somebody has it by now; -\n" },
		{ ERROR_REMOTE, "AccessDenied", "not-revoked orphan "
			DEVICE("a") " - here: AWS says no; aws iam "
			"delete-virtual-mfa-device --serial-number "
			DEVICE("a") "\n" },
	};
	size_t i;

	(void)state;
	made(DEVICE("a"));
	has_virtuals(DEVICE("a"), NULL);
	for (i = 0; i < ARRAY_LEN(ways); i++) {
		fails_at('D', ways[i].code, ways[i].foreign);
		OK(delete_them(true));
		asked_is("vsvD");
		rows_are(ways[i].row);
	}
	fails_at('D', ERROR_INTERRUPTED, "");
	SAYS(ERROR_INTERRUPTED, "AWS says no", delete_them(true));
}

static void an_answer_that_is_lost_is_looked_up(void **state)
{
	static const struct {
		enum sight_at at;
		const char *row;
	} ways[] = {
		{ SIGHT_ABSENT, "revoked orphan " DEVICE("a") " - here: "
			"deleted: AWS lists it no more; -\n" },
		{ SIGHT_OTHERS, "kept orphan " DEVICE("a") " - here: somebody "
			"has it by now; -\n" },
		{ SIGHT_FREE, "not-revoked orphan " DEVICE("a") " - here: AWS "
			"says no; aws iam delete-virtual-mfa-device "
			"--serial-number " DEVICE("a") "\n" },
	};
	size_t i;

	(void)state;
	made(DEVICE("a"));
	made(DEVICE("b"));
	has_virtuals(DEVICE("a"), NULL);
	fails_at('D', ERROR_UNREACHABLE, "");
	for (i = 0; i < ARRAY_LEN(ways); i++) {
		x.at = ways[i].at;
		OK(delete_them(true));
		asked_is("vsvDL");
		rows_are(ways[i].row);
		assert_false(w.lost);
	}
	/* where even that is not answered nothing more is asked */
	has_virtuals(DEVICE("b"), NULL);
	x.at = SIGHT_UNSEEN;
	x.mute = true;
	OK(delete_them(true));
	asked_is("vsvDL");
	assert_true(w.lost);
	rows_are("not-revoked orphan " DEVICE("a") " - here: AWS says no; aws "
		"iam delete-virtual-mfa-device --serial-number " DEVICE("a")
		"\n"
		"not-revoked orphan " DEVICE("b") " - here: not asked for: AWS "
		"did not answer; aws iam delete-virtual-mfa-device "
		"--serial-number " DEVICE("b") "\n");
}

static void what_recovery_has_ended_is_looked_for(void **state)
{
	struct journal j;

	(void)state;
	made(DEVICE("a"));
	has_virtuals(DEVICE("a"), NULL);
	x.settled = true;
	x.at = SIGHT_ABSENT;
	OK(delete_them(true));
	asked_is("vsvL");
	rows_are("revoked orphan " DEVICE("a") " - here: deleted: AWS lists it "
		"no more; -\n");
	/* nothing is listed, and nothing owed */
	OK(delete_them(true));
	asked_is("v");
	assert_string_equal(said, "");
	a_journal(DEVICE("z"), JOURNAL_DEACTIVATED, &j);
	journal_done(&j);
	OK(delete_them(true));
	asked_is("v");
	/* a run that owes a deletion alone is at its end then */
	a_journal(DEVICE("y"), JOURNAL_ORPHAN, &j);
	OK(delete_them(true));
	asked_is("v");
	journal_done(&j);
	OK(delete_them(true));
	asked_is("vs");
	fails_at('s', ERROR_REMOTE, "");
	SAYS(ERROR_REMOTE, "AWS says no", delete_them(true));
	fails_at('v', ERROR_REMOTE, "");
	SAYS(ERROR_REMOTE, "AWS says no", delete_them(true));
}

/* Somebody has it, or a run, by the time that it is to go. */
static void a_second_look_before_deleting_counts(void **state)
{
	(void)state;
	made(DEVICE("a"));
	has_virtuals(DEVICE("a"), NULL);
	fails_at('v', ERROR_REMOTE, "");
	failing.from = 2;
	SAYS(ERROR_REMOTE, "AWS says no", delete_them(true));
	asked_is("vsv");
	rows_are("");
}

static void a_journal_that_cannot_be_read_may_be_a_living_runs(void **state)
{
	char *folder = journal_directory(registry_path(reg));
	char path[256], id[ID_LEN];

	(void)state;
	new_id(id);
	assert_int_equal(mkdir(folder, 0700), 0);
	snprintf(path, sizeof(path), "%s/%s.journal", folder, id);
	write_text(path, "{}\n");
	free(folder);
	FAILS(ERROR_CORRUPT, revoke_orphans(&w, true, &err));
	asked_is("");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_named, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_label_or_serial_number_leads_to_the_device_in_force),
		TEST(a_text_of_two_meanings_is_refused_with_both),
		TEST(what_was_made_here_is_deleted_and_the_rest_stays),
		TEST(a_person_is_asked_before_anything_goes),
		TEST(whose_run_lives_or_whose_user_is_reserved_stays),
		TEST(aws_decides_what_becomes_of_a_deletion),
		TEST(an_answer_that_is_lost_is_looked_up),
		TEST(what_recovery_has_ended_is_looked_for),
		TEST(a_second_look_before_deleting_counts),
		TEST(a_journal_that_cannot_be_read_may_be_a_living_runs),
	};

	return cmocka_run_group_tests_name("revoke named", tests, NULL, NULL);
}
