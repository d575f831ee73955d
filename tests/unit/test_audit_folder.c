/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of credential reports: which files are read, what is said of those
 * that cannot be, and how old all of it is. */
#include "bridge/audit/file/file.h"

#include "tests/unit/unit.h"

#include <sys/stat.h>

#define HEAD "user,arn,password_enabled,mfa_active\n"
#define ALICE HEAD "alice,arn:aws:iam::123456789012:user/alice,true,true\n"
#define BOB HEAD "bob,arn:aws:iam::123456789012:user/bob,true,false\n"
/* BOB as the AWS command prints it */
#define JSON(when) "{\"Content\":" \
	"\"dXNlcixhcm4scGFzc3dvcmRfZW5hYmxlZCxtZmFfYWN0aXZlCmJvYixhcm46YXdz" \
	"OmlhbTo6MTIzNDU2Nzg5MDEyOnVzZXIvYm9iLHRydWUsZmFsc2UK\"," \
	"\"GeneratedTime\":\"" when "\"}"

static const struct run nobody = { .cancel_fd = -1 };
static char place[64];
static struct audit a;

static int set_up(void **state)
{
	(void)state;
	umask(077);
	enter_place(place);
	assert_int_equal(mkdir("reports", 0700), 0);
	a = (struct audit){ .run = &nobody,
		.checks = AUDIT_BIT(AUDIT_USER_MFA_MISSING) };
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	audit_done(&a);
	leave_place(place);
	return 0;
}

static const char *note(size_t i)
{
	assert_true(i < a.notes_n);
	return a.notes[i];
}

static void all_files_count_whatever_else_there_is(void **state)
{
	(void)state;
	write_text("reports/1.csv", ALICE);
	write_text("reports/2.csv", BOB);
	write_text("reports/.hidden", "nonsense");
	assert_int_equal(mkdir("reports/deeper", 0700), 0);
	write_text("reports/deeper/3.csv", BOB);
	OK(audit_read_report(&a, "reports/", 0, &err));
	assert_false(a.not_read);
	assert_int_equal(a.notes_n, 1);
	assert_string_equal(note(0), "1 account occurs more than once, and each "
		"time is judged by itself: first '123456789012', again from "
		"line 2 on of reports/2.csv");
	assert_true(a.report.used);
	assert_string_equal(a.report.name, "reports/");
	assert_int_equal(a.report.rows, 2);
	assert_int_equal(a.report.bad_rows, 0);
	assert_int_equal(audit_found(&a, AUDIT_PASS), 1);
	assert_int_equal(audit_found(&a, AUDIT_FAIL), 1);
	assert_int_equal(a.report.generated, 0);
}

static void a_file_that_cannot_be_read_is_named_and_the_rest_counts(
	void **state)
{
	(void)state;
	write_text("reports/1.csv", "nonsense\n");
	write_text("reports/2.csv", BOB);
	OK(audit_read_report(&a, "reports", 0, &err));
	assert_true(a.not_read);
	assert_int_equal(a.notes_n, 1);
	assert_non_null(strstr(note(0),
		"not read to its end: 'reports/1.csv': "));
	assert_int_equal(audit_found(&a, AUDIT_FAIL), 1);
}

static void sixteen_are_named_and_the_others_counted(void **state)
{
	char path[32];
	int i;

	(void)state;
	write_text("reports/a.csv", BOB);
	for (i = 0; i < 16; i++) {
		snprintf(path, sizeof(path), "reports/b%02d", i);
		write_text(path, "nonsense\n");
	}
	OK(audit_read_report(&a, "reports", 0, &err));
	assert_int_equal(a.notes_n, 16);
	assert_non_null(strstr(note(15), "'reports/b15': "));
	audit_done(&a);
	a = (struct audit){ .run = &nobody,
		.checks = AUDIT_BIT(AUDIT_USER_MFA_MISSING) };
	write_text("reports/b16", "nonsense\n");
	write_text("reports/b17", "nonsense\n");
	OK(audit_read_report(&a, "reports", 0, &err));
	assert_int_equal(a.notes_n, 17);
	assert_string_equal(note(16), "2 more files were not read to their end");
}

static void a_folder_of_which_nothing_is_read_is_an_error(void **state)
{
	(void)state;
	SAYS(ERROR_MALFORMED, "there is no file in 'reports'",
		audit_read_report(&a, "reports", 0, &err));
	write_text("reports/1.csv", "nonsense\n");
	SAYS(ERROR_MALFORMED, "no file of 'reports' could be read",
		audit_read_report(&a, "reports", 0, &err));
	assert_true(a.not_read);
}

static void the_age_of_all_is_that_of_the_oldest(void **state)
{
	(void)state;
	write_text("reports/1", JSON("2026-01-01T00:00:02Z"));
	write_text("reports/2", JSON("2026-01-01T00:00:01Z"));
	write_text("reports/3", JSON("2026-01-01T00:00:03Z"));
	OK(audit_read_report(&a, "reports", 0, &err));
	assert_int_equal(a.report.generated, 1767225601);
	assert_int_equal(a.report.rows, 3);
	assert_int_equal(audit_found(&a, AUDIT_FAIL), 3);
}

static void one_of_unknown_age_makes_all_of_unknown_age(void **state)
{
	(void)state;
	write_text("reports/1", JSON("2026-01-01T00:00:02Z"));
	write_text("reports/2", BOB);
	OK(audit_read_report(&a, "reports", 0, &err));
	assert_int_equal(a.report.generated, 0);
}

static void a_time_that_was_given_is_of_a_csv_alone(void **state)
{
	(void)state;
	write_text("reports/1", BOB);
	OK(audit_read_report(&a, "reports/1", 1767225600, &err));
	assert_int_equal(a.report.generated, 1767225600);
	write_text("reports/1", JSON("2026-01-01T00:00:02Z"));
	SAYS(ERROR_USAGE, "--generated is for a CSV: 'reports/1' tells its "
		"GeneratedTime itself",
		audit_read_report(&a, "reports/1", 1767225600, &err));
	/* and of a folder it ends all of it */
	SAYS(ERROR_USAGE, "'reports/1' tells its GeneratedTime itself",
		audit_read_report(&a, "reports", 1767225600, &err));
	SAYS(ERROR_FAILED, "absent",
		audit_read_report(&a, "absent", 0, &err));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(all_files_count_whatever_else_there_is),
		CASE(a_file_that_cannot_be_read_is_named_and_the_rest_counts),
		CASE(sixteen_are_named_and_the_others_counted),
		CASE(a_folder_of_which_nothing_is_read_is_an_error),
		CASE(the_age_of_all_is_that_of_the_oldest),
		CASE(one_of_unknown_age_makes_all_of_unknown_age),
		CASE(a_time_that_was_given_is_of_a_csv_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
