/* SPDX-License-Identifier: Apache-2.0 */
/* Two codes: typed on a terminal, or given by a script. */
#include "bridge/terminal/screen/codes.h"

#include "tests/unit/on-terminal.h"

#define FIRST "First code of the token G1: "
#define SECOND "Second code of the token G1: "

/* ---- what is asked, in a process with a terminal ---- */

static const char *term, *want_first, *want_second, *want_error;
static int want_code;
static int cancel_fd = -1;

static int check(void *data, const char *first, const char *second,
	struct error *e)
{
	(void)data;
	if (strlen(first) != 6 || (second && strlen(second) != 6))
		return error_set(e, ERROR_MALFORMED, "six digits are wanted");
	if (second && strcmp(first, second) == 0)
		return error_set(e, ERROR_MALFORMED, "they are the same");
	return strcmp(first, "000000") == 0 ? error_set(e, ERROR_REMOTE,
		"AWS says no") : 0;
}

static const struct run_codes q = { .of = "of the token G1", .check = check };

static int ask(void)
{
	char first[RUN_CODE_LEN] = "", second[RUN_CODE_LEN] = "";
	int r;

	setenv("TERM", term, 1);
	r = codes_ask(&q, cancel_fd, first, second, &err);
	if (want_code)
		return r != -want_code || !strstr(err.text, want_error);
	return r != 0 || strcmp(first, want_first) != 0 ||
		strcmp(second, want_second) != 0;
}

static void gives(const char *first, const char *second)
{
	want_first = first;
	want_second = second;
	want_code = 0;
}

static void fails(int code, const char *words)
{
	want_code = code;
	want_error = words;
}

static int set_up(void **state)
{
	(void)state;
	term = "dumb";
	cancel_fd = -1;
	gives("123456", "654321");
	return 0;
}

static void both_are_typed_one_after_the_other(void **state)
{
	(void)state;
	on_terminal(ask, FIRST, "123456\n654321\n", 0);
	assert_int_equal(status, 0);
	assert_string_equal(seen, FIRST "123456\r\n" SECOND "654321\r\n");
	assert_true(echoes);
	/* a key that takes one back, and what is no character of a code */
	on_terminal(ask, FIRST, "12\177" "7\b23 4\t56\n65432x\b1\n", 0);
	assert_int_equal(status, 0);
	assert_string_equal(seen, FIRST "12\b \b7\b \b23456\r\n" SECOND
		"65432x\b \b1\r\n");
}

static void what_is_none_is_asked_for_anew(void **state)
{
	(void)state;
	on_terminal(ask, FIRST, "12345\n123456\n123456\n123456\n654321\n", 0);
	assert_int_equal(status, 0);
	assert_string_equal(seen, FIRST "12345\r\nsix digits are wanted.\r\n"
		FIRST "123456\r\n" SECOND "123456\r\nthey are the same.\r\n"
		FIRST "123456\r\n" SECOND "654321\r\n");
	fails(ERROR_REMOTE, "AWS says no");
	on_terminal(ask, FIRST, "000000\n", 0);
	assert_int_equal(status, 0);
	assert_true(echoes);
}

static void a_line_has_an_end(void **state)
{
	char typed[64];

	(void)state;
	/* the room of a line; more is not taken */
	memset(typed, '1', 40);
	strcpy(typed + 40, "\n123456\n654321\n");
	on_terminal(ask, FIRST, typed, 0);
	assert_int_equal(status, 0);
	typed[31] = '\0';
	assert_memory_equal(seen + strlen(FIRST), typed, 31);
	assert_memory_equal(seen + strlen(FIRST) + 31, "\r\n", 2);
}

static void the_second_one_is_counted_down_where_the_row_has_room(
	void **state)
{
	(void)state;
	term = "xterm";
	on_terminal(ask, "First code", "123456\n654321\n", 0);
	assert_int_equal(status, 0);
	assert_memory_equal(seen, "\r" FIRST "\033[K\r" FIRST "1\033[K",
		2 * strlen(FIRST) + 9);
	assert_non_null(strstr(seen, "\r\n\rSecond code of the token G1 (shown "
		"within 30 s): \033[K"));
}

static void nothing_typed_is_no_code(void **state)
{
	int fds[2];

	(void)state;
	fails(ERROR_USAGE, "no code was typed");
	on_terminal(ask, FIRST, "\004", 0);
	assert_int_equal(status, 0);
	/* behind a character it is nothing */
	gives("123456", "654321");
	on_terminal(ask, FIRST, "1\00423456\n654321\n", 0);
	assert_int_equal(status, 0);
	fails(ERROR_USAGE, "two codes of the token G1 are needed: type them on a "
		"terminal, or give them by --codes-fd N, a line each");
	without_terminal(ask);
	assert_int_equal(status, 0);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "", 1), 1);
	cancel_fd = fds[0];
	fails(ERROR_INTERRUPTED, "interrupted");
	on_terminal(ask, FIRST, "", 0);
	assert_int_equal(status, 0);
	assert_true(echoes);
	cancel_fd = -1;
	on_terminal(ask, FIRST, NULL, SIGQUIT);
	assert_true(WIFSIGNALED(status));
	assert_true(echoes);
	close(fds[0]);
	close(fds[1]);
}

/* ---- by a script ---- */

static void a_script_gives_two_lines_and_nothing_else(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
		{ "123456\n654321\n", true },
		{ "123456\n654321", true },
		{ " 123 456\r\n654\t321 \n", true },
		{ "", false },
		{ "123456\n", false },
		{ "123456", false },
		{ "\n123456\n654321\n", false },
		{ "12345\n654321\n", false },
		{ "1234567\n654321\n", false },
		{ "123456\n65432\n", false },
		{ "123456\n6543211\n", false },
		{ "123456\n654321\n\n", false },
		{ "123456\n654321\n1", false },
	};
	char first[RUN_CODE_LEN], second[RUN_CODE_LEN];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		size_t n = strlen(rows[i].text);
		unsigned char *p = copy_of(rows[i].text, n);

		strcpy(first, "-");
		strcpy(second, "-");
		if (rows[i].good)
			OK(codes_parse((char *)p, n, first, second, &err));
		else
			SAYS(ERROR_USAGE, "--codes-fd gives two codes of six "
				"digits, a line each, and nothing else",
				codes_parse((char *)p, n, first, second,
					&err));
		assert_string_equal(first, rows[i].good ? "123456" : "-");
		assert_string_equal(second, rows[i].good ? "654321" : "-");
		free(p);
	}
	FAILS(ERROR_USAGE, codes_parse("12345\0\n654321\n", 14, first, second,
		&err));
}

static int read_these(const char *text)
{
	char first[RUN_CODE_LEN] = "", second[RUN_CODE_LEN] = "";
	int fds[2], r;

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], text, strlen(text)), strlen(text));
	close(fds[1]);
	r = codes_read(&q, fds[0], first, second, &err);
	close(fds[0]);
	if (r == 0)
		assert_string_equal(second, "654321");
	return r;
}

static void nobody_is_asked_anew_by_a_script(void **state)
{
	(void)state;
	OK(read_these("123456\n654321\n"));
	SAYS(ERROR_USAGE, "they are the same", read_these("123456\n123456\n"));
	SAYS(ERROR_REMOTE, "AWS says no", read_these("000000\n123456\n"));
	SAYS(ERROR_USAGE, "two codes of six digits", read_these("1\n"));
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(both_are_typed_one_after_the_other),
		TEST(what_is_none_is_asked_for_anew),
		TEST(a_line_has_an_end),
		TEST(the_second_one_is_counted_down_where_the_row_has_room),
		TEST(nothing_typed_is_no_code),
		TEST(a_script_gives_two_lines_and_nothing_else),
		TEST(nobody_is_asked_anew_by_a_script),
	};

	return cmocka_run_group_tests_name("codes", tests, NULL, NULL);
}
