/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices at AWS that nobody has: which of them are ours to delete, who is
 * asked, and what each answer of AWS's is told as.
 */
#define OK_IS_ZERO
#include "tests/unit/revoke-parts.h"

#include "bridge/journal/journal.h"
#include "bridge/mfa/recover.h"
#include "bridge/revoke/orphans.h"

static struct {
	const char *devices[4];
	size_t devices_n;
	size_t after;       /* lists that have them; 0: all */
	size_t lists;
	bool gone, says_yes;
	struct sight sight;
} x;

WRAP(int, iam_list_virtual_mfa_devices, struct aws_session *s,
	enum iam_assignment which, iam_virtual_fn fn, void *data,
	struct error *e)
{
	struct iam_virtual_device d = { .serial = DEVICE("assigned"),
		.assigned = true };
	size_t i;

	(void)s;
	assert_int_equal(which, IAM_UNASSIGNED);
	OK(fn(data, &d, e));
	d.assigned = false;
	x.lists++;
	for (i = 0; i < x.devices_n && (!x.after || x.lists <= x.after); i++) {
		strcpy(d.serial, x.devices[i]);
		if (fn(data, &d, e) < 0)
			return -e->code;
	}
	return ask('v', e);
}

WRAP(int, account_is_gone, struct registry *r, const char *account,
	const char *serial, bool *ret, struct error *e)
{
	assert_ptr_equal(r, reg);
	assert_string_equal(account, ACCOUNT);
	assert_non_null(serial);
	*ret = x.gone;
	return ask('g', e);
}

WRAP(void, account_remember_gone, struct registry *r, const char *account,
	const char *serial, const char *journal)
{
	assert_ptr_equal(r, reg);
	assert_string_equal(account, ACCOUNT);
	assert_non_null(serial);
	assert_string_equal(journal, registry_station(reg));
	ask('m', NULL);
}

WRAP(int, account_look, struct account *c, const struct sight_of *of,
	struct sight *ret, struct error *e)
{
	assert_ptr_equal(c, &aws);
	assert_true(!of->user[0] && !of->user_id[0]);
	*ret = x.sight;
	return ask('L', e);
}

WRAP(int, iam_delete_virtual_mfa_device, struct aws_session *s,
	const char *serial, struct error *e)
{
	(void)s;
	assert_non_null(serial);
	return ask('X', e);
}

WRAP(int, recover_all, const struct run *r, const struct recovery *recovery,
	struct journal *ret_wanted, struct error *e)
{
	assert_true(r == &run && recovery->reg == reg);
	(void)ret_wanted;
	return ask('r', e);
}

WRAP(int, run_confirm, const struct run *r, const char *question,
	bool *ret_yes, struct error *e)
{
	run_say(r, "%s", question);
	*ret_yes = x.says_yes;
	return ask('?', e);
}

static void there_are(const char *a, const char *b)
{
	x.devices[0] = a;
	x.devices[1] = b;
	x.devices_n = (size_t)!!a + (size_t)!!b;
}

/* A binding that was taken away: the device was made here. */
static void made_here(const char *device)
{
	char id[ID_LEN];

	bind_device(NULL, ACCOUNT, "IDalice", "alice", device, id);
	unbind(id);
}

static int begin_orphans(void **state)
{
	begin(state);
	memset(&x, 0, sizeof(x));
	return 0;
}

static int clear(bool yes)
{
	asked[0] = said[0] = '\0';
	x.lists = 0;
	w.lost = false;
	return revoke_orphans(&w, yes, &err);
}

#define SHOWN(how, why) "Unassigned virtual devices of account " ACCOUNT       \
	":\n  " how "  " DEVICE("a") ": " why "\n"
#define FOREIGN "not in this registry: whose it is is not known"

static void what_is_not_ours_is_left(void **state)
{
	char id[ID_LEN];

	(void)state;
	OK(clear(true));
	assert_string_equal(said, "");
	there_are(DEVICE("a"), NULL);
	OK(clear(true));
	asked_is("gv");
	assert_string_equal(said, SHOWN("leave ", FOREIGN));
	rows_are("kept orphan " DEVICE("a") " - here: " FOREIGN "; -\n");
	/* another account's row of it is no word on it */
	bind_device(NULL, ELSEWHERE, "IDalice", "alice", DEVICE("a"), id);
	OK(clear(true));
	rows_are("kept orphan " DEVICE("a") " - here: " FOREIGN "; -\n");
	/* one that is bound has a command of its own */
	bind_device(NULL, ACCOUNT, "IDalice", "alice", DEVICE("a"), id);
	OK(clear(true));
	assert_string_equal(said, SHOWN("leave ", "the registry has a binding "
		"of it in force"));
	assert_non_null(strstr(json_string_value(json_object_get(
		json_array_get(receipt.rows, 0), "command")),
		"tokenbridge revoke"));
	json_array_clear(receipt.rows);
	unbind(id);
	/* its user is at work elsewhere */
	new_id(id);
	OK(registry_reserve(reg, "user", ACCOUNT "/IDalice", id, 60, &err));
	OK(clear(true));
	rows_are("kept orphan " DEVICE("a") " - here: its user is reserved by "
		"another run; -\n");
	assert_true(receipt.head.seq > 0);
	OK(registry_release(reg, "user", ACCOUNT "/IDalice", id, &err));
	x.gone = true;
	OK(clear(true));
	assert_string_equal(said, "");
}

static void what_a_run_works_on_is_its_own(void **state)
{
	struct journal j = { .fd = -1 };
	struct journal_facts f = { .kind = JOURNAL_ENROLL };

	(void)state;
	strcpy(f.account, ACCOUNT);
	strcpy(f.serial, DEVICE("a"));
	new_id(j.id);
	OK(journal_begin(&j, registry_path(reg), &f, &err));
	there_are(DEVICE("a"), NULL);
	OK(clear(true));
	rows_are("kept orphan " DEVICE("a") " - here: a run is at work on it; "
		"-\n");
	/* one that is dead is recovered first */
	journal_done(&j);
	OK(clear(true));
	asked_is("gv" "r" "gv" "Xm");
	rows_are("revoked orphan " DEVICE("a") " - here: deleted; -\n");
}

static void a_person_is_asked_before(void **state)
{
	(void)state;
	made_here(DEVICE("a"));
	made_here(DEVICE("b"));
	there_are(DEVICE("a"), NULL);
	SAYS(ERROR_REFUSED, "nothing is deleted: nobody said yes, on a "
		"terminal or by --yes", clear(false));
	assert_string_equal(said, SHOWN("delete", "made here")
		"Delete 1 device at AWS?\n");
	asked_is("gv?");
	rows_are("");
	there_are(DEVICE("a"), DEVICE("b"));
	x.says_yes = true;
	OK(clear(false));
	assert_non_null(strstr(said, "Delete 2 devices at AWS?\n"));
	asked_is("ggv?rggvXmXm");
	rows_are("revoked orphan " DEVICE("a") " - here: deleted; -\n"
		"revoked orphan " DEVICE("b") " - here: deleted; -\n");
	fails_at('?', ERROR_INTERRUPTED, "");
	SAYS(ERROR_INTERRUPTED, "AWS says no", clear(false));
}

static void what_aws_answers_is_told(void **state)
{
	const char *const command = "aws iam delete-virtual-mfa-device "
		"--serial-number " DEVICE("a");
	static const struct {
		int code;
		const char *foreign;
		enum sight_at at;
		const char *asked, *row;
		bool command;
	} rows[] = {
		{ ERROR_REMOTE, "NoSuchEntity", 0, "X",
			"gone orphan %s - here: was gone already", false },
		{ ERROR_REMOTE, "DeleteConflict", 0, "X",
			"kept orphan %s - here: somebody has it by now",
			false },
		{ ERROR_REMOTE, "AccessDenied", 0, "X",
			"not-revoked orphan %s - here: AWS says no", true },
		{ ERROR_TIMEOUT, "", SIGHT_ABSENT, "XL",
			"revoked orphan %s - here: deleted: AWS lists it no "
			"more", false },
		{ ERROR_TIMEOUT, "", SIGHT_OTHERS, "XL",
			"kept orphan %s - here: somebody has it by now",
			false },
		{ ERROR_TIMEOUT, "", SIGHT_FREE, "XL",
			"not-revoked orphan %s - here: AWS says no", true },
	};
	char want[400], row[200];
	size_t i;

	(void)state;
	made_here(DEVICE("a"));
	there_are(DEVICE("a"), NULL);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		fails_at('X', rows[i].code, rows[i].foreign);
		x.sight.at = rows[i].at;
		OK(clear(true));
		snprintf(want, sizeof(want), "gvrgv%s", rows[i].asked);
		asked_is(want);
		snprintf(row, sizeof(row), rows[i].row, DEVICE("a"));
		snprintf(want, sizeof(want), "%s; %s\n", row, rows[i].command ?
			command : "-");
		rows_are(want);
	}
	/* where AWS does not answer the rest is not asked for */
	made_here(DEVICE("b"));
	there_are(DEVICE("a"), DEVICE("b"));
	fails_at('L', ERROR_UNREACHABLE, "");
	x.after = 1;
	OK(clear(true));
	asked_is("ggvrvLL");
	json_array_clear(receipt.rows);
	fails_at('X', ERROR_INTERRUPTED, "");
	x.after = 0;
	SAYS(ERROR_INTERRUPTED, "AWS says no", clear(true));
}

static void recovery_may_have_deleted_it(void **state)
{
	(void)state;
	made_here(DEVICE("a"));
	there_are(DEVICE("a"), NULL);
	x.after = 1;
	x.sight.at = SIGHT_ABSENT;
	OK(clear(true));
	asked_is("gvrvL");
	rows_are("revoked orphan " DEVICE("a") " - here: deleted: AWS lists it "
		"no more; -\n");
	x.sight.at = SIGHT_UNSEEN;
	OK(clear(true));
	rows_are("not-revoked orphan " DEVICE("a") " - here: AWS does not tell "
		"whether it is there; aws iam delete-virtual-mfa-device "
		"--serial-number " DEVICE("a") "\n");
	fails_at('L', ERROR_INTERRUPTED, "");
	SAYS(ERROR_INTERRUPTED, "AWS says no", clear(true));
}

static void each_question_that_fails_ends_it(void **state)
{
	static const char all[] = "gvr";
	size_t i;

	(void)state;
	made_here(DEVICE("a"));
	there_are(DEVICE("a"), NULL);
	for (i = 0; all[i]; i++) {
		fails_at(all[i], ERROR_INTERRUPTED, "");
		SAYS(ERROR_INTERRUPTED, "AWS says no", clear(true));
		assert_null(strchr(asked, 'X'));
		rows_are("");
	}
}

static void a_run_that_owes_a_deletion_alone_is_ended(void **state)
{
	struct journal j = { .fd = -1 };
	struct journal_facts f = { .kind = JOURNAL_ENROLL };

	(void)state;
	strcpy(f.account, ACCOUNT);
	strcpy(f.serial, DEVICE("a"));
	new_id(j.id);
	OK(journal_begin(&j, registry_path(reg), &f, &err));
	journal_done(&j);
	OK(clear(true));
	asked_is("v");
	new_id(j.id);
	j.fd = -1;
	OK(journal_begin(&j, registry_path(reg), &f, &err));
	OK(journal_point(&j, JOURNAL_ORPHAN, &err));
	OK(clear(true));
	asked_is("v"); /* it is alive */
	journal_done(&j);
	OK(clear(true));
	asked_is("vr");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_orphans, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_not_ours_is_left),
		TEST(what_a_run_works_on_is_its_own),
		TEST(a_person_is_asked_before),
		TEST(what_aws_answers_is_told),
		TEST(recovery_may_have_deleted_it),
		TEST(each_question_that_fails_ends_it),
		TEST(a_run_that_owes_a_deletion_alone_is_ended),
	};

	return cmocka_run_group_tests_name("revoke orphans", tests, NULL, NULL);
}
