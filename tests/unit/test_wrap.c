/* SPDX-License-Identifier: Apache-2.0 */
/* A long line over several ones. */
#include "bridge/terminal/wrap.h"

#include "tests/unit/unit.h"

/* s broken to `width` as it is printed, with '|' between the lines. */
static const char *broken(const char *s, size_t width)
{
	static char out[512];
	struct buf b;
	size_t i;

	buf_init(&b, sizeof(out));
	wrap_put(&b, s, width, wrap_indent(s, width));
	assert_false(buf_failed(&b));
	snprintf(out, sizeof(out), "%.*s", (int)b.n - 1, buf_str(&b));
	buf_done(&b);
	for (i = 0; out[i]; i++)
		if (out[i] == '\n')
			out[i] = '|';
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
	/* and a word that has no room under it stands further to the left */
	assert_string_equal(broken("done  alice  "
		"arn:aws:iam::12:mfa/alice and more", 30),
		"done  alice |  arn:aws:iam::12:mfa/alice|"
		"             and more");
	assert_string_equal(broken("done  a  a-word-that-is-longer-than-a-line "
		"and", 30),
		"done  a |  a-word-that-is-longer-than-a-line|         and");
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

static void a_word_that_is_longer_than_a_line_goes_on_in_the_next(void **state)
{
	(void)state;
	assert_int_equal(wrap_break("two words", 20), 9);
	assert_int_equal(wrap_break("two words", 5), 3);
	/* behind a sign that parts it, where that is not too near */
	assert_int_equal(wrap_break("arn:aws:iam::123456789012:mfa/alice", 30),
		strlen("arn:aws:iam::123456789012:mfa/"));
	assert_int_equal(wrap_break("arn:aws:iam::123456789012:mfa/alice", 29),
		strlen("arn:aws:iam::123456789012:"));
	assert_int_equal(wrap_break("a:bcdefghijklmnopqrstuvwxyz", 10), 10);
	assert_int_equal(wrap_break("abcd:fghijklmnopqrstuvwxyz", 10), 10);
	assert_int_equal(wrap_break("abcde:ghijklmnopqrstuvwxyz", 10), 6);
	/* characters stay whole, and styles with what they style */
	assert_int_equal(wrap_break("\303\244\303\244\303\244", 2), 4);
	assert_int_equal(wrap_break("\033[1mabcdef\033[0m", 3), 7);
	/* a command is copied as it is */
	assert_int_equal(wrap_break("`tokenbridge enroll alice`", 10), 26);
	assert_int_equal(wrap_break("", 10), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_broken_between_words),
		cmocka_unit_test(later_lines_begin_under_the_last_column),
		cmocka_unit_test(a_command_stays_whole),
		cmocka_unit_test(
			a_word_that_is_longer_than_a_line_goes_on_in_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
