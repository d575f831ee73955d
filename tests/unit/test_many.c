/* SPDX-License-Identifier: Apache-2.0 */
/* Many accounts: which ones, in what order they are begun, heard and shown. */
#include "tests/unit/many-parts.h"

#define BEGINS "keep; read; check; | "
#define ENDS "done; kept; "

/* ---- which accounts ---- */

static void a_list_or_the_organization_and_who_is_wanted_for_it(void **state)
{
	static const struct {
		const char *what;
		bool root, wants_base;
		const char *steps;
	} rows[] = {
		{ "file", false, false, "keep; read; check; | " },
		{ "file", false, true, "keep; read; open; check; | " },
		{ "file", true, false, "keep; read; open; check; | " },
		{ "org", false, false, "keep; open; org; check; | " },
	};
	size_t i;

	(void)state;
	w.kept = 1;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		q.what = rows[i].what;
		q.assume_root = rows[i].root;
		w.wants_base = rows[i].wants_base;
		OK(ask());
		assert_memory_equal(steps, rows[i].steps,
			strlen(rows[i].steps));
		assert_string_equal(steps + strlen(rows[i].steps), i ?
			"hand back 10000; poll 0; show 0; " ENDS :
			"poll 0; show 0; " ENDS);
	}
}

static void nothing_begins_where_that_fails(void **state)
{
	static const struct {
		int *fails;
		const char *what, *steps;
	} rows[] = {
		{ &w.keep, "file", "keep; " ENDS },
		{ &w.read, "file", "keep; read; " ENDS },
		{ &w.open, "org", "keep; open; " ENDS },
		{ &w.org, "org", "keep; open; org; " ENDS },
		{ &w.check, "file", "keep; read; check; " ENDS },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		q.what = rows[i].what;
		*rows[i].fails = ERROR_USAGE;
		SAYS(ERROR_USAGE, "says no", ask());
		did(rows[i].steps);
		*rows[i].fails = 0;
		assert_false(a.aws.used);
	}
	q.what = "file";
	for (w.no_memory = 1; w.no_memory <= 2; w.no_memory++) {
		SAYS(ERROR_FAILED, "memory", ask());
		did("keep; read; check; " ENDS);
	}
}

static void the_run_is_by_who_began_it(void **state)
{
	(void)state;
	w.kept = 1;
	OK(ask());
	assert_true(a.aws.used);
	assert_int_equal(a.aws.when, 1700000000);
	assert_string_equal(a.aws.account, "");
	assert_string_equal(a.aws.proxy, "");
	w.wants_base = true;
	a.aws.endpoint = "https://iam.example.com";
	OK(ask());
	assert_string_equal(a.aws.account, OWN);
	assert_string_equal(a.aws.caller, "arn:of:alice");
	assert_string_equal(a.aws.ca_bundle, "bundle");
	assert_string_equal(a.aws.proxy, "proxy");
	assert_string_equal(a.endpoint, "https://iam.example.com");
	assert_int_equal(a.accounts_n, 1);
	assert_string_equal(a.accounts[0].id, "123456789010");
	assert_string_equal(a.accounts[0].name, "name");
}

static void bindings_of_other_accounts_are_those_elsewhere(void **state)
{
	static const struct {
		bool used;
		size_t all, here, elsewhere;
	} rows[] = {
		{ true, 5, 2, 3 }, { true, 2, 2, 77 }, { true, 1, 2, 77 },
		{ false, 5, 2, 77 },
	};
	size_t i;

	(void)state;
	w.kept = 1;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		a.registry.used = rows[i].used;
		a.registry.bindings = rows[i].here;
		a.registry.elsewhere = 77;
		q.bindings = rows[i].all;
		OK(ask());
		assert_int_equal(a.registry.elsewhere, rows[i].elsewhere);
	}
}

/* ---- one account ---- */

static void a_closed_account_is_not_asked(void **state)
{
	(void)state;
	w.closed = BIT(0);
	OK(ask());
	did(BEGINS "poll 0; show 0; " ENDS);
	assert_int_equal(a.accounts[0].state, AUDIT_ACCOUNT_CLOSED);
	assert_string_equal(a.accounts[0].why,
		"the organization says SUSPENDED");
}

/* Behind the program's version. */
static void rests_on(const char *want)
{
	const char *rest = strchr(basis, ' ');

	assert_non_null(rest);
	assert_int_equal(basis_n, strlen(basis));
	assert_string_equal(rest, want);
}

static void a_result_rests_on_our_runs_of_that_account(void **state)
{
	struct journal_seen seen[2];

	(void)state;
	w.kept = 3;
	w.accounts = 2;
	memset(seen, 0, sizeof(seen));
	strcpy(seen[0].journal.facts.account, "123456789011");
	strcpy(seen[0].journal.facts.serial, "arn");
	strcpy(seen[0].journal.id, "id");
	strcpy(seen[0].journal.cause, "why");
	seen[0].journal.point = JOURNAL_IDENTITY;
	seen[1] = seen[0];
	seen[1].running = true;
	OK(ask());
	rests_on(" 1\nchecks\nway 1\n");
	runs = (struct journal_sights){ .p = seen, .n = 2 };
	OK(ask());
	assert_int_equal(JOURNAL_IDENTITY, 1);
	rests_on(" 1\nchecks\nrun id 0 1 arn why\nrun id 1 1 arn why\nway 1\n");
	strcpy(seen[1].journal.facts.account, "123456789010");
	OK(ask());
	rests_on(" 1\nchecks\nrun id 0 1 arn why\nway 1\n");
	did(BEGINS "poll 0; show 0; poll 0; show 1; " ENDS);
}

static void without_what_it_rests_on_an_account_is_not_read(void **state)
{
	char *large = malloc(4u << 20);

	(void)state;
	assert_non_null(large);
	w.unreadable = BIT(0);
	w.text_code = ERROR_FAILED;
	OK(ask());
	did(BEGINS "not-read 0: says no; poll 0; show 0; " ENDS);
	w.unreadable = 0;
	w.digest = ERROR_FAILED;
	OK(ask());
	did(BEGINS "not-read 0: says no; poll 0; show 0; " ENDS);
	w.digest = 0;
	memset(large, 'x', 4u << 20);
	large[(4u << 20) - 1] = '\0';
	q.basis = large;
	OK(ask());
	did(BEGINS "not-read 0: what results rest on is larger than 4194304 "
		"bytes; poll 0; show 0; " ENDS);
	q.basis = "checks";
	w.unreadable = BIT(0);
	w.text_code = ERROR_INTERRUPTED;
	SAYS(ERROR_INTERRUPTED, "says no", ask());
	did(BEGINS "not-asked 0: the audit was broken off; " ENDS);
	free(large);
}

/* ---- all of them ---- */

static void an_account_is_begun_then_asked_then_shown(void **state)
{
	(void)state;
	OK(ask());
	did(BEGINS "start 0; poll 1000; hear 0; go 0; poll 1000; hear 0; "
		"show 0; " ENDS);
	assert_int_equal(waits_n, 0);
}

static void accounts_are_begun_before_others_are_over(void **state)
{
	(void)state;
	w.accounts = 3;
	w.all_ready = true;
	OK(ask());
	did(BEGINS "start 0; poll 0; hear 0; go 0; start 1; poll 0; hear 0; "
		"hear 1; go 1; show 0; start 2; poll 1000; hear 2; hear 1; "
		"go 2; show 1; poll 1000; hear 2; show 2; " ENDS);
}

static void they_are_shown_in_the_lists_order(void **state)
{
	(void)state;
	w.accounts = 3;
	w.closed = BIT(1);
	w.kept = BIT(2);
	OK(ask());
	did(BEGINS "start 0; poll 0; hear 0; go 0; poll 0; hear 0; show 0; "
		"show 1; poll 0; show 2; " ENDS);
}

static void none_is_begun_in_a_pause_or_before_sts_is_ready(void **state)
{
	(void)state;
	w.accounts = 2;
	w.pausing = true;
	OK(ask());
	assert_non_null(strstr(steps, BEGINS "start 0; poll 0; hear 0; go 0; "
		"poll 1000; hear 0; show 0; start 1; poll 1000; "));
	w.wait = 400; /* none is ever entered: it is broken off */
	w.go_on = ERROR_INTERRUPTED;
	w.go_on_after = 2;
	SAYS(ERROR_INTERRUPTED, "says no", ask());
	did(BEGINS "poll 400; poll 400; not-asked 0: the audit was broken off; "
		"not-asked 1: the audit was broken off; " ENDS);
	w.wait = 1001;
	w.go_on_after = 1;
	SAYS(ERROR_INTERRUPTED, "says no", ask());
	assert_non_null(strstr(steps, BEGINS "poll 1000; not-asked 0"));
}

static void who_waits_is_begun_again_behind_all(void **state)
{
	(void)state;
	w.accounts = 2;
	w.again = BIT(0);
	w.closed = BIT(1);
	OK(ask());
	did(BEGINS "start 0; poll 0; poll 0; start 0; poll 1000; hear 0; go 0; "
		"poll 1000; hear 0; show 0; show 1; " ENDS);
	assert_int_equal(waits_n, 1);
	w.again = BIT(0);
	w.hesitates = 1;
	OK(ask());
	did(BEGINS "start 0; poll 0; poll 0; poll 0; start 0; poll 1000; "
		"hear 0; go 0; poll 1000; hear 0; show 0; show 1; " ENDS);
}

static void keys_that_are_wanted_are_given_before_any_is_begun(void **state)
{
	(void)state;
	w.accounts = 3;
	w.asks_keys = BIT(1);
	w.asks_root = BIT(0) | BIT(1);
	OK(ask());
	did(BEGINS "start 0; poll 0; hear 0; go 0; root 0; start 1; poll 0; "
		"hear 0; hear 1; go 1; show 0; renew 1; root 1; start 2; "
		"poll 1000; hear 2; hear 1; go 2; show 1; poll 1000; hear 2; "
		"show 2; " ENDS);
}

static void it_tells_how_far_it_is_every_second(void **state)
{
	(void)state;
	w.accounts = 3;
	OK(ask());
	assert_string_equal(said, "");
	a.tells_progress = true;
	OK(ask());
	assert_string_equal(said, "0 of 3 accounts, 1 at once\n"
		"2 of 3 accounts, 1 at once\n3 of 3 accounts, 0 at once\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_list_or_the_organization_and_who_is_wanted_for_it),
		TEST(nothing_begins_where_that_fails),
		TEST(the_run_is_by_who_began_it),
		TEST(bindings_of_other_accounts_are_those_elsewhere),
		TEST(a_closed_account_is_not_asked),
		TEST(a_result_rests_on_our_runs_of_that_account),
		TEST(without_what_it_rests_on_an_account_is_not_read),
		TEST(an_account_is_begun_then_asked_then_shown),
		TEST(accounts_are_begun_before_others_are_over),
		TEST(they_are_shown_in_the_lists_order),
		TEST(none_is_begun_in_a_pause_or_before_sts_is_ready),
		TEST(who_waits_is_begun_again_behind_all),
		TEST(keys_that_are_wanted_are_given_before_any_is_begun),
		TEST(it_tells_how_far_it_is_every_second),
	};

	return cmocka_run_group_tests_name("many", tests, NULL, NULL);
}
