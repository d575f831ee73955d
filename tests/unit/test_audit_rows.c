/* SPDX-License-Identifier: Apache-2.0 */
/* Rows that an output keeps, and what is told once of many of them. */
#include "bridge/audit/rules/references.h"
#include "bridge/audit/rows/accounts.h"
#include "bridge/audit/rows/escape.h"
#include "bridge/audit/rows/group.h"

#include "tests/unit/unit.h"

#define DEVICE "arn:aws:iam::123456789012:mfa/alice"

static struct audit_finding finding(enum audit_status status,
	enum audit_severity severity, const char *subject)
{
	struct audit_finding f = { .check = AUDIT_USER_MFA_MISSING,
		.status = status, .severity = severity };

	strcpy(f.account, "123456789012");
	snprintf(f.subject, sizeof(f.subject), "%s", subject);
	return f;
}

static void add(struct audit_rows *rows, enum audit_status status,
	enum audit_severity severity, const char *subject)
{
	struct audit_finding f = finding(status, severity, subject);

	audit_rows_add(rows, &f);
}

/* The subjects of those that were kept, in their order. */
static const char *kept(const struct audit_rows *rows)
{
	static char out[512];
	const struct audit_row **all;
	size_t i, n;

	out[0] = '\0';
	all = audit_rows_all(rows, &n);
	for (i = 0; i < n; i++)
		snprintf(out + strlen(out), sizeof(out) - strlen(out), "%s%s",
			i ? " " : "", all[i]->subject);
	free(all);
	return out;
}

/* ---- keeping ---- */

static void the_worst_come_first(void **state)
{
	struct audit_rows *rows = audit_rows_new(10);

	(void)state;
	add(rows, AUDIT_NOT_APPLICABLE, AUDIT_HIGH, "h");
	add(rows, AUDIT_PASS, AUDIT_CRITICAL, "g");
	add(rows, AUDIT_MUTED, AUDIT_HIGH, "f");
	add(rows, AUDIT_UNKNOWN, AUDIT_LOW, "e");
	add(rows, AUDIT_UNKNOWN, AUDIT_CRITICAL, "d");
	add(rows, AUDIT_FAIL, AUDIT_LOW, "b");
	add(rows, AUDIT_FAIL, AUDIT_LOW, "c");
	add(rows, AUDIT_FAIL, AUDIT_CRITICAL, "a");
	assert_string_equal(kept(rows), "a b c d e f g h");
	audit_rows_free(&rows);
	assert_null(rows);
}

static void a_worse_row_takes_the_place_of_a_lesser_one(void **state)
{
	struct audit_rows *rows = audit_rows_new(3);

	(void)state;
	add(rows, AUDIT_PASS, AUDIT_HIGH, "p");
	add(rows, AUDIT_UNKNOWN, AUDIT_LOW, "u1");
	add(rows, AUDIT_UNKNOWN, AUDIT_LOW, "u2");
	assert_false(audit_rows_would_keep(rows, AUDIT_PASS, AUDIT_HIGH));
	assert_true(audit_rows_would_keep(rows, AUDIT_PASS, AUDIT_CRITICAL));
	add(rows, AUDIT_PASS, AUDIT_HIGH, "q");
	assert_string_equal(kept(rows), "u1 u2 p");
	add(rows, AUDIT_FAIL, AUDIT_LOW, "f1");
	assert_string_equal(kept(rows), "f1 u1 u2");
	/* of equal ones the first stay */
	assert_false(audit_rows_would_keep(rows, AUDIT_UNKNOWN, AUDIT_LOW));
	add(rows, AUDIT_FAIL, AUDIT_HIGH, "f2");
	assert_string_equal(kept(rows), "f2 f1 u1");
	audit_rows_free(&rows);
}

static void nothing_is_kept_where_there_is_no_room(void **state)
{
	struct audit_rows *rows = audit_rows_new(0);

	(void)state;
	assert_false(audit_rows_would_keep(rows, AUDIT_FAIL, AUDIT_CRITICAL));
	add(rows, AUDIT_FAIL, AUDIT_CRITICAL, "a");
	assert_string_equal(kept(rows), "");
	audit_rows_free(&rows);
	audit_rows_free(&rows);
	audit_rows_free(NULL);
	assert_false(audit_rows_would_keep(NULL, AUDIT_FAIL, AUDIT_CRITICAL));
}

/* ---- grouping ---- */

static struct audit_rows *rows;
static const struct audit_row **all;
static struct audit_groups groups;

static void put(const char *subject, const char *device, const char *seen,
	const char *remedy)
{
	struct audit_finding f = finding(AUDIT_FAIL, AUDIT_HIGH, subject);

	f.device = device;
	f.when = (time_t)(1700000000 + strlen(subject));
	strcpy(f.source, "iam:ListMFADevices, iam:GetLoginProfile");
	snprintf(f.seen, sizeof(f.seen), "%s", seen);
	snprintf(f.remedy, sizeof(f.remedy), "%s", remedy);
	audit_rows_add(rows, &f);
}

static void group(void)
{
	size_t n;

	all = audit_rows_all(rows, &n);
	OK(audit_groups_of(all, n, &groups, &err));
}

static int begin(void **state)
{
	(void)state;
	rows = audit_rows_new(100);
	return 0;
}

static int end(void **state)
{
	(void)state;
	audit_groups_done(&groups);
	free(all);
	audit_rows_free(&rows);
	return 0;
}

static void rows_with_the_same_remedy_are_told_once(void **state)
{
	(void)state;
	put("bob10", NULL, "no MFA", "`enroll bob10 --account 1`");
	put("al", NULL, "no MFA", "`enroll al --account 1`");
	put("bob9", NULL, "no MFA", "`enroll bob9 --account 1`");
	put("eve", NULL, "no MFA", "`revoke eve`");
	group();
	assert_int_equal(groups.n, 2);
	assert_int_equal(groups.p[0].n, 3);
	assert_string_equal(groups.p[0].remedy, "`enroll USER --account 1`");
	assert_string_equal(groups.p[0].seen, "no MFA");
	assert_string_equal(groups.p[0].source,
		"iam:ListMFADevices, iam:GetLoginProfile");
	assert_int_equal(groups.p[0].from, 1700000002);
	assert_int_equal(groups.p[0].to, 1700000005);
	/* as a person counts */
	assert_string_equal(groups.p[0].row[0]->subject, "al");
	assert_string_equal(groups.p[0].row[1]->subject, "bob9");
	assert_string_equal(groups.p[0].row[2]->subject, "bob10");
	/* one alone has its command whole */
	assert_string_equal(groups.p[1].remedy, "`revoke eve`");
}

/* Also of one that is the beginning of another, whichever comes first. */
static void of_each_source_is_told_once(void **state)
{
	static const char *const sources[] = { "iam:ListUsers by AssumeRoot",
		"iam:ListUsers", "iam:ListUsers by AssumeRoot, iam:GetUser",
		"", "iam:GetUserPolicy", "iam:ListUsers" };
	struct audit_finding f = finding(AUDIT_FAIL, AUDIT_HIGH, "al");
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(sources); i++) {
		snprintf(f.subject, sizeof(f.subject), "al%zu", i);
		strcpy(f.source, sources[i]);
		audit_rows_add(rows, &f);
	}
	group();
	assert_int_equal(groups.n, 1);
	assert_string_equal(groups.p[0].source, "iam:ListUsers by AssumeRoot, "
		"iam:ListUsers, iam:GetUser, iam:GetUserPolicy");
}

static void several_accounts_are_told_once_as_well(void **state)
{
	struct audit_finding f = finding(AUDIT_FAIL, AUDIT_HIGH, "al");

	(void)state;
	strcpy(f.remedy, "`enroll al --account 123456789012`");
	audit_rows_add(rows, &f);
	strcpy(f.subject, "bo");
	strcpy(f.remedy, "`enroll bo --account 123456789012`");
	audit_rows_add(rows, &f);
	group();
	assert_int_equal(groups.n, 1);
	assert_string_equal(groups.p[0].account, "123456789012");
	assert_string_equal(groups.p[0].remedy,
		"`enroll USER --account 123456789012`");
	end(NULL);
	begin(NULL);
	audit_rows_add(rows, &f);
	strcpy(f.account, "210987654321");
	strcpy(f.remedy, "`enroll bo --account 210987654321`");
	audit_rows_add(rows, &f);
	group();
	assert_int_equal(groups.n, 1);
	assert_null(groups.p[0].account);
	assert_string_equal(groups.p[0].remedy,
		"`enroll USER --account ACCOUNT`");
}

static void what_differs_is_told_with_its_row(void **state)
{
	char *rest;

	(void)state;
	put("al", NULL, "password; no MFA; the report says MFA", "do");
	put("bo", NULL, "password; no MFA", "do");
	put("cy", NULL, "password; no MFA; made since", "do");
	group();
	assert_int_equal(groups.n, 1);
	assert_string_equal(groups.p[0].seen, "password; no MFA");
	rest = audit_group_rest(&groups.p[0], groups.p[0].row[0]);
	assert_string_equal(rest, "the report says MFA");
	free(rest);
	rest = audit_group_rest(&groups.p[0], groups.p[0].row[1]);
	assert_string_equal(rest, "");
	free(rest);
	rest = audit_group_rest(&groups.p[0], groups.p[0].row[2]);
	assert_string_equal(rest, "made since");
	free(rest);
}

static void a_name_counts_only_where_it_stands_alone(void **state)
{
	(void)state;
	put("a", NULL, "a has a key", "`aws iam act -a.b a`");
	put("bo", NULL, "bo has a key", "`aws iam act -a.b bo`");
	group();
	assert_int_equal(groups.n, 1);
	assert_string_equal(groups.p[0].remedy, "`aws iam act -a.b USER`");
}

static void a_device_is_no_part_of_what_is_common(void **state)
{
	(void)state;
	put("alice", DEVICE, "'" DEVICE "' is not bound",
		"`revoke alice " DEVICE "`");
	put("bob", "GAHT12345678", "'GAHT12345678' is not bound",
		"`revoke bob GAHT12345678`");
	group();
	assert_int_equal(groups.n, 1);
	assert_string_equal(groups.p[0].remedy, "`revoke USER DEVICE`");
	assert_string_equal(groups.p[0].seen, "'DEVICE' is not bound");
}

static void root_is_not_called_a_user(void **state)
{
	(void)state;
	put(AUDIT_ROOT_SUBJECT, NULL, "seen", "ask " AUDIT_ROOT_SUBJECT);
	put(AUDIT_ROOT_SUBJECT, NULL, "seen", "ask " AUDIT_ROOT_SUBJECT);
	group();
	assert_int_equal(groups.n, 1);
	assert_string_equal(groups.p[0].remedy, "ask " AUDIT_ROOT_SUBJECT);
}

static void no_rows_make_no_groups(void **state)
{
	(void)state;
	group();
	assert_int_equal(groups.n, 0);
}

/* ---- accounts ---- */

static void rows_are_counted_by_account(void **state)
{
	struct audit_accounts list = { .p = NULL };
	struct audit_finding f = finding(AUDIT_PASS, AUDIT_HIGH, "alice");
	struct audit_account *one;

	(void)state;
	f.reason = AUDIT_NO_PASSWORD;
	assert_non_null(audit_accounts_count(&list, &f));
	f.reason = AUDIT_HAS_MFA;
	one = audit_accounts_count(&list, &f);
	assert_int_equal(one->users[AUDIT_PASS], 2);
	assert_int_equal(one->without_password, 1);
	strcpy(f.account, "210987654321");
	f.check = AUDIT_ROOT_MFA_MISSING;
	one = audit_accounts_count(&list, &f);
	assert_int_equal(one->counts[AUDIT_PASS], 1);
	assert_int_equal(one->users[AUDIT_PASS], 0);
	assert_int_equal(list.n, 2);
	strcpy(f.account, "123456789012");
	assert_int_equal(audit_accounts_count(&list, &f)->counts[AUDIT_PASS],
		3);
	audit_accounts_done(&list);
}

static void more_accounts_than_there_may_be_are_counted_together(void **state)
{
	struct audit_accounts list = { .p = NULL };
	struct audit_finding f = finding(AUDIT_FAIL, AUDIT_HIGH, "alice");
	size_t i;

	(void)state;
	for (i = 0; i < AUDIT_ACCOUNTS_MAX + 20; i++) {
		snprintf(f.account, sizeof(f.account), "%012zu", i);
		assert_non_null(audit_accounts_count(&list, &f));
	}
	assert_int_equal(list.n, AUDIT_ACCOUNTS_MAX);
	assert_int_equal(list.others.users[AUDIT_FAIL], 20);
	audit_accounts_done(&list);
}

/* ---- escaping ---- */

static const char *escaped(const char *text)
{
	static char out[256];
	FILE *f = fmemopen(out, sizeof(out), "w");

	audit_escape(f, text);
	fputc('\0', f);
	fclose(f);
	return out;
}

static void what_has_a_meaning_is_escaped(void **state)
{
	(void)state;
	assert_string_equal(escaped("alice"), "alice");
	assert_string_equal(escaped("<a b=\"c\" d='e'>&"),
		"&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;");
	assert_string_equal(escaped("\303\244"), "\303\244");
}

static void what_no_line_may_have_is_shown_by_its_number(void **state)
{
	(void)state;
	assert_string_equal(escaped("a\342\200\256b"), "a[U+202E]b");
	assert_string_equal(escaped("\033[2J\t\n"), "[U+001B][2J[U+0009]"
		"[U+000A]");
	assert_string_equal(escaped("a\377b\300"), "a[U+FFFD]b[U+FFFD]");
	assert_string_equal(escaped("\302\205"), "[U+0085]");
}

/* ---- references ---- */

static const struct audit_reference *reference(enum audit_check check,
	const char *framework, const char *version, const char *id)
{
	const struct audit_reference *r;
	size_t i, n;

	r = audit_references(check, &n);
	for (i = 0; i < n; i++)
		if (strcmp(r[i].framework, framework) == 0 &&
			strcmp(r[i].version, version) == 0 &&
			strcmp(r[i].id, id) == 0)
			return &r[i];
	return NULL;
}

static void the_benchmarks_checks_are_found_under_their_names(void **state)
{
	static const struct {
		enum audit_check check;
		const char *conformity, *cis4, *cis7, *hub, *prowler;
	} rows_of[] = {
		{ AUDIT_ROOT_MFA_MISSING, "IAM-014", "1.5", "2.5", "IAM.9",
			"iam_root_mfa_enabled" },
		{ AUDIT_ROOT_MFA_VIRTUAL, "IAM-042", "1.6", "2.6", "IAM.6",
			"iam_root_hardware_mfa_enabled" },
		{ AUDIT_USER_MFA_MISSING, "IAM-013", "1.10", "2.10", "IAM.5",
			"iam_user_mfa_enabled_console_access" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows_of); i++) {
		enum audit_check check = rows_of[i].check;

		assert_non_null(reference(check, "Trend Vision One Conformity",
			"", rows_of[i].conformity));
		assert_non_null(reference(check, "CIS AWS Foundations",
			"4.0.1", rows_of[i].cis4));
		assert_non_null(reference(check, "CIS AWS Foundations", "7.0",
			rows_of[i].cis7));
		assert_non_null(reference(check, "AWS Security Hub", "",
			rows_of[i].hub));
		assert_non_null(reference(check, "Prowler", "",
			rows_of[i].prowler));
	}
	assert_string_equal(reference(AUDIT_ROOT_MFA_MISSING,
		"Trend Vision One Conformity", "", "IAM-014")->severity, "High");
	/* theirs fails without any MFA, too */
	assert_int_equal(reference(AUDIT_ROOT_MFA_VIRTUAL, "Prowler", "",
		"iam_root_hardware_mfa_enabled")->relation, AUDIT_NARROWER);
}

static void a_check_of_ours_alone_is_nowhere_else(void **state)
{
	size_t n = 1;

	(void)state;
	assert_null(audit_references(AUDIT_DEVICE_GONE, &n));
	assert_int_equal(n, 0);
}

static void every_other_name_is_a_reference(void **state)
{
	const struct audit_reference *r;
	size_t check, i, k, n;

	(void)state;
	for (check = 0; check < AUDIT_CHECKS; check++) {
		const struct audit_check_row *row = &audit_check_rows[check];

		for (i = 0; i < AUDIT_NAMES_MAX && row->also_known_as[i];
			i++) {
			const char *id = strrchr(row->also_known_as[i], ' ');

			r = audit_references((enum audit_check)check, &n);
			for (k = 0; k < n; k++)
				if (strcmp(r[k].id, id + 1) == 0)
					break;
			assert_true(k < n);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_worst_come_first),
		cmocka_unit_test(a_worse_row_takes_the_place_of_a_lesser_one),
		cmocka_unit_test(nothing_is_kept_where_there_is_no_room),
		cmocka_unit_test_setup_teardown(
			rows_with_the_same_remedy_are_told_once, begin, end),
		cmocka_unit_test_setup_teardown(of_each_source_is_told_once,
			begin, end),
		cmocka_unit_test_setup_teardown(
			several_accounts_are_told_once_as_well, begin, end),
		cmocka_unit_test_setup_teardown(
			what_differs_is_told_with_its_row, begin, end),
		cmocka_unit_test_setup_teardown(
			a_name_counts_only_where_it_stands_alone, begin, end),
		cmocka_unit_test_setup_teardown(
			a_device_is_no_part_of_what_is_common, begin, end),
		cmocka_unit_test_setup_teardown(root_is_not_called_a_user,
			begin, end),
		cmocka_unit_test_setup_teardown(no_rows_make_no_groups, begin,
			end),
		cmocka_unit_test(rows_are_counted_by_account),
		cmocka_unit_test(
			more_accounts_than_there_may_be_are_counted_together),
		cmocka_unit_test(what_has_a_meaning_is_escaped),
		cmocka_unit_test(
			what_no_line_may_have_is_shown_by_its_number),
		cmocka_unit_test(
			the_benchmarks_checks_are_found_under_their_names),
		cmocka_unit_test(a_check_of_ours_alone_is_nowhere_else),
		cmocka_unit_test(every_other_name_is_a_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
