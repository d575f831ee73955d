/* SPDX-License-Identifier: Apache-2.0 */
/* A process that asks an account: how it starts, goes on, and ends. */
#include "tests/unit/child-parts.h"

#define TO_HEAD "enter 1; keep " TWO "; write " HEAD "; "
#define NOT_READ "not-read 1: says no; "
#define STOPPED "stop -1 0; " NOT_READ
#define STOPPED_LATE "stop 888 0; " NOT_READ

/* ---- starting ---- */

static void it_is_told_what_to_ask_when_its_result_has_a_head(void **state)
{
	(void)state;
	c.wants_root = c.has_unknown = true;
	OK(child_start(&f, &c, 1, &err));
	did(TO_HEAD "start; send " TWO "; give theirs none; ");
	assert_int_equal(c.at, CHILD_BEGINS);
	assert_int_equal(c.item, 1);
	assert_int_equal(c.process.socket, SOCKET);
	assert_true(c.to >= 0);
	assert_false(c.wants_root || c.has_unknown || c.spoiled);
	assert_false(told[1].over);
	close_p(&c.to);
	w.keys = true;
	OK(child_start(&f, &c, 1, &err));
	did(TO_HEAD "start; send " TWO "; give theirs AKIA; ");
}

static void what_hinders_its_start_is_why_it_was_not_read(void **state)
{
	static const int codes[] = { ERROR_REMOTE, ERROR_INTERRUPTED,
		ERROR_REFUSED };
	static const struct {
		int *fails;
		const char *steps;
	} rows[] = {
		{ &w.enter, "enter 1; " STOPPED },
		{ &w.keep, "enter 1; keep " TWO "; " STOPPED },
		{ &w.write, TO_HEAD STOPPED "partly 1: what was found out "
			"could not be written; " },
		{ &w.start, TO_HEAD "start; " STOPPED_LATE },
		{ &w.send, TO_HEAD "start; send " TWO "; " STOPPED_LATE },
		{ &w.give, TO_HEAD "start; send " TWO "; give theirs none; "
			STOPPED_LATE },
	};
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		for (k = 0; k < ARRAY_LEN(codes); k++) {
			told[1].over = false;
			*rows[i].fails = codes[k];
			if (k)
				SAYS(codes[k], "says no",
					child_start(&f, &c, 1, &err));
			else
				OK(child_start(&f, &c, 1, &err));
			did(rows[i].steps);
			assert_int_equal(c.at, CHILD_NONE);
			assert_int_equal(c.to, -1);
			assert_true(told[1].over);
			*rows[i].fails = 0;
		}
}

static void who_is_to_be_entered_again_waits(void **state)
{
	(void)state;
	w.enter = ERROR_UNREACHABLE;
	w.again = true;
	OK(child_start(&f, &c, 1, &err));
	did("enter 1; wait 1; ");
	assert_int_equal(c.at, CHILD_NONE);
	assert_false(told[1].over);
}

/* ---- ending ---- */

static void only_what_runs_is_stopped(void **state)
{
	(void)state;
	c.at = CHILD_NONE;
	child_stop(&c);
	did("");
	c.at = CHILD_BEGINS;
	child_stop(&c);
	did("shutdown 888; ");
}

static void how_it_ended_is_said_by_the_best_reason(void **state)
{
	static const struct {
		enum audit_account_state is;
		bool stops;
		const char *why;
		unsigned findings;
		int status;
		const char *steps;
	} rows[] = {
		{ AUDIT_ACCOUNT_READ, false, NULL, 0, 0, "stop 888 2000; " },
		{ AUDIT_ACCOUNT_READ, true, NULL, 3, 9, "stop 888 2000; " },
		{ AUDIT_ACCOUNT_PARTLY, false, NULL, 0, 9, "stop 888 2000; " },
		{ AUDIT_ACCOUNT_READ, false, "x", 0, 0,
			"stop 888 0; not-read 1: x; " },
		{ AUDIT_ACCOUNT_READ, true, "x", 0, 0,
			"stop 888 0; not-asked 1: x; " },
		{ AUDIT_ACCOUNT_PARTLY, false, "x", 1, 0,
			"stop 888 0; partly 1: x; " },
		{ AUDIT_ACCOUNT_NOT_ASKED, false, "x", 0, 9,
			"stop 888 0; not-read 1: x; " },
		{ AUDIT_ACCOUNT_NOT_ASKED, false, NULL, 0, 9, "stop 888 2000; "
			"not-read 1: the process that asked it ended by signal "
			"9; " },
		{ AUDIT_ACCOUNT_NOT_ASKED, false, NULL, 0, 256,
			"stop 888 2000; not-read 1: the process that asked it "
			"ended before it was done; " },
		{ AUDIT_ACCOUNT_NOT_ASKED, false, NULL, 1, -1,
			"stop 888 2000; partly 1: the process that asked it "
			"ended before it was done; " },
		{ AUDIT_ACCOUNT_NOT_ASKED, true, NULL, 0, 9, "stop 888 2000; "
			"not-asked 1: the audit was broken off; " },
		{ AUDIT_ACCOUNT_PARTLY, true, "x", 2, 9, "stop 888 0; "
			"partly 1: the audit was broken off; " },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		c.at = CHILD_ASKS;
		c.findings = rows[i].findings;
		accounts[1].state = rows[i].is;
		f.stops = rows[i].stops;
		w.status = rows[i].status;
		told[1].over = false;
		child_end(&f, &c, rows[i].why);
		did(rows[i].steps);
		assert_true(told[1].over);
		assert_int_equal(c.at, CHILD_NONE);
		assert_false(told[1].has_rows);
	}
}

static void a_result_is_finished_where_it_is_of_use_again(void **state)
{
	static const struct {
		const char *folder;
		bool spoiled, unknown;
		enum audit_account_state is;
		int fails;
		const char *steps;
		bool finished;
	} rows[] = {
		{ "s", false, false, AUDIT_ACCOUNT_READ, 0,
			"finish " TWO "; ", true },
		{ "s", false, false, AUDIT_ACCOUNT_READ, ERROR_FAILED,
			"finish " TWO "; ", false },
		{ NULL, false, false, AUDIT_ACCOUNT_READ, 0, "", false },
		{ "s", false, true, AUDIT_ACCOUNT_READ, 0, "", false },
		{ "s", false, false, AUDIT_ACCOUNT_PARTLY, 0, "", false },
		{ "s", true, false, AUDIT_ACCOUNT_READ, 0, "partly 1: what was "
			"found out could not be written; ", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		q.state = rows[i].folder;
		c.to = open("/dev/null", O_WRONLY | O_CLOEXEC);
		c.spoiled = rows[i].spoiled;
		c.has_unknown = rows[i].unknown;
		c.findings = i % 2;
		w.finish = rows[i].fails;
		accounts[1].state = rows[i].is;
		told[1].finished = false;
		child_end(&f, &c, NULL);
		assert_memory_equal(steps, "stop 888 2000; ", 15);
		assert_string_equal(steps + 15, rows[i].steps);
		steps[0] = '\0';
		assert_int_equal(told[1].finished, rows[i].finished);
		assert_int_equal(told[1].has_rows, i % 2);
		assert_int_equal(c.to, -1);
	}
}

/* ---- going on ---- */

static void it_goes_on_by_an_empty_frame(void **state)
{
	(void)state;
	c.at = CHILD_WAITS;
	child_go(&f, &c);
	did("send ; ");
	assert_int_equal(c.at, CHILD_ASKS);
	w.send = ERROR_FAILED;
	child_go(&f, &c);
	did("send ; " STOPPED_LATE);
	assert_int_equal(c.at, CHILD_NONE);
}

static void keys_are_renewed_once_sts_gives_them(void **state)
{
	(void)state;
	c.wants_keys = w.again = true;
	w.enter = ERROR_UNREACHABLE;
	OK(child_renew(&f, &c, &err));
	did("enter 1; ");
	assert_true(c.wants_keys);
	w.enter = 0; /* what it says of again is of no account */
	OK(child_renew(&f, &c, &err));
	did("enter 1; give theirs none; ");
	assert_false(c.wants_keys);
	w.again = false;
	w.keys = true;
	OK(child_renew(&f, &c, &err));
	did("enter 1; give theirs AKIA; ");
	assert_int_equal(c.at, CHILD_ASKS);
}

static void who_gets_no_keys_is_ended(void **state)
{
	(void)state;
	c.wants_keys = true;
	w.enter = ERROR_REMOTE;
	OK(child_renew(&f, &c, &err));
	did("enter 1; " STOPPED_LATE);
	assert_false(c.wants_keys);
	assert_int_equal(c.at, CHILD_NONE);
	w.enter = ERROR_REFUSED;
	SAYS(ERROR_REFUSED, "says no", child_renew(&f, &c, &err));
	did("enter 1; " STOPPED_LATE);
	w.enter = 0;
	w.give = ERROR_INTERRUPTED;
	SAYS(ERROR_INTERRUPTED, "says no", child_renew(&f, &c, &err));
	did("enter 1; give theirs none; " STOPPED_LATE);
	w.give = ERROR_FAILED;
	OK(child_renew(&f, &c, &err));
	did("enter 1; give theirs none; " STOPPED_LATE);
}

/* ---- root ---- */

static void it_is_told_of_roots_keys_before_they_follow(void **state)
{
	(void)state;
	c.wants_root = w.again = true;
	w.root = ERROR_REMOTE;
	OK(child_make_root(&f, &c, &err));
	did("root 1; ");
	assert_true(c.wants_root);
	w.root = 0;
	OK(child_make_root(&f, &c, &err));
	did("root 1; send \\0\\0\\0\\0\\0; ");
	assert_false(c.wants_root);
	w.keys = true;
	OK(child_make_root(&f, &c, &err));
	did("root 1; send \\1\\0\\0\\0\\0; give base ROOT; ");
	w.keys = w.again = false;
	w.root = ERROR_REMOTE;
	OK(child_make_root(&f, &c, &err));
	did("root 1; send \\0\\0\\12AccessDenied\\0\\7says no; ");
	assert_int_equal(c.at, CHILD_ASKS);
}

static void root_ends_it_where_it_does_not_hear_or_all_ends(void **state)
{
	static const int codes[] = { ERROR_INTERRUPTED, ERROR_REFUSED };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(codes); i++) {
		c.at = CHILD_ASKS;
		c.wants_root = true;
		w.root = codes[i];
		SAYS(codes[i], "says no", child_make_root(&f, &c, &err));
		did("root 1; " STOPPED_LATE);
		assert_false(c.wants_root);
	}
	w.root = 0;
	w.keys = true;
	w.send = ERROR_REFUSED;
	OK(child_make_root(&f, &c, &err));
	did("root 1; send \\1\\0\\0\\0\\0; " STOPPED_LATE);
	w.send = 0;
	w.give = ERROR_REFUSED;
	OK(child_make_root(&f, &c, &err));
	did("root 1; send \\1\\0\\0\\0\\0; give base ROOT; " STOPPED_LATE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_is_told_what_to_ask_when_its_result_has_a_head),
		TEST(what_hinders_its_start_is_why_it_was_not_read),
		TEST(who_is_to_be_entered_again_waits),
		TEST(only_what_runs_is_stopped),
		TEST(how_it_ended_is_said_by_the_best_reason),
		TEST(a_result_is_finished_where_it_is_of_use_again),
		TEST(it_goes_on_by_an_empty_frame),
		TEST(keys_are_renewed_once_sts_gives_them),
		TEST(who_gets_no_keys_is_ended),
		TEST(it_is_told_of_roots_keys_before_they_follow),
		TEST(root_ends_it_where_it_does_not_hear_or_all_ends),
	};

	return cmocka_run_group_tests_name("child", tests, NULL, NULL);
}
