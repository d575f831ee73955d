/* SPDX-License-Identifier: Apache-2.0 */
/* What `watch` tells of the keys that are there, and of which of them. */
#include "tests/unit/watch-parts.h"

static void once(const char *want)
{
	w.q.once = true;
	w.said[0] = '\0';
	assert_int_equal(watch(), 0);
	assert_string_equal(w.said, want);
}

static void each_key_that_is_there_is_told(void **state)
{
	(void)state;
	once("0 look\n");
	plug_in("1-2", 4)->takes = 7;
	plug_in("1-3", 5)->is_none = true;
	plug_in("1-4", 6)->says = "YubiKey";
	once("0 look\n0 ask hid4\n7 present 1-2:4 Solo\n7 ask hid5\n"
	     "7 ask hid6\n7 present 1-4:6 YubiKey\n");
	assert_string_equal(w.json, "{\"version\":1,\"event\":\"present\","
		"\"time\":\"1970-01-02T00:00:00Z\",\"key\":\"1-4:6\","
		"\"product\":\"YubiKey\",\"registry\":null}");
	assert_string_equal(w.text,
		"1970-01-02T00:00:00Z  present  -  YubiKey");
}

/* It is not waited for what may pass. */
static void whatever_is_wrong_with_it_is_told_at_once(void **state)
{
	enum token_problem problem;

	(void)state;
	plug_in("1-2", 4);
	for (problem = TOKEN_USABLE; problem <= TOKEN_GONE; problem++) {
		w.keys[0].problem = problem;
		once("0 look\n0 ask hid4\n0 present 1-2:4 Solo\n");
	}
}

static void the_registry_is_looked_at_anew_for_each_key(void **state)
{
	(void)state;
	w.q.registry = "reg.db";
	plug_in("1-2", 4)->row = "{\"rows\": 1}";
	plug_in("1-3", 5);
	w.q.once = true;
	once("0 look\n0 ask hid4\n0 present 1-2:4 Solo\n"
	     "0 ask hid5\n0 present 1-3:5 Solo\n");
	assert_non_null(strstr(w.json, "\"registry\":null"));
	w.n = 1;
	once("0 look\n0 ask hid4\n0 present 1-2:4 Solo\n");
	assert_non_null(strstr(w.json, "\"registry\":{\"rows\":1}"));
}

static void a_registry_that_fails_is_warned_of_at_each_key(void **state)
{
	(void)state;
	w.q.registry = "reg.db";
	plug_in("1-2", 4)->row_fails = -ERROR_CORRUPT;
	plug_in("1-3", 5);
	once("0 look\n0 ask hid4\n0 warning: it is damaged\n"
	     "0 present 1-2:4 Solo\n0 ask hid5\n0 present 1-3:5 Solo\n");
	w.registry = -ERROR_BUSY;
	w.keys[0].row_fails = 0;
	once("0 look\n0 ask hid4\n0 warning: it is locked\n"
	     "0 present 1-2:4 Solo\n0 ask hid5\n0 warning: it is locked\n"
	     "0 present 1-3:5 Solo\n");
	/* whose row cannot be seen is not known to be in use */
	w.q.only_registered = true;
	SAYS(ERROR_NO_TOKEN, "no attached token has a row", watch());
}

static void those_are_told_that_are_named_and_in_use(void **state)
{
	static const struct {
		bool named, unwanted, only, in_use, is_told;
	} rows[] = {
		{ false, false, false, false, true },
		{ true, false, false, false, true },
		{ true, true, false, true, false },
		{ false, false, true, false, false },
		{ false, false, true, true, true },
		{ true, true, true, true, false },
		{ true, false, true, true, true },
		{ true, false, true, false, false },
	};
	size_t i;

	(void)state;
	w.q.registry = "reg.db";
	w.q.once = true;
	plug_in("1-2", 4);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		w.q.name = rows[i].named ? "blue" : NULL;
		w.q.only_registered = rows[i].only;
		w.keys[0].unwanted = rows[i].unwanted;
		w.keys[0].in_use = rows[i].in_use;
		w.lines = 0;
		assert_int_equal(watch(), rows[i].is_told ? 0 :
			-ERROR_NO_TOKEN);
		assert_int_equal(w.lines, rows[i].is_told);
	}
}

static void none_of_those_is_there(const char *want)
{
	assert_int_equal(watch(), -ERROR_NO_TOKEN);
	assert_int_equal(err.code, ERROR_NO_TOKEN);
	assert_string_equal(err.text, want);
}

static void where_none_of_those_is_there_it_says_which(void **state)
{
	(void)state;
	w.q.once = true;
	assert_int_equal(watch(), 0);
	w.q.name = "blue";
	none_of_those_is_there("no attached token is 'blue'");
	w.q.only_registered = true;
	none_of_those_is_there("no attached token is 'blue' with a row of the "
			       "registry that is in use");
	w.q.name = NULL;
	none_of_those_is_there("no attached token has a row of the registry "
			       "that is in use");
}

/* ---- what fails ---- */

static void what_fails_ends_it_and_is_said(void **state)
{
	(void)state;
	plug_in("1-2", 4);
	plug_in("1-3", 5);
	w.monitor = -ERROR_PERMISSION;
	SAYS(ERROR_PERMISSION, "no socket", watch());
	assert_string_equal(w.said, "");
	w.q.once = true;
	w.enumerate = -ERROR_CONFLICT;
	SAYS(ERROR_CONFLICT, "no sysfs", watch());
	assert_string_equal(w.said, "0 look\n");
	w.said[0] = '\0';
	w.enumerate = 0;
	w.keys[0].fails = -ERROR_INTERRUPTED;
	SAYS(ERROR_INTERRUPTED, "it was not asked", watch());
	assert_string_equal(w.said, "0 look\n0 ask hid4\n");
}

static void a_line_that_cannot_be_made_or_told_ends_it(void **state)
{
	(void)state;
	w.q.once = true;
	plug_in("1-2", 4);
	plug_in("1-3", 5);
	w.no_json = true;
	SAYS(ERROR_FAILED, "cannot allocate memory", watch());
	w.no_json = false;
	w.no_text = true;
	SAYS(ERROR_FAILED, "cannot allocate memory", watch());
	w.no_text = false;
	w.keys[0].says = NULL;
	SAYS(ERROR_FAILED, "cannot allocate memory", watch());
	assert_int_equal(w.lines, 0);
	w.keys[0].says = "Solo";
	w.failing_line = 1;
	w.result_fails = -ERROR_CONFLICT;
	SAYS(ERROR_CONFLICT, "the disk is full", watch());
	assert_int_equal(w.lines, 1);
}

/* And no more is said, not that it is ready either. */
static void where_nobody_reads_any_more_it_ends_well(void **state)
{
	(void)state;
	plug_in("1-2", 4);
	w.closing_line = 1;
	assert_int_equal(watch(), 0);
	assert_string_equal(w.said,
		"0 look\n0 ask hid4\n0 present 1-2:4 Solo\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_key_that_is_there_is_told),
		TEST(whatever_is_wrong_with_it_is_told_at_once),
		TEST(the_registry_is_looked_at_anew_for_each_key),
		TEST(a_registry_that_fails_is_warned_of_at_each_key),
		TEST(those_are_told_that_are_named_and_in_use),
		TEST(where_none_of_those_is_there_it_says_which),
		TEST(what_fails_ends_it_and_is_said),
		TEST(a_line_that_cannot_be_made_or_told_ends_it),
		TEST(where_nobody_reads_any_more_it_ends_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
