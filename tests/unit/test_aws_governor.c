/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The governor before services of several kinds, by a clock of the test's own:
 * how long many questions take, how many are throttled, how many are under way.
 */
#include "aws/many/governor.h"

#include "base/util.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define UNDER_WAY_MAX 64
#define SENT_MAX 20000

/* A service: so many calls in every second, as a bucket or by looking back. */
struct service {
	double rate;  /* 0: as many as come */
	double burst; /* of a bucket; 0: never more than `rate` in any second */
	int latency;  /* ms */
	int64_t away_from, away_until; /* throttles everything */
	int64_t more_from; /* allows `more` from then on; 0: never */
	double more;
	/* as it goes */
	double tokens;
	int64_t filled;
	int64_t passed[SENT_MAX];
	size_t passed_n;
};

static bool lets_by(struct service *s, int64_t now)
{
	size_t i, n = 0;

	if (now >= s->away_from && now < s->away_until)
		return false;
	if (s->more_from && now >= s->more_from)
		s->rate = s->more;
	if (s->rate <= 0)
		return true;
	if (s->burst > 0) {
		s->tokens += (double)(now - s->filled) * s->rate / 1000;
		s->tokens = s->tokens > s->burst ? s->burst : s->tokens;
		s->filled = now;
		if (s->tokens < 1)
			return false;
		s->tokens -= 1;
		return true;
	}
	for (i = s->passed_n; i > 0 && s->passed[i - 1] > now - 1000; i--)
		n++;
	if (n >= (size_t)s->rate)
		return false;
	s->passed[s->passed_n++] = now;
	return true;
}

struct course {
	int64_t took;
	unsigned sent, throttled, at_once;
	bool in_vain;
};

struct call {
	int64_t sent, back;
	bool passed;
};

/* n questions, each asked until it is answered. */
static struct course run(struct service *s, unsigned n, unsigned most,
	unsigned rate)
{
	struct call way[UNDER_WAY_MAX];
	struct course c = { .took = 0 };
	struct governor g;
	unsigned under_way = 0, left = n, i;
	int64_t now = 5000, begun = now;

	s->tokens = s->burst;
	s->filled = now;
	governor_init(&g, most, rate, now);
	for (; (left > 0 || under_way > 0) && !c.in_vain; now++) {
		for (i = 0; i < under_way;) {
			if (way[i].back > now) {
				i++;
				continue;
			}
			if (way[i].passed) {
				governor_answered(&g, now);
			} else {
				governor_throttled(&g, way[i].sent, now);
				c.throttled++;
				left++;
			}
			way[i] = way[--under_way];
		}
		c.in_vain = governor_is_in_vain(&g, 30000, now);
		while (left > 0 && governor_wait(&g, under_way, now) == 0) {
			assert_true(under_way < UNDER_WAY_MAX);
			assert_true(c.sent < SENT_MAX);
			way[under_way++] = (struct call){ now,
				now + s->latency,
				lets_by(s, now + s->latency / 2) };
			governor_sent(&g, now);
			left--;
			c.sent++;
			if (under_way > c.at_once)
				c.at_once = under_way;
		}
	}
	c.took = now - begun;
	return c;
}

static void what_does_not_throttle_is_asked_sixteen_at_a_time(void **state)
{
	static const int latencies[] = { 5, 20, 50, 200 };
	struct course c;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(latencies); i++) {
		struct service s = { .latency = latencies[i] };

		c = run(&s, 5000, 16, 0);
		assert_int_equal(c.at_once, 16);
		assert_int_equal(c.throttled, 0);
		assert_true(c.took < 5000 * latencies[i] / 16 * 105 / 100 +
			10 * latencies[i]);
	}
}

static void the_window_doubles_with_every_round_trip(void **state)
{
	static const unsigned wanted[] = { GOVERNOR_FIRST, 16, 32, 40, 40 };
	struct governor g;
	unsigned round, i;
	int64_t now = 1000;

	(void)state;
	governor_init(&g, 40, 0, now);
	for (round = 0; round < ARRAY_LEN(wanted); round++, now += 100) {
		for (i = 0; governor_wait(&g, i, now) == 0; i++)
			governor_sent(&g, now);
		assert_int_equal(i, wanted[round]);
		assert_int_equal(governor_wait(&g, i, now), -1);
		while (i-- > 0)
			governor_answered(&g, now + 100);
	}
}

static void a_throttle_halves_it_and_it_grows_by_one_after_that(void **state)
{
	struct governor g;
	int64_t now = 1000;
	unsigned i;

	(void)state;
	governor_init(&g, 16, 0, now);
	for (i = 0; i < 15; i++)
		governor_answered(&g, now);
	assert_true((unsigned)g.window == 16);
	governor_throttled(&g, now, now + 50);
	assert_true((unsigned)g.window == 8);
	/* those that were on their way with it count once */
	governor_throttled(&g, now + 10, now + 60);
	assert_true((unsigned)g.window == 8);
	for (i = 0; i < 8; i++)
		governor_answered(&g, now + 100);
	assert_true((unsigned)g.window == 8);
	governor_answered(&g, now + 100);
	assert_true((unsigned)g.window == 9);
	governor_lost(&g);
	assert_true((unsigned)g.window == 4);
}

static void the_ceiling_holds_whatever_the_service_would_allow(void **state)
{
	struct service s = { .latency = 2 };
	struct course c = run(&s, 3000, 16, 100);

	(void)state;
	assert_in_range(c.took, 29000, 31500);
	assert_int_equal(c.throttled, 0);
}

static void the_ceiling_holds_behind_a_throttle_too(void **state)
{
	struct service s = { .latency = 2, .away_from = 6000,
		.away_until = 6030 };
	struct course c = run(&s, 3000, 16, 50);

	(void)state;
	assert_true(c.throttled > 0);
	assert_in_range(c.took, 59500, 70000);
}

/* The bars of a service that allows so many calls a second. */
static void what_throttles_is_kept_busy_and_seldom_throttles(void **state)
{
	static const struct {
		double rate, burst;
		int latency;
		unsigned n;
	} kinds[] = {
		{ 20, 0, 50, 500 }, { 20, 0, 50, 2000 }, { 20, 0, 1, 1000 },
		{ 20, 0, 200, 1000 }, { 20, 20, 50, 1000 },
		{ 20, 100, 50, 2000 }, { 20, 5, 50, 1000 },
		{ 5, 0, 50, 500 }, { 100, 0, 50, 5000 }, { 50, 50, 20, 3000 },
	};
	struct course c;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		struct service s = { .rate = kinds[i].rate,
			.burst = kinds[i].burst, .latency = kinds[i].latency };

		c = run(&s, kinds[i].n, 16, 300);
		printf("%g a second (burst %g), %d ms, %u calls: x%.3f, "
			"%.1f %% throttled\n", s.rate, s.burst, s.latency,
			kinds[i].n, (double)c.took * s.rate /
				kinds[i].n / 1000,
			100.0 * c.throttled / c.sent);
		assert_false(c.in_vain);
		assert_true((double)c.took <=
			1.2 * 1000 * kinds[i].n / s.rate);
		assert_true(c.throttled * 100 <= c.sent * 5);
	}
}

static void a_service_that_comes_back_is_soon_asked_at_full_pace(void **state)
{
	struct service s = { .latency = 50, .away_from = 6000,
		.away_until = 26000 };
	struct course c = run(&s, 10000, 16, 300);

	(void)state;
	assert_false(c.in_vain);
	/* 33 s at 300 a second, 20 s away, and what it takes to find that */
	assert_true(c.took < 70000);
	assert_true(c.throttled < 60);
}

/* Fifty questions take four round trips, as if all sixteen went at once. */
static void a_short_run_is_not_mostly_its_beginning(void **state)
{
	struct service s = { .latency = 50 };
	struct course c = run(&s, 50, 16, 300);

	(void)state;
	assert_in_range(c.took, 4 * 50, 4 * 50 + 20);
}

static void an_edge_that_is_known_is_tried_seldom(void **state)
{
	static const double rates[] = { 5, 20 };
	struct course c, longer;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rates); i++) {
		struct service s = { .rate = rates[i], .latency = 50 };
		struct service same = s;

		c = run(&s, 1000, 16, 300);
		longer = run(&same, 4000, 16, 300);
		printf("%g a second: %u of 1000 throttled, %u of 4000\n",
			rates[i], c.throttled, longer.throttled);
		assert_true(longer.throttled - c.throttled <= 3000 / 50);
	}
}

static void what_becomes_more_is_found_out(void **state)
{
	struct service s = { .rate = 20, .latency = 50, .more_from = 65000,
		.more = 200 };
	struct course c = run(&s, 1200 + 6000, 16, 300);

	(void)state;
	/* 60 s and 30 s at the two rates, and what it takes to find that */
	printf("20, then 200 a second: %lld ms\n", (long long)c.took);
	assert_true(c.took < 115000);
	assert_true(c.throttled * 100 <= c.sent * 3);
}

static void one_hiccup_costs_little(void **state)
{
	struct service s = { .latency = 50, .away_from = 5000,
		.away_until = 5040 };
	struct course c = run(&s, 5000, 16, 300);

	(void)state;
	/* those that were under way, and none that came later */
	assert_in_range(c.throttled, 1, GOVERNOR_FIRST);
	assert_true(c.took < 30000);
}

static void nothing_but_throttling_ends_after_the_patience(void **state)
{
	struct service s = { .latency = 50, .away_from = 0,
		.away_until = INT64_MAX };
	struct course c = run(&s, 100, 16, 300);

	(void)state;
	assert_true(c.in_vain);
	assert_in_range(c.took, 30000, 34000);
	assert_in_range(c.sent, 5, 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			what_does_not_throttle_is_asked_sixteen_at_a_time),
		cmocka_unit_test(the_window_doubles_with_every_round_trip),
		cmocka_unit_test(
			a_throttle_halves_it_and_it_grows_by_one_after_that),
		cmocka_unit_test(
			the_ceiling_holds_whatever_the_service_would_allow),
		cmocka_unit_test(the_ceiling_holds_behind_a_throttle_too),
		cmocka_unit_test(
			what_throttles_is_kept_busy_and_seldom_throttles),
		cmocka_unit_test(
			a_service_that_comes_back_is_soon_asked_at_full_pace),
		cmocka_unit_test(a_short_run_is_not_mostly_its_beginning),
		cmocka_unit_test(an_edge_that_is_known_is_tried_seldom),
		cmocka_unit_test(what_becomes_more_is_found_out),
		cmocka_unit_test(one_hiccup_costs_little),
		cmocka_unit_test(
			nothing_but_throttling_ends_after_the_patience),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
