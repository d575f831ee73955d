/* SPDX-License-Identifier: Apache-2.0 */
/* One login over many tokens: what each is asked, when, and for how long. */
#include "tests/unit/login-keys.h"

/* ---- what is asked ---- */

static enum login_result run(void)
{
	return prove_login(&x, &why);
}

static bool says(const char *data, const char *what)
{
	return strstr(data, what) != NULL;
}

static void each_question_is_new(void **state)
{
	static const struct key keys[KEYS] = { { { GOOD } },
		{ { GOOD }, .touch = { SAYS_NOTHING } } };
	const char *p[] = { seen[0].look_data, seen[0].prove_data,
		seen[1].look_data };
	size_t i, k;

	(void)state;
	set_up(&(struct way){ { 0 } }, keys);
	assert_int_equal(run(), LOGIN_GRANTED);
	end();
	for (i = 0; i < 3; i++) {
		assert_true(says(p[i], "\"type\":\"webauthn.get\""));
		assert_true(says(p[i], "\"origin\":\"tokenbridge:login\""));
		assert_int_equal(says(p[i], "\"purpose\":\"login\""), i == 1);
		assert_int_equal(says(p[i], "\"purpose\":\"lookup\""), i != 1);
		for (k = 0; k < i; k++)
			assert_string_not_equal(p[i], p[k]);
	}
}

static void what_was_signed_is_told(void **state)
{
	static const struct key key[KEYS] = { { { GOOD }, { .index = 1 },
		{ .index = 1, .counter = 77 } } };

	(void)state;
	set_up(&(struct way){ { 0 } }, key);
	blinks = "22222222";
	assert_int_equal(run(), LOGIN_GRANTED);
	assert_int_equal(x.counter, 77);
	assert_int_equal(x.flags, AUTHDATA_UP);
	assert_ptr_equal(x.token->credential, &credentials[1]);
	assert_int_equal(x.token->facts.pin_retries, 8);
	assert_int_equal(seen[0].credential, 1);
	assert_int_equal(seen[0].looks, 1);
	assert_int_equal(seen[0].proofs, 1);
	end();
}

static void the_pin_is_given_to_one_token_only(void **state)
{
	static const struct key keys[KEYS] = {
		{ { GOOD }, { HAS_NOT } }, { { GOOD }, { .after_ms = 300 } },
		{ { GOOD }, { .after_ms = 900 } } };

	(void)state;
	set_up(&(struct way){ { .verify = true }, "123456" }, keys);
	assert_int_equal(run(), LOGIN_GRANTED);
	assert_ptr_equal(x.token, &tokens.p[1]);
	assert_string_equal(seen[1].pin, "123456");
	assert_int_equal(tokens.p[2].state, PLUGGED_DROPPED);
	assert_int_equal(tokens.p[2].result, LOGIN_NO_TOKEN);
	assert_string_equal(tokens.p[2].why, "another token is asked");
	/* whose reason stays its own */
	assert_string_equal(tokens.p[0].why,
		"no token that is plugged in is the user's");
	end();
	assert_int_equal(seen[0].proofs + seen[2].proofs, 0);
	assert_string_equal(seen[0].pin, "");
	assert_string_equal(seen[2].pin, "");
}

static void tries_are_asked_for_only_where_a_pin_may_be(void **state)
{
	static const struct key keys[KEYS] = { { { GOOD } } };
	static const struct way ways[] = { { { 0 } }, { { .verify = true } },
		{ { 0 }, NULL, true }, { { 0 }, "123456" } };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(ways); i++) {
		set_up(&ways[i], keys);
		run();
		end();
		assert_int_equal(seen[0].pin_facts, i > 0);
	}
}

/* As plugged_start has it, while the others are still looked for. */
static void who_was_asked_before_is_not_asked_again(void **state)
{
	static const struct key keys[KEYS] = { { { GOOD } }, { { GOOD },
		{ HAS_NOT } } };

	(void)state;
	set_up(&(struct way){ { 0 } }, keys);
	prove_ask(&tokens.p[0], &x);
	assert_int_equal(tokens.p[0].state, PLUGGED_LOOKING);
	assert_int_equal(tokens.p[1].state, PLUGGED_STARTED);
	assert_int_equal(run(), LOGIN_GRANTED);
	end();
	assert_int_equal(seen[0].looks, 1);
	assert_int_equal(seen[1].looks, 1);
}

/* Dropping it would free its descriptors' numbers for the next one's. */
static void who_could_not_be_asked_is_dropped_later(void **state)
{
	static const struct key keys[KEYS] = { { { GOOD } }, { { GOOD } } };
	int there;

	(void)state;
	set_up(&(struct way){ { 0 } }, keys);
	there = tokens.p[1].socket;
	tokens.p[1].socket = open("/dev/null", O_WRONLY | O_CLOEXEC);
	prove_ask(&tokens.p[1], &x);
	assert_int_equal(tokens.p[1].state, PLUGGED_STARTED);
	assert_true(tokens.p[1].socket >= 0);
	assert_int_equal(run(), LOGIN_GRANTED);
	assert_ptr_equal(x.token, &tokens.p[0]);
	assert_int_equal(tokens.p[1].state, PLUGGED_DROPPED);
	close(there);
	end();
	assert_int_equal(seen[1].looks, 0);
}

static void who_hangs_up_ends_it(void **state)
{
	static const struct key keys[KEYS] = {
		{ { GOOD }, .touch = { SAYS_NOTHING } } };

	(void)state;
	set_up(&(struct way){ { 0 } }, keys);
	assert_int_equal(write(cancel[1], "x", 1), 1);
	assert_int_equal(run(), LOGIN_FAILED);
	assert_string_equal(why.text, "interrupted");
	assert_null(x.token);
	assert_true(deadline_now() - begun < 5000);
	end();
}

static void the_time_for_a_touch_begins_with_the_prompt(void **state)
{
	static const struct key keys[KEYS] = {
		{ { GOOD }, { .after_ms = 600 }, { .after_ms = 600 } } };

	(void)state;
	set_up(&(struct way){ .timeout_ms = 1000 }, keys);
	assert_int_equal(run(), LOGIN_GRANTED);
	end();
}

static void a_pin_is_not_asked_for_while_a_touch_may_come(void **state)
{
	static const struct key keys[KEYS] = {
		{ { GOOD, .always_uv = true }, { .after_ms = 280 } },
		{ { GOOD }, { .after_ms = 300 } } };
	static const struct key silent[KEYS] = {
		{ { GOOD, .always_uv = true } },
		{ { GOOD }, { SAYS_NOTHING } } };

	(void)state;
	set_up(&(struct way){ { 0 } }, keys);
	assert_int_equal(run(), LOGIN_GRANTED);
	assert_ptr_equal(x.token, &tokens.p[1]);
	end();
	/* ... but that is a moment only */
	set_up(&(struct way){ { 0 } }, silent);
	assert_int_equal(run(), LOGIN_READY);
	assert_ptr_equal(x.token, &tokens.p[0]);
	assert_true(deadline_now() - begun < 5000);
	end();
}

/* ---- waiting for a token ---- */

static void wait_for_one(const struct key *there, const struct key *comes,
	int byte, int64_t ms)
{
	set_up(&(struct way){ .timeout_ms = 2000 }, there);
	coming = comes;
	on_insert = byte;
	x.arrivals = arriving[0];
	arriving[0] = -1;
	x.wait_until = deadline_in(ms);
}

static void waited(enum login_result result, const char *text,
	const char *asked)
{
	assert_int_equal(run(), result);
	if (text)
		assert_string_equal(why.text, text);
	assert_string_equal(prompts, asked);
	close_p(&x.arrivals);
	end();
}

static void a_token_that_comes_is_asked(void **state)
{
	static const struct key good = { { GOOD } },
		foreign[KEYS] = { { { GOOD }, { HAS_NOT } } };

	(void)state;
	wait_for_one(NULL, &good, 'c', 30000);
	waited(LOGIN_GRANTED, NULL, "IT");
	assert_int_equal(seen[0].looks, 1);
	/* somebody else's does not end the wait, and is said at once */
	wait_for_one(foreign, &good, 'c', 30000);
	waited(LOGIN_GRANTED, NULL, "IT");
	/* one that has no room is none */
	wait_for_one(NULL, &good, 'x', 500);
	waited(LOGIN_NO_TOKEN, "no token is plugged in", "I");
}

static void the_wait_ends_by_the_clock_or_with_the_watcher(void **state)
{
	int64_t took;

	(void)state;
	wait_for_one(NULL, NULL, 0, 400);
	waited(LOGIN_NO_TOKEN, "no token is plugged in", "I");
	took = deadline_now() - begun;
	assert_true(took >= 390 && took < 5000);
	wait_for_one(NULL, NULL, -1, 30000);
	waited(LOGIN_NO_TOKEN, "no token is plugged in", "I");
	assert_true(deadline_now() - begun < 5000);
	assert_int_equal(x.arrivals, -1);
}

static void a_silent_token_delays_the_question_for_another(void **state)
{
	static const struct key silent[KEYS] = { { { GOOD },
		{ SAYS_NOTHING } } }, good = { { GOOD } };

	(void)state;
	wait_for_one(silent, &good, 'c', 30000);
	waited(LOGIN_GRANTED, NULL, "IT");
	wait_for_one(silent, NULL, 0, 1500);
	waited(LOGIN_SILENT, "a token does not answer", "I");
	assert_true(asked_at >= 990 && asked_at < 5000);
	/* what blinks is no reason to ask for another */
	wait_for_one((const struct key[KEYS]){ { { GOOD },
		.touch = { .after_ms = 1500 } } }, NULL, 0, 30000);
	waited(LOGIN_GRANTED, NULL, "T");
}

/* One that says that it wants its PIN must not have been said to be touched. On a
 * busy machine once in five times is enough. */
static void a_touch_is_asked_for_when_it_is_waited_for(void **state)
{
	static const struct {
		struct key keys[KEYS];
		int64_t from, to;
	} rows[] = {
		{ { { { BRIEF }, .touch = { WAITS, .after_ms = 700 } } }, 0,
			140 },
		{ { { { BRIEF }, .touch = { .after_ms = 1500 } } }, 145, 1400 },
		/* the first one that does not speak counts */
		{ { { { BRIEF }, .touch = { .after_ms = 1500 } },
			{ { BRIEF }, { .after_ms = 200 },
				{ .after_ms = 1500 } } }, 145, 340 },
		{ { { { GOOD }, .touch = { .after_ms = 700 } } }, 0, 250 },
	};
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		k = 0;
		do {
			set_up(&(struct way){ { 0 } }, rows[i].keys);
			assert_int_equal(run(), LOGIN_GRANTED);
			assert_string_equal(prompts, "T");
			assert_true(asked_at >= rows[i].from);
			end();
		} while (asked_at > rows[i].to && ++k < 5);
		assert_true(asked_at <= rows[i].to);
	}
}

/* Whatever it was to be asked: the others are asked all the same. */
static void a_process_that_is_gone_is_told_when_it_is_asked(void **state)
{
	static const char gone[] = "cannot send to a helper process: "
		"Broken pipe";
	static const struct key one[KEYS] = { { { GOOD } } },
		two[KEYS] = { { { GOOD } }, { { GOOD } } }, good = { { GOOD } };

	(void)state;
	set_up(&(struct way){ { 0 } }, one);
	shutdown(tokens.p[0].socket, SHUT_RDWR);
	assert_int_equal(run(), LOGIN_FAILED);
	assert_string_equal(why.text, gone);
	assert_string_equal(prompts, "");
	end();
	set_up(&(struct way){ { 0 } }, two);
	shutdown(tokens.p[0].socket, SHUT_RDWR);
	assert_int_equal(run(), LOGIN_GRANTED);
	assert_ptr_equal(x.token, &tokens.p[1]);
	assert_string_equal(tokens.p[0].why, gone);
	end();
	/* ... when it is to blink */
	set_up(&(struct way){ { 0 } }, one);
	cut_at_touch = true;
	assert_int_equal(run(), LOGIN_FAILED);
	assert_string_equal(why.text, gone);
	end();
	/* ... and when it has come just now */
	wait_for_one(NULL, &good, 'd', 500);
	waited(LOGIN_FAILED, gone, "I");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_question_is_new),
		cmocka_unit_test(what_was_signed_is_told),
		cmocka_unit_test(the_pin_is_given_to_one_token_only),
		cmocka_unit_test(tries_are_asked_for_only_where_a_pin_may_be),
		cmocka_unit_test(who_was_asked_before_is_not_asked_again),
		cmocka_unit_test(who_could_not_be_asked_is_dropped_later),
		cmocka_unit_test(who_hangs_up_ends_it),
		cmocka_unit_test(the_time_for_a_touch_begins_with_the_prompt),
		cmocka_unit_test(a_pin_is_not_asked_for_while_a_touch_may_come),
		cmocka_unit_test(a_token_that_comes_is_asked),
		cmocka_unit_test(the_wait_ends_by_the_clock_or_with_the_watcher),
		cmocka_unit_test(a_silent_token_delays_the_question_for_another),
		cmocka_unit_test(a_touch_is_asked_for_when_it_is_waited_for),
		cmocka_unit_test(a_process_that_is_gone_is_told_when_it_is_asked),
	};

	make_keys();
	return cmocka_run_group_tests_name("login asking", tests, NULL, NULL);
}
