/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A live audit's credential report: what its rows say of root and of users,
 * which are not believed, when it is fresh, and why there is none.
 */
#include "tests/unit/gather-report-parts.h"

/* ---- rows ---- */

static void roots_row_is_roots(void **state)
{
	static const struct {
		const char *rest;
		enum audit_answer password, mfa, active;
		enum audit_key_state key;
	} rows_of[] = {
		{ "true,false,false,N/A,false,N/A", AUDIT_YES, AUDIT_NO,
			AUDIT_NO, AUDIT_KEY_NOT_TOLD },
		{ "false,true,true,N/A,false,N/A", AUDIT_NO, AUDIT_YES,
			AUDIT_YES, AUDIT_KEY_ACTIVE },
		{ "not_supported,true,false,N/A,true,N/A", AUDIT_NOT_KNOWN,
			AUDIT_YES, AUDIT_YES, AUDIT_KEY_ACTIVE },
		{ "true,N/A,false,2026-01-01T00:00:00Z,false,N/A", AUDIT_YES,
			AUDIT_NOT_KNOWN, AUDIT_NO, AUDIT_KEY_INACTIVE },
		{ "true,true,false,N/A,false,2026-01-01T00:00:00Z", AUDIT_YES,
			AUDIT_YES, AUDIT_NO, AUDIT_KEY_INACTIVE },
		{ "true,true,false,2026-01-01T00:00:00Z,true,N/A", AUDIT_YES,
			AUDIT_YES, AUDIT_YES, AUDIT_KEY_ACTIVE },
		{ "true,true,N/A,N/A,false,N/A", AUDIT_YES, AUDIT_YES,
			AUDIT_NOT_KNOWN, AUDIT_KEY_NOT_TOLD },
		{ "true,true,false,N/A,N/A,N/A", AUDIT_YES, AUDIT_YES,
			AUDIT_NOT_KNOWN, AUDIT_KEY_NOT_TOLD },
	};
	char text[1024];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows_of); i++) {
		snprintf(text, sizeof(text), HEADER ROOT "%s\n",
			rows_of[i].rest);
		read_report(text);
		assert_true(live.reported_root);
		assert_int_equal(live.reported_root_password,
			rows_of[i].password);
		assert_int_equal(live.reported_root_mfa, rows_of[i].mfa);
		assert_int_equal(live.reported_root_active, rows_of[i].active);
		assert_int_equal(live.reported_root_key, rows_of[i].key);
		assert_int_equal(live.reported.n, 0);
	}
}

static void a_users_row_is_kept_by_name(void **state)
{
	const struct live_person *p;

	(void)state;
	read_report(HEADER "bob," ARN_OF("bob") ",N/A,false,false,false,N/A,"
		"false,N/A\n" ALICE "true,true,false,N/A,true,N/A\n"
		"carol," ARN_OF("carol") MADE "N/A,N/A,N/A,N/A,false,N/A\n");
	assert_false(live.reported_root);
	assert_int_equal(live.reported.n, 3);
	p = live.reported.p;
	assert_string_equal(p[0].name, "alice");
	assert_string_equal(p[0].arn, ARN_OF("alice"));
	assert_int_equal(p[0].reported_mfa, AUDIT_YES);
	assert_int_equal(p[0].reported_password, AUDIT_YES);
	assert_int_equal(p[0].reported_key, AUDIT_YES);
	assert_int_equal(p[0].reported_created, 1767225600);
	assert_string_equal(p[1].name, "bob");
	assert_int_equal(p[1].reported_mfa, AUDIT_NO);
	assert_int_equal(p[1].reported_password, AUDIT_NO);
	assert_int_equal(p[1].reported_key, AUDIT_NO);
	assert_int_equal(p[1].reported_created, 0);
	assert_string_equal(p[2].name, "carol");
	assert_int_equal(p[2].reported_mfa, AUDIT_NOT_KNOWN);
	assert_int_equal(p[2].reported_password, AUDIT_NOT_KNOWN);
	assert_int_equal(p[2].reported_key, AUDIT_NOT_KNOWN);
	assert_int_equal(live.report_bad, 0);
	assert_int_equal(audited.report.rows, 3);
	assert_int_equal(audited.report.bad_rows, 0);
	assert_int_equal(audited.report.reports, 1);
	assert_true(audited.report.used);
	assert_false(audited.not_read);
}

#define TEN "abcdefghij"
#define NAME_128 TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "abcdefgh"

static void a_row_that_cannot_be_read_is_counted(void **state)
{
	static const char *const bad[] = { "," ARN_OF("x") MADE REST,
		"alice,nothing" MADE REST, "alice," ARN_OF("alice") "\n",
		NAME_128 "a," ARN_OF("x") MADE REST };
	char text[1024];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		snprintf(text, sizeof(text), HEADER "%s%sbob,"
			ARN_OF("bob") MADE REST, bad[i], bad[i]);
		read_report(text);
		assert_int_equal(live.report_bad, 2);
		assert_int_equal(audited.report.bad_rows, 2);
		assert_true(audited.not_read);
		assert_int_equal(live.reported.n, 1);
		assert_string_equal(live.reported.p[0].name, "bob");
	}
	read_report(HEADER NAME_128 "," ARN_OF("x") MADE REST);
	assert_int_equal(live.reported.n, 1);
	assert_int_equal(live.report_bad, 0);
}

/* By every two of the rows of one name. */
static void of_a_name_that_comes_again_what_all_say_is_known(void **state)
{
	const struct live_person *p;
	size_t i;

	(void)state;
	read_report(HEADER ALICE "true,true,true,N/A,true,N/A\n"
		ALICE "true,false,true,N/A,true,N/A\n" ALICE REST
		"bob," ARN_OF("bob") MADE "false,false,false,N/A,false,N/A\n");
	p = live.reported.p;
	assert_int_equal(live.reported.n, 4);
	for (i = 0; i < 3; i++) {
		assert_int_equal(p[i].reported_mfa, AUDIT_NOT_KNOWN);
		assert_int_equal(p[i].reported_password, AUDIT_YES);
		assert_int_equal(p[i].reported_key, AUDIT_YES);
	}
	assert_int_equal(p[3].reported_mfa, AUDIT_NO);
	assert_int_equal(p[3].reported_password, AUDIT_NO);
	assert_int_equal(p[3].reported_key, AUDIT_NO);
	read_report(HEADER ALICE REST ALICE REST ALICE "false,true,false,N/A,"
		"false,N/A\n");
	p = live.reported.p;
	for (i = 0; i < 3; i++) {
		assert_int_equal(p[i].reported_mfa, AUDIT_YES);
		assert_int_equal(p[i].reported_password, AUDIT_NOT_KNOWN);
		assert_int_equal(p[i].reported_key, AUDIT_NOT_KNOWN);
	}
}

static void the_first_of_three_is_enough_to_doubt_all(void **state)
{
	size_t i;

	(void)state;
	read_report(HEADER ALICE "false,true,true,N/A,true,N/A\n"
		ALICE "true,true,true,N/A,true,N/A\n" ALICE REST);
	assert_int_equal(live.reported.n, 3);
	for (i = 0; i < 3; i++) {
		assert_int_equal(live.reported.p[i].reported_password,
			AUDIT_NOT_KNOWN);
		assert_int_equal(live.reported.p[i].reported_mfa, AUDIT_YES);
	}
}

/* ---- the whole ---- */

static void one_that_was_begun_by_this_run_is_fresh(void **state)
{
	static const struct {
		time_t begun, generated;
		bool fresh;
	} of[] = {
		{ NOW, NOW + 1, true }, { NOW, NOW, false },
		{ NOW, NOW - 1, false }, { 0, NOW, false }, { 1, 2, true },
	};
	size_t i;
	int many;

	(void)state;
	for (i = 0; i < ARRAY_LEN(of); i++) {
		for (many = 0; many < 2; many++) {
			again(CHECK);
			w.info.generated = of[i].generated;
			w.info.begun = many ? 0 : of[i].begun;
			if (many)
				renewal.begun = begun;
			live.report_begun = many ? of[i].begun : 0;
			w.text = HEADER ALICE REST;
			OK(live_read_report(&live, &err));
			assert_int_equal(live.report_is_fresh, of[i].fresh);
			assert_int_equal(audited.report.generated,
				of[i].generated);
		}
	}
}

static void only_some_checks_want_it(void **state)
{
	static const enum audit_check wanted[] = { AUDIT_USER_MFA_MISSING,
		AUDIT_ROOT_MFA_MISSING, AUDIT_ROOT_ACCESS_KEY,
		AUDIT_USER_NOT_RESISTANT };
	unsigned all = 0;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(wanted); i++) {
		all |= AUDIT_BIT(wanted[i]);
		again(AUDIT_BIT(wanted[i]));
		w.text = HEADER;
		OK(live_read_report(&live, &err));
		assert_int_equal(w.asked, 1);
		assert_true(audited.report.used);
	}
	again(~all);
	OK(live_read_report(&live, &err));
	assert_int_equal(w.asked, 0);
	assert_false(audited.report.used);
	renewal.begun = begun;
	OK(live_begin_report(&live, &err));
	assert_int_equal(w.begins, 0);
	assert_int_equal(w.pauses, 1);
	assert_false(w.limited);
}

/* Nothing of a report that was broken off is left. */
static void why_there_is_none_is_told(void **state)
{
	static const struct {
		int code;
		const char *text;
		bool not_read;
	} of[] = {
		{ ERROR_REMOTE, HEADER ROOT REST ALICE REST, false },
		{ ERROR_TIMEOUT, HEADER ROOT REST, false },
		{ ERROR_UNREACHABLE, HEADER ROOT REST, true },
		{ ERROR_MALFORMED, HEADER ROOT REST, true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(of); i++) {
		again(CHECK);
		w.text = of[i].text;
		fail_next(of[i].code, "");
		OK(live_read_report(&live, &err));
		assert_string_equal(audited.report.why_not, "AWS says no");
		assert_int_equal(audited.not_read, of[i].not_read);
		assert_true(audited.report.used);
		assert_false(live.report_read);
		assert_false(live.reported_root);
		assert_false(live.report_is_fresh);
		assert_int_equal(live.reported.n, 0);
		assert_false(live.stopped.there);
		assert_int_equal(audited.report.rows, 0);
	}
	again(CHECK);
	w.text = HEADER;
	fail_next(ERROR_INTERRUPTED, "");
	SAYS(ERROR_INTERRUPTED, "AWS says no", live_read_report(&live, &err));
	/* nor is it asked for where AWS is away */
	again(CHECK);
	gap(&live.stopped, false);
	OK(live_read_report(&live, &err));
	assert_int_equal(w.asked, 0);
	assert_string_equal(audited.report.why_not, "AWS says no");
	again(CHECK);
	w.text = HEADER ALICE REST;
	w.no_memory = true;
	SAYS(ERROR_FAILED, "cannot allocate memory", live_read_report(&live,
		&err));
}

static void another_accounts_report_is_none(void **state)
{
	(void)state;
	w.text = HEADER ALICE REST
		"bob,arn:aws:iam::210987654321:user/bob" MADE REST;
	OK(live_read_report(&live, &err));
	assert_string_equal(audited.report.why_not, "the credential report "
		"that AWS gave is of account '210987654321'");
	assert_true(audited.not_read);
	assert_false(live.report_read);
	/* what is no account's number is no more than a bad row */
	read_report(HEADER "bob,arn:aws:iam::21098765432:user/bob" MADE REST);
	assert_int_equal(live.report_bad, 1);
	assert_true(audited.not_read);
	/* its end is read, too */
	again(CHECK);
	w.text = HEADER "\"alice";
	OK(live_read_report(&live, &err));
	assert_false(live.report_read);
	assert_string_not_equal(audited.report.why_not, "");
}

static void one_of_many_asks_for_it_beforehand(void **state)
{
	(void)state;
	OK(live_begin_report(&live, &err));
	assert_int_equal(w.begins + w.pauses, 0);
	renewal.begun = begun;
	w.begun = NOW;
	OK(live_begin_report(&live, &err));
	assert_int_equal(live.report_begun, NOW);
	assert_int_equal(w.begins, 1);
	assert_int_equal(w.pauses, 1);
	assert_false(w.limited);
	fail_next(ERROR_REMOTE, "LimitExceeded");
	OK(live_begin_report(&live, &err));
	assert_true(w.limited);
	fail_next(ERROR_REMOTE, "AccessDenied");
	OK(live_begin_report(&live, &err));
	assert_false(w.limited);
	fail_next(ERROR_UNREACHABLE, "LimitExceeded");
	OK(live_begin_report(&live, &err));
	assert_false(w.limited);
	assert_int_equal(w.pauses, 4);
	w.begun = 13;
	SAYS(ERROR_BUSY, "not yet", live_begin_report(&live, &err));
	fail_next(ERROR_INTERRUPTED, "");
	SAYS(ERROR_INTERRUPTED, "AWS says no", live_begin_report(&live, &err));
	assert_int_equal(w.pauses, 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(roots_row_is_roots),
		TEST(a_users_row_is_kept_by_name),
		TEST(a_row_that_cannot_be_read_is_counted),
		TEST(of_a_name_that_comes_again_what_all_say_is_known),
		TEST(the_first_of_three_is_enough_to_doubt_all),
		TEST(one_that_was_begun_by_this_run_is_fresh),
		TEST(only_some_checks_want_it),
		TEST(why_there_is_none_is_told),
		TEST(another_accounts_report_is_none),
		TEST(one_of_many_asks_for_it_beforehand),
	};

	return cmocka_run_group_tests_name("gather report", tests, NULL, NULL);
}
