/* SPDX-License-Identifier: Apache-2.0 */
/* What people see on a terminal, and what goes elsewhere. */
#include "bridge/terminal/ui.h"

#include "tests/unit/on-terminal.h"

#define NARROW 40

static const char *term, *no_color;

static void begin(void)
{
	setvbuf(stdout, NULL, _IONBF, 0);
	setenv("TERM", term, 1);
	setenv("NO_COLOR", no_color, 1);
}

/* All that it shows, as long as nothing is typed. */
static const char *shown(int (*act)(void))
{
	on_terminal(act, NULL, "", 0);
	assert_int_equal(status, 0);
	return seen;
}

static int set_up(void **state)
{
	(void)state;
	term = "xterm";
	no_color = "";
	window = (struct winsize){ .ws_col = NARROW, .ws_row = 24 };
	return 0;
}

static int styles(void)
{
	begin();
	ui_put(UI_PLAIN, "a%c", '\033');
	ui_put(UI_BOLD, "b\n");
	ui_put(UI_GOOD, "c");
	ui_put(UI_WARN, "d");
	ui_put(UI_BAD, "e");
	ui_put(UI_DIM, "f");
	ui_end();
	ui_warn("careful%c", '\a');
	return ui_has_failed();
}

#define PLAIN "\033[0m"
#define COLOURED "a?\033[1mb?" PLAIN "\033[32mc" PLAIN "\033[33md" PLAIN \
	"\033[31me" PLAIN "\033[2mf" PLAIN "\r\n"

static void a_style_is_a_colour_on_a_terminal_that_may_have_them(void **state)
{
	(void)state;
	assert_string_equal(shown(styles), COLOURED "\033[33mwarning: careful?"
		PLAIN "\r\n");
	window.ws_col = 0; /* it does not say how wide it is */
	assert_string_equal(shown(styles), COLOURED "\033[33mwarning: careful?"
		PLAIN "\r\n");
	no_color = "1";
	assert_string_equal(shown(styles), "a?b?cdef\r\nwarning: careful?\r\n");
	no_color = "";
	term = "dumb";
	assert_string_equal(shown(styles), "a?b?cdef\r\nwarning: careful?\r\n");
	term = "";
	assert_string_equal(shown(styles), "a?b?cdef\r\nwarning: careful?\r\n");
}

#define SENTENCE "a sentence that is longer than a narrow terminal is wide"

static int lines(void)
{
	begin();
	ui_line("  word  %s", SENTENCE);
	ui_say("%s", SENTENCE);
	ui_say_wrapped(4, SENTENCE " and goes on for longer than eighty "
		"columns");
	ui_put(UI_PLAIN, "%s", SENTENCE);
	ui_end_unbroken();
	return 0;
}

static int broken(void)
{
	struct buf b;

	begin();
	buf_init(&b, 1 << 16);
	ui_break(&b, "  w\033  " SENTENCE);
	fputs(buf_str(&b), stdout);
	buf_done(&b);
	return 0;
}

static void a_long_line_is_broken_where_there_is_a_width(void **state)
{
	(void)state;
	assert_string_equal(shown(lines),
		"  word  a sentence that is longer than a\r\n"
		"        narrow terminal is wide\r\n"
		"a sentence that is longer than a narrow\r\n"
		"  terminal is wide\r\n"
		"a sentence that is longer than a narrow\r\n"
		"    terminal is wide and goes on for\r\n"
		"    longer than eighty columns\r\n"
		SENTENCE "\r\n");
	assert_string_equal(shown(broken),
		"  w?  a sentence that is longer than a\r\n"
		"      narrow terminal is wide\r\n");
	/* narrower than any words: it wraps by itself */
	window.ws_col = 19;
	assert_string_equal(shown(broken), "  w?  " SENTENCE "\r\n");
	shown(lines);
	assert_non_null(strstr(seen, "\n" SENTENCE " and goes on for longer"
		"\r\n    than eighty columns\r\n"));
	window.ws_col = 20;
	shown(broken);
	assert_null(strstr(seen, SENTENCE));
	window.ws_col = 200;
	shown(lines);
	assert_non_null(strstr(seen, "\n" SENTENCE " and goes on for longer"
		"\r\n    than eighty columns\r\n"));
}

static int progress(void)
{
	begin();
	ui_progress("1 of 2\a");
	ui_waits("the card");
	ui_progress("a line that has no room in one row of it");
	ui_progress("2 of 2");
	ui_line("done");
	ui_line("more");
	ui_progress("3");
	ui_end_progress();
	ui_end_progress();
	return 0;
}

static void progress_takes_its_own_line_back(void **state)
{
	(void)state;
	assert_string_equal(shown(progress), "\r1 of 2?\033[K\rthe card\033[K"
		"\r\033[Ka line that has no room in one row of it\r\n"
		"\r2 of 2\033[K\r\033[Kdone\r\nmore\r\n\r3\033[K\r\033[K");
	window.ws_col = 41;
	shown(progress);
	assert_non_null(strstr(seen, "\ra line that has no room in one row of "
		"it\033[K"));
	term = "dumb";
	assert_string_equal(shown(progress), "1 of 2?\r\na line that has no room "
		"in one row of it\r\n2 of 2\r\ndone\r\nmore\r\n3\r\n");
	term = "";
	shown(progress);
	assert_null(strstr(seen, "\033[K"));
}

static int json(void)
{
	begin();
	ui_put(UI_PLAIN, "at ");
	ui_put_json(json_pack("[s,s]", "\xc2\x9b\xe2\x80\xae" "gr\xc3\xbcn",
		"\xf0\x9f\x98\x80\xf3\xa0\x80\x81"), JSON_COMPACT);
	ui_end();
	ui_put_json_bytes("\"\x1b\xff~\x7f\n\"", 7);
	ui_end();
	return ui_has_failed();
}

static void json_is_the_same_to_who_parses_it(void **state)
{
	(void)state;
	assert_string_equal(shown(json), "at [\"\\u009b\\u202egr\xc3\xbcn\","
		"\"\xf0\x9f\x98\x80\\udb40\\udc01\"]\r\n"
		"\"\\u001b\\ufffd~\\u007f\r\n\"\r\n");
}

static int errors(void)
{
	struct error e = { .code = ERROR_REMOTE };

	begin();
	strcpy(e.text, "no");
	ui_error(&e);
	strcpy(e.foreign, "AccessDenied");
	ui_error(&e);
	strcpy(e.request_id, "r-1");
	ui_error(&e);
	strcpy(e.text, "AccessDenied, r-1");
	ui_error(&e);
	return 0;
}

static void an_error_has_awss_words_once(void **state)
{
	(void)state;
	no_color = "1";
	window.ws_col = 0;
	assert_string_equal(shown(errors), "tokenbridge: no\r\n"
		"tokenbridge: no [AccessDenied]\r\n"
		"tokenbridge: no [AccessDenied] (request id r-1)\r\n"
		"tokenbridge: AccessDenied, r-1\r\n");
	no_color = "";
	shown(errors);
	assert_memory_equal(seen, "\033[31mtokenbridge: no" PLAIN "\r\n", 26);
}

static int without_memory(void)
{
	begin();
	if (ui_has_failed() || ui_json(NULL, &err) != -ERROR_FAILED)
		return 1;
	ui_put_json(NULL, 0);
	ui_end();
	if (!ui_has_failed())
		return 2;
	ui_be_verbose(true);
	return !ui_is_verbose();
}

static void what_is_lost_is_known(void **state)
{
	(void)state;
	assert_string_equal(shown(without_memory), "null\r\n");
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_style_is_a_colour_on_a_terminal_that_may_have_them),
		TEST(a_long_line_is_broken_where_there_is_a_width),
		TEST(progress_takes_its_own_line_back),
		TEST(json_is_the_same_to_who_parses_it),
		TEST(an_error_has_awss_words_once),
		TEST(what_is_lost_is_known),
	};

	return cmocka_run_group_tests_name("ui", tests, NULL, NULL);
}
