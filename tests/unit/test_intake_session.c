/* SPDX-License-Identifier: Apache-2.0 */
/* Receiving: waiting for a key, for the next one, and which one is taken. */
#include "tests/unit/intake-parts.h"

#define TAKEN "= taken        -           blue-1  token 01234567\n"
#define ALL "= 1 of 1: 1 taken now, 0 before, 0 missing\n"
#define MISSING "= missing      -           blue-1  line 2\n"                \
	"0 of 1: 0 taken now, 0 before, 1 missing\n"

static void a_key_that_is_plugged_in_is_taken(void **state)
{
	static char lot[] = "7";

	(void)state;
	rows[0].lot = lot;
	q.force = "a test";
	strcpy(list.ignored, "order, price");
	goes("AqnlcoivmREtt", 0, "Columns that are not read: order, price\n"
		NEXT("1 of 1") TAKEN HEAD ALL);
	assert_string_equal(x.purpose, "blue-1");
	assert_string_equal(x.reason, "blue-1");
	assert_int_equal(x.heads, 1);
	assert_int_equal(x.forgotten, 1);
	rows[0].lot = NULL;
	q.readers = true;
	list.ignored[0] = '\0';
	goes("AqnlcoivmRtt", 0, NEXT("1 of 1") TAKEN HEAD ALL);
}

static void who_only_looks_is_asked_for_no_key(void **state)
{
	(void)state;
	q.only_look = true;
	goes("qt", 1, MISSING);
	x.known[0] = "blue-1";
	goes("qt", 0, "= 1 of 1: 0 taken now, 1 before, 0 missing\n");
	q.only_look = false;
	goes("Aqt", 0, "= 1 of 1: 0 taken now, 1 before, 0 missing\n");
}

static void what_is_registered_is_done(void **state)
{
	(void)state;
	q.only_look = true;
	x.known[0] = "blue-1";
	x.state = REGISTRY_RETIRED;
	goes("qt", 1, MISSING);
	x.state = REGISTRY_ASSIGNED;
	x.other_rp = true;
	goes("qt", 1, MISSING);
	x.other_rp = false;
	rows[0].has_serial = true;
	rows[0].serial = 4294967295U;
	goes("qt", 1, "= missing      4294967295  blue-1  line 2\n"
		"0 of 1: 0 taken now, 0 before, 1 missing\n");
	x.known[0] = "4294967295";
	goes("qt", 0, "= 1 of 1: 0 taken now, 1 before, 0 missing\n");
	/* counted one by one */
	rows[2].label = rows[1].label = rows[0].label;
	list.n = 3;
	x.known[1] = "blue-1";
	goes("qqqt", 0, "= 3 of 3: 0 taken now, 3 before, 0 missing\n");
}

static void it_ends_where_nothing_can_be_begun(void **state)
{
	static const char *const rows_of[] = { "A", "Aq" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows_of); i++) {
		fails_at(rows_of[i][i], ERROR_CORRUPT, "");
		SAYS(ERROR_CORRUPT, "AWS says no", go());
		assert_string_equal(asked, rows_of[i]);
		assert_string_equal(said, "");
	}
	fails_at('n', ERROR_FAILED, "");
	SAYS(ERROR_FAILED, "AWS says no", go());
	assert_string_equal(asked, "Aqn");
	assert_int_equal(left, 99);
}

/* ---- waiting ---- */

static void one_key_is_waited_for_and_no_other(void **state)
{
	(void)state;
	memcpy(views, (const char *[]){ "", "k", "ab", "ab", "", "ba", "aA" },
		7 * sizeof(views[0]));
	goes("Aqn.n.n.n.n.n.nlcoivmRtt", 0, NEXT("1 of 1")
		"warning: 2 tokens are plugged in: leave only the one that is "
		"to be taken\nwarning: 2 tokens are plugged in: leave only "
		"the one that is to be taken\n" TAKEN HEAD ALL);
	/* what is on no USB is a key each; two interfaces are one */
	memset(views, 0, sizeof(views));
	memcpy(views, (const char *[]){ "nm", "aAb", "ka" },
		3 * sizeof(views[0]));
	goes("Aqn.n.nlcoivmRtt", 0, NEXT("1 of 1")
		"warning: 2 tokens are plugged in: leave only the one that is "
		"to be taken\n" TAKEN HEAD ALL);
	views[0] = "n";
	goes("AqnlcoivmRtt", 0, NEXT("1 of 1") TAKEN HEAD ALL);
}

static void who_ends_the_waiting_ends_the_session(void **state)
{
	(void)state;
	views[0] = "";
	goes("Aqn.t", 1, NEXT("1 of 1") MISSING);
	assert_int_equal(x.heads, 0);
}

/* The next one is asked for when the last one is out. */
static void a_key_is_unplugged_before_the_next_one(void **state)
{
	static const char others[] = "Abkpqrs";
	static char red[] = "red-2";
	char view_of[2] = "";
	size_t i;

	(void)state;
	rows[1] = (struct intake_row){ .line = 3, .label = red };
	list.n = 2;
	for (i = 0; others[i]; i++) {
		memset(views, 0, sizeof(views));
		view_of[0] = others[i];
		memcpy(views, (const char *[]){ "a", "a", "ba", view_of,
			"b" }, 5 * sizeof(views[0]));
		goes("AqqnlcoivmRtn.n.nnlcoivmRtt", 0, NEXT("2 of 2") TAKEN
			"Unplug it.\n" NEXT("1 of 2")
			"= taken        -           red-2  token 01234567\n"
			HEAD "= 2 of 2: 2 taken now, 0 before, 0 missing\n");
	}
	memset(views, 0, sizeof(views));
	views[0] = views[1] = "a";
	goes("AqqnlcoivmRtn.t", 1, NEXT("2 of 2") TAKEN "Unplug it.\n" HEAD
		"= missing      -           red-2  line 3\n"
		"1 of 2: 1 taken now, 0 before, 1 missing\n");
	fails_at('n', ERROR_FAILED, "");
	failing.from = 2;
	SAYS(ERROR_FAILED, "AWS says no", go());
	/* what was written is in the log */
	assert_string_equal(said, NEXT("2 of 2") TAKEN "Unplug it.\n" HEAD);
	assert_int_equal(x.heads, 1);
}

#define FAILED(why) "= failed       -           -  " why "\n"

static void a_node_is_there_before_it_may_be_opened(void **state)
{
	(void)state;
	x.slow = x.held = 2;
	goes("AqnlplplplplcoivmRtt", 0, NEXT("1 of 1") TAKEN HEAD ALL);
	/* not for ever */
	x.late = true;
	x.slow = 1;
	views[1] = "a";
	goes("Aqnltn.t", 1, NEXT("1 of 1") FAILED("the token is gone again")
		"Unplug it.\n" MISSING);
	x.held = 1;
	goes("Aqnlctn.t", 1, NEXT("1 of 1") FAILED("somebody holds it")
		"Unplug it.\n" MISSING);
	x.listed = 2;
	goes("Aqnltn.t", 1, NEXT("1 of 1") FAILED("the token is gone again")
		"Unplug it.\n" MISSING);
}

/* ---- what ends a key, and what ends the session ---- */

static void what_a_key_does_not_answer_is_said_of_the_key(void **state)
{
	static const char *const questions[] = { "l", "lc", "lco", "lcoi",
		"lcoiv" };
	char want[64];
	size_t i;

	(void)state;
	views[1] = "a";
	for (i = 0; i < ARRAY_LEN(questions); i++) {
		fails_at(questions[i][i], ERROR_TOUCH, "");
		snprintf(want, sizeof(want), "Aqn%stn.t", questions[i]);
		/* before the touch its row is known */
		goes(want, 1, i < 4 ? NEXT("1 of 1") FAILED("AWS says no")
			"Unplug it.\n" MISSING : NEXT("1 of 1")
			"= failed       -           blue-1  AWS says no\n"
			"Unplug it.\n" MISSING);
		assert_int_equal(x.forgotten, i == 4);
	}
	x.held = 1;
	fails_at('p', ERROR_TOUCH, "");
	goes("Aqnlptn.t", 1, NEXT("1 of 1") FAILED("AWS says no")
		"Unplug it.\n" MISSING);
}

static void some_failures_are_of_no_key(void **state)
{
	static const int codes[] = { ERROR_CORRUPT, ERROR_CONFLICT,
		ERROR_USAGE };
	const char *p;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(codes); i++) {
		fails_at('o', codes[i], "");
		SAYS(codes[i], "AWS says no", go());
		assert_string_equal(asked, "Aqnlco");
	}
	fails_at('o', ERROR_INTERRUPTED, "");
	goes("Aqnlcot", 1, NEXT("1 of 1") MISSING);
	/* what cannot be written */
	for (p = "RE"; *p; p++) {
		static char lot[] = "7";

		rows[0].lot = lot;
		fails_at(*p, ERROR_TOUCH, "");
		SAYS(ERROR_TOUCH, "AWS says no", go());
		assert_string_equal(asked, *p == 'R' ? "AqnlcoivmR" :
			"AqnlcoivmRE");
		assert_int_equal(x.heads, 0);
	}
}

static void who_reads_no_more_ends_it(void **state)
{
	(void)state;
	fails_at('t', ERROR_FAILED, "");
	SAYS(ERROR_FAILED, "AWS says no", go());
	assert_string_equal(asked, "AqnlcoivmRt");
	assert_int_equal(x.heads, 1);
	failing.from = 2;
	SAYS(ERROR_FAILED, "AWS says no", go());
	failing.question = '\0';
	x.closed = true;
	SAYS(ERROR_FAILED, "cannot write to standard output", go());
	assert_string_equal(asked, "AqnlcoivmRt");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_key_that_is_plugged_in_is_taken),
		TEST(who_only_looks_is_asked_for_no_key),
		TEST(what_is_registered_is_done),
		TEST(it_ends_where_nothing_can_be_begun),
		TEST(one_key_is_waited_for_and_no_other),
		TEST(who_ends_the_waiting_ends_the_session),
		TEST(a_key_is_unplugged_before_the_next_one),
		TEST(a_node_is_there_before_it_may_be_opened),
		TEST(what_a_key_does_not_answer_is_said_of_the_key),
		TEST(some_failures_are_of_no_key),
		TEST(who_reads_no_more_ends_it),
	};

	return cmocka_run_group_tests_name("intake session", tests, NULL,
		NULL);
}
