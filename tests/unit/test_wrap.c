/* SPDX-License-Identifier: Apache-2.0 */
/* A long line over several ones. */
#include "bridge/terminal/wrap.h"

#include "tests/unit/unit.h"

/* s broken to `width` as it is printed, with '|' between the lines. */
static const char *broken(const char *s, size_t width)
{
	static char out[512];
	size_t n, before = 0, indent = wrap_indent(s, width);

	out[0] = '\0';
	do {
		n = wrap_piece(s, width - before);
		snprintf(out + strlen(out), sizeof(out) - strlen(out),
			"%*s%.*s", (int)before, "", (int)n, s);
		s += n + (s[n] == ' ');
		before = indent;
		if (*s)
			strcat(out, "|");
	} while (*s);
	return out;
}

static void lines_are_broken_between_words(void **state)
{
	(void)state;
	assert_string_equal(broken("", 20), "");
	assert_string_equal(broken("twenty columns are 20", 21),
		"twenty columns are 20");
	assert_string_equal(broken("twenty columns are 20", 20),
		"twenty columns are|  20");
	assert_string_equal(broken("a-word-that-is-longer-than-a-line and", 20),
		"a-word-that-is-longer-than-a-line|  and");
	/* columns are counted, not bytes, and styles have none */
	assert_string_equal(broken("\303\244\303\244\303\244\303\244 "
		"\303\244\303\244\303\244\303\244 \303\244\303\244\303\244", 9),
		"\303\244\303\244\303\244\303\244 \303\244\303\244\303\244"
		"\303\244|  \303\244\303\244\303\244");
	assert_string_equal(broken("\033[31mtwenty columns\033[0m are 20", 21),
		"\033[31mtwenty columns\033[0m are 20");
}

static void later_lines_begin_under_the_last_column(void **state)
{
	(void)state;
	assert_string_equal(broken("  pass  chain  leads to a trusted root "
		"of the vendor", 40),
		"  pass  chain  leads to a trusted root|"
		"               of the vendor");
	assert_string_equal(broken("    four blanks are before this sentence",
		24), "    four blanks are|      before this|      sentence");
	/* a column that leaves no room is none */
	assert_string_equal(broken("a long first column of it  and more of it",
		30), "a long first column of it  and|  more of it");
}

static void a_command_stays_whole(void **state)
{
	(void)state;
	assert_string_equal(broken("run `tokenbridge enroll bob --method totp` "
		"now", 20),
		"run|  `tokenbridge enroll bob --method totp`|  now");
	assert_string_equal(broken("`never ended, so to the end", 10),
		"`never ended, so to the end");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_broken_between_words),
		cmocka_unit_test(later_lines_begin_under_the_last_column),
		cmocka_unit_test(a_command_stays_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
