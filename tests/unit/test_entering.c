/* SPDX-License-Identifier: Apache-2.0 */
/* Who is asked for keys again, when, and who is not asked any more. */
#include "tests/unit/entering-parts.h"

static bool again;

/* It fails with the code and, where it is to be, is asked for again. */
static void enter_fails(size_t item, bool is_again)
{
	struct entered in = { .own = NULL };

	again = !is_again;
	SAYS(w.fails, "sts says no", fleet_enter(&f, item, &in, &again, &err));
	assert_int_equal(again, is_again);
	assert_string_equal(err.foreign, w.foreign);
}

/* ---- when ---- */

static void one_after_the_other_is_entered(void **state)
{
	(void)state;
	fleet_entering_init(&f);
	did("init 1 0 0; ");
}

static void the_longer_wait_is_waited_for(void **state)
{
	static const struct {
		int64_t wait, pause;
		unsigned lost;
		int64_t is;
	} rows[] = {
		{ 0, 0, 0, 0 }, { 40, 0, 0, 40 }, { 40, 30, 1, 40 },
		{ 40, 50, 1, 50 }, { 40, 50, 0, 40 }, { -1, 0, 0, 0 },
		{ 0, -50, 1, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		w.wait = rows[i].wait;
		f.lost = rows[i].lost;
		f.lost_pause = NOW + rows[i].pause;
		assert_int_equal(fleet_entering_wait(&f), rows[i].is);
	}
}

static void the_governor_hears_of_keys_that_sts_gave(void **state)
{
	struct entered in = { .own = NULL };

	(void)state;
	f.lost = 2;
	again = true;
	OK(fleet_enter(&f, 1, &in, &again, &err));
	assert_false(again);
	assert_int_equal(f.lost, 2);
	did("enter 1; ");
	w.keys = true;
	w.status = 1;
	OK(fleet_enter(&f, 0, &in, &again, &err));
	assert_int_equal(f.lost, 0);
	did("enter 0; sent 14; answered 14; ");
	w.fails = ERROR_REMOTE;
	enter_fails(0, false);
	did("enter 0; ");
}

/* ---- who again ---- */

static void who_was_throttled_is_until_it_is_in_vain(void **state)
{
	static const struct {
		int code;
		const char *foreign;
		int http;
		bool throttled;
	} rows[] = {
		{ ERROR_REMOTE, "Throttling", 400, true },
		{ ERROR_REMOTE, "AccessDenied", 403, false },
		{ ERROR_REMOTE, "RequestTimeout", 408, false },
		{ ERROR_REMOTE, "", 0, false },
		/* of something before AWS, in words of its own */
		{ ERROR_REMOTE, "", 429, true },
		{ ERROR_REMOTE, "SlowDownPlease", 429, true },
		{ ERROR_FAILED, "Throttling", 400, false },
		{ ERROR_INTERRUPTED, "Throttling", 400, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		clock_is = NOW;
		w.fails = rows[i].code;
		w.foreign = rows[i].foreign;
		w.http = rows[i].http;
		w.in_vain = false;
		f.lost = 3;
		enter_fails(0, rows[i].throttled);
		assert_int_equal(f.lost, 0);
		did(rows[i].throttled ? "enter 0; sent 7; throttled 0 7; " :
			"enter 0; ");
		w.in_vain = true;
		enter_fails(0, false);
		did(rows[i].throttled ? "enter 0; sent 14; throttled 7 14; " :
			"enter 0; ");
	}
	assert_int_equal(told[0].lost, 0);
}

static void who_got_no_answer_is_three_times(void **state)
{
	static const int64_t pauses[] = { 1000, 2000, 4000, 8000, 10000,
		10000 };
	size_t i;

	(void)state;
	w.fails = ERROR_UNREACHABLE;
	for (i = 0; i < 6; i++) {
		enter_fails(i / 3, i % 3 < 2);
		assert_int_equal(f.lost, i + 1);
		assert_int_equal(f.lost_pause, clock_is + pauses[i]);
		assert_int_equal(told[i / 3].lost, i % 3 + 1);
	}
	did("enter 0; enter 0; enter 0; enter 1; enter 1; enter 1; ");
}

static void a_profile_that_got_no_answer_is_not_sts(void **state)
{
	(void)state;
	w.fails = ERROR_UNREACHABLE;
	items[0].way = ACCOUNTS_BY_PROFILE;
	f.lost = 1;
	enter_fails(0, true);
	enter_fails(0, true);
	enter_fails(0, false);
	assert_int_equal(f.lost, 1);
	assert_int_equal(f.lost_pause, 0);
	assert_int_equal(told[0].lost, 3);
}

static void who_is_lost_is_not_asked_for_again_in_a_silence(void **state)
{
	(void)state;
	w.fails = ERROR_UNREACHABLE;
	f.lost = 4;
	clock_is = NOW + CALLS_PATIENCE_MS - 8; /* the call takes seven */
	enter_fails(0, true);
	f.lost = 4;
	clock_is = NOW + CALLS_PATIENCE_MS - 7;
	enter_fails(1, false);
	f.lost = 3;
	enter_fails(2, true);
}

static void sts_is_not_asked_in_a_silence(void **state)
{
	static const struct {
		unsigned lost;
		int64_t since;
		bool by_role, silent;
	} rows[] = {
		{ 4, CALLS_PATIENCE_MS, true, false },
		{ 5, CALLS_PATIENCE_MS - 1, true, false },
		{ 5, CALLS_PATIENCE_MS, false, false },
		{ 5, CALLS_PATIENCE_MS, true, true },
		{ 7, CALLS_PATIENCE_MS + 1, true, true },
	};
	struct entered in = { .own = NULL };
	char words[80];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		f.lost = rows[i].lost;
		clock_is = NOW + rows[i].since;
		w.by_role = rows[i].by_role;
		again = true;
		if (!rows[i].silent) {
			OK(fleet_enter(&f, 0, &in, &again, &err));
			did("enter 0; ");
			continue;
		}
		FAILS(ERROR_UNREACHABLE, fleet_enter(&f, 0, &in, &again, &err));
		snprintf(words, sizeof(words), "not entered: sts gave no "
			"answer %u times in a row", rows[i].lost);
		assert_string_equal(err.text, words);
		assert_false(again);
		did("");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_after_the_other_is_entered),
		TEST(the_longer_wait_is_waited_for),
		TEST(the_governor_hears_of_keys_that_sts_gave),
		TEST(who_was_throttled_is_until_it_is_in_vain),
		TEST(who_got_no_answer_is_three_times),
		TEST(a_profile_that_got_no_answer_is_not_sts),
		TEST(who_is_lost_is_not_asked_for_again_in_a_silence),
		TEST(sts_is_not_asked_in_a_silence),
	};

	return cmocka_run_group_tests_name("entering", tests, NULL, NULL);
}
