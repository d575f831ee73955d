/* SPDX-License-Identifier: Apache-2.0 */
/* When `watch` looks and asks again, what it tells then, and what ends it. */
#include "tests/unit/watch-parts.h"

#define BEGINS "0 look\n0 ready - -\n"

static void plug_2(void)
{
	plug_in("1-2", 4);
}

static void pull_first(void)
{
	memmove(w.keys, w.keys + 1, sizeof(w.keys) - sizeof(w.keys[0]));
	w.n--;
}

/* Until it is broken off. */
static void follows(const struct happening *list, const char *want)
{
	w.list = list;
	w.now = 1000000;
	w.said[0] = '\0';
	assert_int_equal(watch(), -ERROR_INTERRUPTED);
	assert_string_equal(err.text, "interrupted");
	assert_string_equal(w.said, want);
}

/* ---- when it is looked ---- */

static void it_is_ready_behind_what_was_there(void **state)
{
	static const struct happening list[] = { { 9000, CANCELLED, NULL } };

	(void)state;
	plug_2();
	follows(list, "0 look\n0 ask hid4\n0 present 1-2:4 Solo\n"
		"0 ready - -\n");
	assert_string_equal(w.json, "{\"version\":1,\"event\":\"ready\","
		"\"time\":\"1970-01-02T00:00:00Z\",\"source\":\"udev\"}");
	assert_string_equal(w.text, "none");
	w.n = 0;
	w.source = MONITOR_KERNEL;
	follows(list, "0 look\n0 warning: no udevd runs here: listening to the "
		"kernel itself\n0 ready - -\n");
	assert_non_null(strstr(w.json, "\"source\":\"kernel\"}"));
}

static void a_look_follows_the_last_of_the_events(void **state)
{
	static const struct happening list[] = {
		{ 100, EVENT, plug_2 },
		{ 350, EVENT, NULL },
		{ 640, SIGNALLED, NULL },
		{ 1000, CANCELLED, NULL },
	};

	(void)state;
	follows(list, BEGINS "100 take\n350 take\n650 look\n650 ask hid4\n"
		"650 add 1-2:4 Solo\n");
}

static void or_the_first_when_they_do_not_end(void **state)
{
	static const struct happening list[] = {
		{ 100, EVENT, NULL }, { 390, EVENT, NULL },
		{ 680, EVENT, NULL }, { 970, EVENT, NULL },
		{ 1260, EVENT, NULL }, { 1550, EVENT, NULL },
		{ 1650, EVENT, NULL }, { 1800, EVENT, NULL },
		{ 9000, CANCELLED, NULL },
	};

	(void)state;
	follows(list, BEGINS "100 take\n390 take\n680 take\n970 take\n"
		"1260 take\n1550 take\n1600 look\n1650 take\n1800 take\n"
		"2100 look\n");
}

static void news_of_nothing_brings_no_look(void **state)
{
	static const struct happening list[] = {
		{ 100, EVENT, NULL }, { 9000, CANCELLED, NULL },
	};

	(void)state;
	w.events = 0;
	w.lost = true;
	follows(list, BEGINS "100 take\n");
	w.events = 1;
	follows(list, BEGINS "100 take\n100 warning: events were lost: "
		"looking at everything again\n400 look\n");
}

/* ---- what comes and goes ---- */

static void a_key_is_told_when_it_goes(void **state)
{
	static const struct happening list[] = {
		{ 100, EVENT, pull_first }, { 600, EVENT, pull_first },
		{ 1000, CANCELLED, NULL },
	};

	(void)state;
	plug_in("1-2", 4);
	plug_in("1-3", 5)->unwanted = true;
	follows(list, "0 look\n0 ask hid4\n0 present 1-2:4 Solo\n0 ask hid5\n"
		"0 ready - -\n100 take\n400 look\n400 remove 1-2:4 Solo\n"
		"600 take\n900 look\n");
}

static void one_that_went_and_came_back_is_told_twice(void **state)
{
	static const struct happening list[] = {
		{ 100, EVENT, NULL }, { 600, EVENT, NULL },
		{ 1000, CANCELLED, NULL },
	};

	(void)state;
	plug_2();
	w.unplugged = true;
	follows(list, "0 look\n0 ask hid4\n0 present 1-2:4 Solo\n0 ready - -\n"
		"100 take\n400 look\n400 remove 1-2:4 Solo\n400 ask hid4\n"
		"400 add 1-2:4 Solo\n600 take\n900 look\n");
}

static void no_more_is_told_once_that_fails(void **state)
{
	static const struct happening list[] = {
		{ 100, EVENT, pull_first }, { 110, EVENT, pull_first },
		{ 120, EVENT, plug_2 }, { 9000, CANCELLED, NULL },
	};

	(void)state;
	plug_in("1-3", 5);
	plug_in("1-4", 6);
	w.list = list;
	w.failing_line = 4;
	w.result_fails = -ERROR_CONFLICT;
	SAYS(ERROR_CONFLICT, "the disk is full", watch());
	assert_string_equal(w.said, "0 look\n0 ask hid5\n"
		"0 present 1-3:5 Solo\n0 ask hid6\n0 present 1-4:6 Solo\n"
		"0 ready - -\n100 take\n110 take\n120 take\n420 look\n"
		"420 remove 1-3:5 Solo\n");
}

/* ---- what may pass, or end ---- */

static enum token_problem problem;
static int64_t takes;

static void plug_bad(void)
{
	plug_2();
	w.keys[w.n - 1].problem = problem;
	w.keys[w.n - 1].takes = takes;
}

/* What is told of a key that is looked at after 400 ms, up to `at`. */
static void plugged(enum token_problem has, int64_t takes_ms, int64_t at,
	const char *want)
{
	const struct happening list[] = {
		{ 100, EVENT, plug_bad }, { at, CANCELLED, NULL },
	};
	char whole[1024];

	w.n = 0;
	problem = has;
	takes = takes_ms;
	snprintf(whole, sizeof(whole), BEGINS "100 take\n400 look\n"
		"400 ask hid4\n%s", want);
	follows(list, whole);
}

#define ASK(at) #at " look\n" #at " ask hid4\n"
#define PATIENCE ASK(600) ASK(800) ASK(1000) ASK(1200) ASK(1400) ASK(1600)     \
	ASK(1800) ASK(2000) "2000 add 1-2:4 Solo\n"

static void what_stays_as_it_is_is_asked_once(void **state)
{
	(void)state;
	plugged(TOKEN_USABLE, 0, 90000, "400 add 1-2:4 Solo\n");
	plugged(TOKEN_BROKEN, 0, 90000, "400 add 1-2:4 Solo\n");
}

static void what_may_pass_is_waited_for_before_it_is_told(void **state)
{
	(void)state;
	plugged(TOKEN_NO_FIDO, 0, 90000, PATIENCE);
	plugged(TOKEN_NO_PERMISSION, 0, 4500, PATIENCE ASK(3000));
	plugged(TOKEN_GONE, 0, 4500, PATIENCE ASK(3000));
	/* the time that asking takes counts: 1500 ms, and not one less */
	plugged(TOKEN_NO_FIDO, 140, 90000, ASK(740) ASK(1080) ASK(1420)
		ASK(1760) "1900 add 1-2:4 Solo\n");
	plugged(TOKEN_NO_FIDO, 139, 90000, ASK(739) ASK(1078) ASK(1417)
		ASK(1756) ASK(2095) "2234 add 1-2:4 Solo\n");
}

static void what_may_end_is_asked_ever_more_seldom(void **state)
{
	(void)state;
	plugged(TOKEN_HELD, 0, 121399, "400 add 1-2:4 Solo\n" ASK(1400)
		ASK(3400) ASK(7400) ASK(15400) ASK(31400) ASK(61400)
		ASK(91400));
}

static void mend(void)
{
	w.keys[0].problem = TOKEN_USABLE;
	w.keys[0].says = "YubiKey";
}

static void mend_unwanted(void)
{
	mend();
	w.keys[0].unwanted = true;
}

static void want_it(void)
{
	w.keys[0].unwanted = false;
}

static void what_has_passed_is_told_as_if_it_had_not_been(void **state)
{
	static const struct happening list[] = {
		{ 100, EVENT, plug_bad }, { 650, QUIET, mend },
		{ 90000, CANCELLED, NULL },
	};

	(void)state;
	problem = TOKEN_NO_PERMISSION;
	follows(list, BEGINS "100 take\n400 look\n400 ask hid4\n" ASK(600)
		ASK(800) "800 add 1-2:4 YubiKey\n");
}

/* Wanted still or not: else it would look as it did. */
static void a_change_is_told_of_what_was_told(void **state)
{
	static const struct happening list[] = {
		{ 1500, QUIET, mend_unwanted }, { 90000, CANCELLED, NULL },
	};

	(void)state;
	plug_2();
	w.keys[0].problem = TOKEN_HELD;
	follows(list, "0 look\n0 ask hid4\n0 present 1-2:4 Solo\n0 ready - -\n"
		ASK(1000) ASK(3000) "3000 change 1-2:4 YubiKey\n");
}

static void one_that_comes_to_be_wanted_is_added(void **state)
{
	static const struct happening list[] = {
		{ 1500, QUIET, want_it }, { 6000, CANCELLED, NULL },
	};

	(void)state;
	plug_2();
	w.keys[0].problem = TOKEN_HELD;
	w.keys[0].unwanted = true;
	follows(list, "0 look\n0 ask hid4\n0 ready - -\n" ASK(1000) ASK(3000)
		"3000 add 1-2:4 Solo\n");
}

static void grant(void)
{
	w.keys[0].node.openable = true;
}

static void one_that_looks_new_is_asked_as_a_new_one(void **state)
{
	static const struct happening list[] = {
		{ 3100, EVENT, grant }, { 4399, CANCELLED, NULL },
	};
	static const struct happening longer[] = {
		{ 3100, EVENT, grant }, { 4401, CANCELLED, NULL },
	};

	(void)state;
	plug_2();
	w.keys[0].problem = TOKEN_HELD;
	follows(list, "0 look\n0 ask hid4\n0 present 1-2:4 Solo\n0 ready - -\n"
		ASK(1000) ASK(3000) "3100 take\n" ASK(3400));
	w.keys[0].node.openable = false;
	follows(longer, "0 look\n0 ask hid4\n0 present 1-2:4 Solo\n"
		"0 ready - -\n" ASK(1000) ASK(3000) "3100 take\n" ASK(3400)
		ASK(4400));
}

static void plug_other(void)
{
	plug_in("1-3", 5)->problem = TOKEN_HELD;
	plug_in("1-4", 6)->is_none = true;
}

static void each_is_asked_when_its_own_time_has_come(void **state)
{
	static const struct happening list[] = {
		{ 50, EVENT, plug_other }, { 900, EVENT, NULL },
		{ 2000, CANCELLED, NULL },
	};

	(void)state;
	plug_2();
	w.keys[0].problem = TOKEN_HELD;
	follows(list, "0 look\n0 ask hid4\n0 present 1-2:4 Solo\n0 ready - -\n"
		"50 take\n350 look\n350 ask hid5\n350 add 1-3:5 Solo\n"
		"350 ask hid6\n900 take\n" ASK(1000)
		"1350 look\n1350 ask hid5\n");
}

/* ---- what ends it ---- */

static void ends(unsigned what, int64_t at, int want, const char *said)
{
	const struct happening list[] = {
		{ 100, EVENT, NULL }, { at, what, NULL },
		{ 9000, CANCELLED, NULL },
	};

	w.list = list;
	w.now = 1000000;
	w.said[0] = '\0';
	assert_int_equal(watch(), want);
	assert_string_equal(w.said, said);
}

static void where_nobody_reads_any_more_it_ends_well(void **state)
{
	(void)state;
	ends(HANGS_UP, 200, 0, BEGINS "100 take\n");
	ends(IS_BROKEN, 200, 0, BEGINS "100 take\n");
	/* though a look is due */
	ends(HANGS_UP, 400, 0, BEGINS "100 take\n");
	ends(HANGS_UP | EVENT, 200, 0, BEGINS "100 take\n200 take\n");
	ends(IS_INVALID, 200, -ERROR_INTERRUPTED,
		BEGINS "100 take\n400 look\n");
	w.closing_line = w.lines + 1;
	ends(QUIET, 200, 0, BEGINS);
}

static void breaking_off_comes_before_all_else(void **state)
{
	(void)state;
	ends(CANCELLED | EVENT | HANGS_UP, 400, -ERROR_INTERRUPTED,
		BEGINS "100 take\n");
	assert_string_equal(err.text, "interrupted");
}

static void a_wait_that_fails_ends_it(void **state)
{
	(void)state;
	ends(FAILING, 400, -ERROR_FAILED, BEGINS "100 take\n");
	assert_string_equal(err.text, "cannot wait for plug and unplug: "
		"Input/output error");
	w.take = -ERROR_CONFLICT;
	ends(QUIET, 400, -ERROR_CONFLICT, BEGINS "100 take\n");
	assert_string_equal(err.text, "it is gone");
	w.failing_line = w.lines + 1;
	w.result_fails = -ERROR_CORRUPT;
	ends(QUIET, 400, -ERROR_CORRUPT, BEGINS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_is_ready_behind_what_was_there),
		TEST(a_look_follows_the_last_of_the_events),
		TEST(or_the_first_when_they_do_not_end),
		TEST(news_of_nothing_brings_no_look),
		TEST(a_key_is_told_when_it_goes),
		TEST(one_that_went_and_came_back_is_told_twice),
		TEST(no_more_is_told_once_that_fails),
		TEST(what_stays_as_it_is_is_asked_once),
		TEST(what_may_pass_is_waited_for_before_it_is_told),
		TEST(what_may_end_is_asked_ever_more_seldom),
		TEST(what_has_passed_is_told_as_if_it_had_not_been),
		TEST(a_change_is_told_of_what_was_told),
		TEST(one_that_comes_to_be_wanted_is_added),
		TEST(one_that_looks_new_is_asked_as_a_new_one),
		TEST(each_is_asked_when_its_own_time_has_come),
		TEST(where_nobody_reads_any_more_it_ends_well),
		TEST(breaking_off_comes_before_all_else),
		TEST(a_wait_that_fails_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
