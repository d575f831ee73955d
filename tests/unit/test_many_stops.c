/* SPDX-License-Identifier: Apache-2.0 */
/* Many accounts: root of each, how many at once, and what breaks a run off. */
#include "tests/unit/many-parts.h"

#define BEGINS "keep; read; check; | "
#define ENDS "done; kept; "
#define OFF ": the audit was broken off; "

/* ---- root ---- */

static void root_of_each_is_announced_and_told(void **state)
{
	(void)state;
	q.assume_root = true;
	OK(ask());
	assert_string_equal(said, "warning: each member's root is asked as "
		"Root of that account: its log shows it so, and alarms on the "
		"use of root will go off\n");
	assert_int_equal(a.notes_n, 0);
	w.roots = 1;
	OK(ask());
	assert_int_equal(a.notes_n, 1);
	assert_string_equal(a.notes[0], "root of 1 account was asked by "
		"sts:AssumeRoot: CloudTrail there shows what was asked as done "
		"by Root, without MFA");
	w.roots = 2;
	OK(ask());
	assert_int_equal(a.notes_n, 1);
	assert_memory_equal(a.notes[0], "root of 2 accounts was ", 23);
}

static void root_that_is_not_on_is_a_warning(void **state)
{
	(void)state;
	q.assume_root = w.roots_are_off = true;
	OK(ask());
	assert_string_equal(said, "warning: root credentials management "
		"(centralised root access) is not on in the organization: no "
		"member's root is asked\n");
	q.assume_root = false;
	OK(ask());
	assert_string_equal(said, "");
	q.assume_root = true;
	w.management = ERROR_USAGE;
	SAYS(ERROR_USAGE, "says no", ask());
	assert_string_equal(said, "");
	did("keep; read; open; check; | done; kept; ");
}

/* ---- as many as there is room for ---- */

static void is_room_for(unsigned children, unsigned at_once)
{
	unsigned begun = 0, going = 0, most = 0;
	const char *p;

	for (p = steps; *p; p = strchr(p, ';') + 2) {
		if (*p == '|')
			p += 2;
		begun += strncmp(p, "start", 5) == 0;
		going += strncmp(p, "go", 2) == 0;
		if (strncmp(p, "show", 4) == 0)
			break;
		most = begun > most ? begun : most;
	}
	assert_int_equal(most, children);
	assert_int_equal(going, at_once);
}

/* None of them has said anything but that its report is asked for. */
static void so_many_are_begun_and_so_many_asked(void **state)
{
	(void)state;
	w.accounts = FLEET_CHILDREN + 1;
	w.stays = true;
	w.go_on = ERROR_INTERRUPTED;
	w.go_on_after = FLEET_CHILDREN + 2;
	SAYS(ERROR_INTERRUPTED, "says no", ask());
	is_room_for(FLEET_CHILDREN, MANY_AT_ONCE);
	assert_non_null(strstr(steps, "start 31; poll 1000; "));
	assert_null(strstr(steps, "start 32; "));
	assert_non_null(strstr(steps, "go 15; "));
	assert_null(strstr(steps, "go 16; "));
}

static void the_first_of_the_list_goes_first(void **state)
{
	(void)state;
	w.accounts = 18;
	w.quiet_until = 18; /* then all say that they have begun */
	OK(ask());
	assert_non_null(strstr(steps, "hear 17; go 0; go 1; go 2; "));
	assert_non_null(strstr(steps, "go 15; "));
}

/* ---- broken off ---- */

static void all_that_run_are_told_and_heard_once_more(void **state)
{
	(void)state;
	w.accounts = 3;
	w.go_on = ERROR_INTERRUPTED;
	w.go_on_after = 2;
	SAYS(ERROR_INTERRUPTED, "says no", ask());
	did(BEGINS "start 0; poll 0; hear 0; go 0; start 1; poll 0; hear 0; "
		"hear 1; go 1; show 0; stop 1; poll 5000; hear 1; show 1; "
		"not-asked 2" OFF ENDS);
	assert_int_equal(stops_n, FLEET_CHILDREN);
}

static void who_does_not_end_in_time_is_ended(void **state)
{
	(void)state;
	w.accounts = 2;
	w.deaf = BIT(1);
	w.hears_ms = 3000;
	w.go_on = ERROR_INTERRUPTED;
	w.go_on_after = 2;
	w.stays = true;
	SAYS(ERROR_INTERRUPTED, "says no", ask());
	did(BEGINS "start 0; poll 0; hear 0; go 0; start 1; poll 1000; hear 0; "
		"hear 1; go 1; stop 0; stop 1; poll 5000; hear 0; hear 1; "
		"poll 2000; hear 1; end 1" OFF "show 0; show 1; " ENDS);
}

static void what_fails_for_all_breaks_it_off(void **state)
{
	static const struct {
		int *fails;
		const char *steps;
	} rows[] = {
		{ &w.start, "start 0; stop 0; poll 5000; hear 0; show 0; " },
		{ &w.hear, "start 0; poll 1000; hear 0; stop 0; poll 5000; "
			"hear 0; show 0; " },
		{ &w.show, "start 0; poll 1000; hear 0; go 0; poll 1000; "
			"hear 0; show 0; " },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		*rows[i].fails = ERROR_REFUSED;
		SAYS(ERROR_REFUSED, "says no", ask());
		*rows[i].fails = 0;
		assert_memory_equal(steps, BEGINS, strlen(BEGINS));
		steps[strlen(steps) - strlen(ENDS)] = '\0';
		assert_string_equal(steps + strlen(BEGINS), rows[i].steps);
	}
}

static void refused_keys_break_it_off(void **state)
{
	(void)state;
	w.asks_keys = w.asks_root = BIT(0);
	w.no_answer = 1;
	SAYS(ERROR_REFUSED, "says no", ask());
	did(BEGINS "start 0; poll 1000; hear 0; go 0; renew 0; stop 0; "
		"poll 5000; hear 0; show 0; " ENDS);
	w.asks_keys = w.asks_root = BIT(0);
	w.no_answer = 2;
	SAYS(ERROR_REFUSED, "says no", ask());
	did(BEGINS "start 0; poll 1000; hear 0; go 0; renew 0; root 0; stop 0; "
		"poll 5000; hear 0; show 0; " ENDS);
}

static void a_signal_in_between_is_no_failure(void **state)
{
	(void)state;
	w.poll_errno = EINTR;
	OK(ask());
	did(BEGINS "start 0; poll 1000; poll 1000; hear 0; go 0; poll 1000; "
		"hear 0; show 0; " ENDS);
	w.poll_errno = EINVAL;
	SAYS(ERROR_FAILED, "cannot wait for processes: Invalid argument",
		ask());
	did(BEGINS "start 0; poll 1000; stop 0; poll 5000; hear 0; show 0; "
		ENDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(root_of_each_is_announced_and_told),
		TEST(root_that_is_not_on_is_a_warning),
		TEST(so_many_are_begun_and_so_many_asked),
		TEST(the_first_of_the_list_goes_first),
		TEST(all_that_run_are_told_and_heard_once_more),
		TEST(who_does_not_end_in_time_is_ended),
		TEST(what_fails_for_all_breaks_it_off),
		TEST(refused_keys_break_it_off),
		TEST(a_signal_in_between_is_no_failure),
	};

	return cmocka_run_group_tests_name("many stops", tests, NULL, NULL);
}
