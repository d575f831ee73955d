/* SPDX-License-Identifier: Apache-2.0 */
/* What a rollout makes of the reports of who watches its ports. */
#include "tests/unit/scout-parts.h"

/* ---- reports ---- */

static void a_key_that_is_told_of_is_asked_once_more(void **state)
{
	enum token_problem problem;

	(void)state;
	for (problem = TOKEN_USABLE; problem < TOKEN_GONE; problem++) {
		begin(state);
		w.problem = problem;
		assert_int_equal(waits(true, told_1), PORTS_KEY);
		if (problem != TOKEN_HELD)
			assert_string_equal(w.steps,
				NEXT_1 TAKEN_1 "100 ask hid0\n");
		assert_string_equal(arrival.key, "1-4.2:17");
		assert_string_equal(arrival.port, "1-4.2");
		assert_int_equal(arrival.since, 123456);
		assert_int_equal(arrival.card.place.serial, 1001);
		assert_true(arrival.card.found && arrival.card.locked);
		assert_int_equal(arrival.attached.n, 1);
		assert_ptr_equal(arrival.attached.chosen,
			arrival.attached.tokens);
		assert_false(scout.asked || scout.held);
		end(state);
	}
}

static void the_next_key_is_another_demand(void **state)
{
	static const struct happening second[] = TOLD(2, "1-4.3:18");

	(void)state;
	assert_int_equal(waits(true, told_1), PORTS_KEY);
	assert_int_equal(waits(true, second), PORTS_KEY);
	assert_string_equal(w.steps, "0 next 2 ''\n"
		"100 taken 2 '1-4.3:18'\n100 ask hid1\n");
	assert_string_equal(arrival.key, "1-4.3:18");
}

static void what_was_not_asked_for_is_passed_over(void **state)
{
	static const struct happening other[] = TOLD(2, "1-4.2:17");
	static const struct happening earlier[] = TOLD(0, "1-4.2:17");

	(void)state;
	assert_int_equal(waits(true, other), PORTS_TYPED);
	assert_string_equal(w.steps, NEXT_1);
	assert_int_equal(waits(true, earlier), PORTS_TYPED);
	assert_string_equal(w.steps, "");
	assert_int_equal(waits(false, told_1), PORTS_TYPED);
	assert_string_equal(w.steps, "0 hold 1 ''\n");
	assert_nothing();
}

/* And the next one is asked for. */
static void passes_over(const char *asked)
{
	char want[200];

	assert_int_equal(waits(true, told_1), PORTS_TYPED);
	assert_nothing();
	snprintf(want, sizeof(want), NEXT_1 TAKEN_1 "%s100 next 2 ''\n", asked);
	assert_string_equal(w.steps, want);
}

static void a_key_that_has_gone_is_passed_over(void **state)
{
	(void)state;
	w.n = 0;
	passes_over("");
	begin(state);
	w.is_none = true;
	passes_over("100 ask hid0\n");
	begin(state);
	w.problem = TOKEN_GONE;
	passes_over("100 ask hid0\n");
}

static void one_that_is_held_still_is_waited_for(void **state)
{
	(void)state;
	w.held_for = 2;
	assert_int_equal(waits(true, told_1), PORTS_KEY);
	assert_string_equal(w.steps, NEXT_1 TAKEN_1 "100 ask hid0\n"
		"250 ask hid0\n400 ask hid0\n");
	assert_int_equal(arrival.attached.tokens[0].problem, TOKEN_USABLE);
	end(state);
	begin(state);
	w.held_for = 100;
	assert_int_equal(waits(true, told_1), PORTS_KEY);
	assert_int_equal(w.now - BEGINNING, 1600);
	assert_int_equal(w.asked, 11);
	assert_int_equal(arrival.attached.tokens[0].problem, TOKEN_HELD);
	end(state);
	begin(state);
	w.held_for = 1;
	w.pause = -ERROR_INTERRUPTED;
	assert_int_equal(waits(true, told_1), -ERROR_INTERRUPTED);
	assert_int_equal(w.asked, 1);
	assert_nothing();
}

static void fails_so(void **state, int *how, const char *words)
{
	*how = -ERROR_CONFLICT;
	assert_int_equal(waits(true, told_1), -ERROR_CONFLICT);
	assert_string_equal(err.text, words);
	assert_nothing();
	begin(state);
}

static void what_fails_ends_the_wait(void **state)
{
	static const struct happening fails[] = {
		{ 100, REPORTS, 1, NULL, "no monitor" },
	};

	fails_so(state, &w.enumerate, "no sysfs");
	fails_so(state, &w.update, "no room");
	fails_so(state, &w.ask, "not asked");
	assert_int_equal(waits(true, fails), -ERROR_FAILED);
	assert_string_equal(err.text, "no monitor");
	begin(state);
	w.receive = -ERROR_TIMEOUT;
	assert_int_equal(waits(true, told_1), -ERROR_FAILED);
	assert_string_equal(err.text, ENDED);
	begin(state);
	w.nonsense = true;
	assert_int_equal(waits(true, told_1), -ERROR_MALFORMED);
	assert_string_equal(w.steps, NEXT_1);
}

/* ---- waiting ---- */

static void what_is_typed_goes_before_keys(void **state)
{
	static const struct happening alone[] = {
		{ 100, CANCELLED, 0, NULL, NULL },
	};
	static const struct happening both[] = {
		{ 100, REPORTS | IS_TYPED, 1, "1-4.2:17", NULL },
	};
	static const struct happening all[] = {
		{ 100, REPORTS | IS_TYPED | CANCELLED, 1, "1-4.2:17", NULL },
	};

	(void)state;
	assert_int_equal(waits(true, both), PORTS_TYPED);
	assert_int_equal(waits(true, all), -ERROR_INTERRUPTED);
	assert_string_equal(err.text, "interrupted");
	assert_string_equal(w.steps, "");
	assert_int_equal(waits(true, alone), -ERROR_INTERRUPTED);
	w.behind = true;
	assert_int_equal(waits(true, told_1), PORTS_KEY);
}

static void a_signal_ends_no_wait_but_an_error_does(void **state)
{
	static const struct happening signalled[] = {
		{ 100, SIGNALLED | CANCELLED | IS_TYPED | REPORTS, 1,
			"1-4.2:17", NULL },
		{ 300, FAILING, 0, NULL, NULL },
	};

	(void)state;
	assert_int_equal(waits(true, signalled), -ERROR_FAILED);
	assert_string_equal(err.text, "cannot wait for plug and unplug: "
		"Input/output error");
	assert_int_equal(w.now - BEGINNING, 300);
	assert_string_equal(w.steps, NEXT_1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_key_that_is_told_of_is_asked_once_more),
		TEST(the_next_key_is_another_demand),
		TEST(what_was_not_asked_for_is_passed_over),
		TEST(a_key_that_has_gone_is_passed_over),
		TEST(one_that_is_held_still_is_waited_for),
		TEST(what_fails_ends_the_wait),
		TEST(what_is_typed_goes_before_keys),
		TEST(a_signal_ends_no_wait_but_an_error_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
