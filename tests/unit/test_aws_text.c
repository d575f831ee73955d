/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The texts that settings of AWS are written in, at their limits: the shared
 * files' dialect, URLs, words, blanks, forms.
 */
#include "aws/text/blank.h"
#include "aws/text/form.h"
#include "aws/text/ini.h"
#include "aws/text/url.h"
#include "aws/text/words.h"
#include "base/buf.h"

#include "tests/unit/unit.h"

/* ---- the shared files ---- */

static size_t items, sections;

static int count_item(void *data, const struct ini_item *item, struct error *e)
{
	(void)data;
	(void)e;
	items += item->key[0] != '\0';
	return 0;
}

static int count_section(void *data, const char *section, size_t line,
	struct error *e)
{
	(void)data;
	(void)line;
	if (strcmp(section, "stop") == 0)
		return error_set(e, ERROR_REFUSED, "who listens stops it");
	sections++;
	return 0;
}

static int parse_n(const char *s, size_t n)
{
	const struct ini_events events = { count_item, count_section, NULL };
	unsigned char *copy = copy_of(s, n);
	int r;

	items = sections = 0;
	r = ini_parse(copy, n, "config", &events, &err);
	free(copy);
	return r;
}

static int parse(const char *s)
{
	return parse_n(s, strlen(s));
}

/* BEGIN, n letters, END */
static const char *with_name(const char *begin, size_t n, const char *end)
{
	static char text[INI_LINE_MAX + 64];

	assert_true(strlen(begin) + n + strlen(end) < sizeof(text));
	strcpy(text, begin);
	memset(text + strlen(begin), 'n', n);
	strcpy(text + strlen(begin) + n, end);
	return text;
}

static void a_line_that_is_none_is_said_with_its_number(void **state)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
		{ "k=v\n", "'config' line 1: a setting before the first "
			"section" },
		{ "[a]\nk\n", "'config' line 2: neither a section nor 'key = "
			"value'" },
		{ "[]\n", "'config' line 1: a setting before the first "
			"section" },
		{ "[a]\n[]\n", "'config' line 2: neither a section nor 'key = "
			"value'" },
		{ "[a]\n= v\n", "'config' line 2: a key is empty or too "
			"long" },
		{ "[a]\nk=\xff\n", "'config' is not a text in UTF-8" },
		{ "\xef\xbb\xbf[a]\n", "'config' line 1: a byte order mark, "
			"for which the AWS command line refuses this file too: "
			"remove it" },
		{ "[a]\n[b]\n[a]\n", "'config' line 3: this section has come "
			"before" },
		{ "[a]\nk=v\nK=v\n", "'config' line 3: 'k' is given twice in "
			"section 'a'" },
		{ "[a]\nk=\n  v\n[b]", "'config' line 2: a nested line without "
			"'='" },
		{ "[a]\nk=\n  =v\n", "'config' line 2: a nested key is empty "
			"or too long" },
		{ "[a]\n[stop]\n", "who listens stops it" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		assert_true(parse(cases[i].text) < 0);
		assert_string_equal(err.text, cases[i].words);
	}
	SAYS(ERROR_MALFORMED, "'config' is not a text in UTF-8",
		parse_n("[a]\nk=\0", 7));
	/* a mark that is cut off is no text either */
	SAYS(ERROR_MALFORMED, "'config' is not a text in UTF-8",
		parse_n("\xef\xbb", 2));
	OK(parse_n("\xef\xbb\xbb", 0));
}

static void names_and_lines_have_a_limit(void **state)
{
	(void)state;
	OK(parse(with_name("[", INI_NAME_MAX - 1, "]\n")));
	assert_int_equal(sections, 1);
	SAYS(ERROR_MALFORMED, "line 1: a section's name is too long",
		parse(with_name("[", INI_NAME_MAX, "]\n")));
	OK(parse(with_name("[a]\n", INI_NAME_MAX - 1, "=v\n")));
	SAYS(ERROR_MALFORMED, "line 2: a key is empty or too long",
		parse(with_name("[a]\n", INI_NAME_MAX, "=v\n")));
	OK(parse(with_name("[a]\nk=\n ", INI_NAME_MAX - 1, "=v\n")));
	assert_int_equal(items, 2);
	SAYS(ERROR_MALFORMED, "line 2: a nested key is empty or too long",
		parse(with_name("[a]\nk=\n ", INI_NAME_MAX, "=v\n")));
	OK(parse(with_name("[a]\nk=", INI_LINE_MAX - 2, "\n")));
	SAYS(ERROR_MALFORMED, "line 2: the line is too long",
		parse(with_name("[a]\nk=", INI_LINE_MAX - 1, "\n")));
	/* a comment is a line, too */
	SAYS(ERROR_MALFORMED, "line 1: the line is too long",
		parse(with_name("#", INI_LINE_MAX, "\n")));
}

static void a_file_has_a_limit_and_so_many_names(void **state)
{
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, 2 * INI_FILE_MAX);
	while (b.n < INI_FILE_MAX)
		buf_put_byte(&b, '\n');
	OK(parse_n(buf_str(&b), INI_FILE_MAX));
	buf_put_byte(&b, '\n');
	SAYS(ERROR_MALFORMED, "'config' is larger than 1048576 bytes",
		parse_n(buf_str(&b), INI_FILE_MAX + 1));
	buf_reset(&b);
	for (i = 0; i < INI_NAMES_MAX; i++)
		buf_printf(&b, "[s%zu]\n", i);
	OK(parse(buf_str(&b)));
	assert_int_equal(sections, INI_NAMES_MAX);
	buf_put_str(&b, "[one more]\n");
	SAYS(ERROR_MALFORMED, "more than 4096 names", parse(buf_str(&b)));
	buf_done(&b);
}

/* ---- URLs ---- */

static void a_url_is_taken_apart(void **state)
{
	static const struct {
		const char *text;
		bool plain;
		const char *host, *port, *path; /* host NULL: it is none */
	} cases[] = {
		{ "https://a.example", false, "a.example", "", "" },
		{ "http://a-b:1/c?d=e%20", true, "a-b", "1", "/c?d=e%20" },
		{ "https://[::1]:65535/", false, "[::1]", "65535", "/" },
		{ "https://[1:]", false, "[1:]", "", "" },
		{ "https://a/~", false, "a", "", "/~" },
		{ "https://[:]", false, NULL, NULL, NULL },
		{ "https://a:65536", false, NULL, NULL, NULL },
		{ "https://a:0", false, NULL, NULL, NULL },
		{ "https://a:", false, NULL, NULL, NULL },
		{ "https://a/\x7f", false, NULL, NULL, NULL },
		{ "https://a/b c", false, NULL, NULL, NULL },
		{ "https://a/!", false, "a", "", "/!" },
		{ "https://a/#b", false, NULL, NULL, NULL },
		{ "https://a?b", false, NULL, NULL, NULL },
		{ "https:/a", false, NULL, NULL, NULL },
		{ "http:/a", false, NULL, NULL, NULL },
		{ "ftp://a", false, NULL, NULL, NULL },
		{ "", false, NULL, NULL, NULL },
	};
	struct url u;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		if (url_parse(cases[i].text, &u) != (cases[i].host != NULL))
			fail_msg("%s", cases[i].text);
		if (!cases[i].host)
			continue;
		assert_int_equal(u.plain, cases[i].plain);
		assert_int_equal(u.host_n, strlen(cases[i].host));
		assert_memory_equal(u.host, cases[i].host, u.host_n);
		assert_int_equal(u.port_n, strlen(cases[i].port));
		assert_memory_equal(u.port, cases[i].port, u.port_n);
		assert_string_equal(u.path, cases[i].path);
	}
}

static void loopback_is_this_machine_and_nothing_that_looks_like_it(
	void **state)
{
	static const struct {
		const char *url;
		bool loopback;
	} cases[] = {
		{ "http://localhost", true }, { "http://LOCALHOST", true },
		{ "http://[::1]", true }, { "http://127.0.0.1", true },
		{ "http://127.255.255.255", true }, { "http://127.0.0.0", true },
		{ "http://127.0.0.10:80", true },
		{ "http://127.0.0.256", false }, { "http://127.0.0", false },
		{ "http://127.0.0.1.1", false }, { "http://126.0.0.1", false },
		{ "http://128.0.0.1", false }, { "http://127.0.0.01", false },
		{ "http://127.0.0.1.", false }, { "http://127..0.1", false },
		{ "http://127.0.0.0001", false }, { "http://127", false },
		{ "http://localhos", false }, { "http://localhost2", false },
		{ "http://[::1:]", false }, { "http://127.0.00.1", false },
	};
	struct url u;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		assert_true(url_parse(cases[i].url, &u));
		if (url_is_loopback(&u) != cases[i].loopback)
			fail_msg("%s", cases[i].url);
	}
}

/* ---- words, blanks, forms ---- */

static void words_are_quoted_as_in_a_shell(void **state)
{
	static const struct {
		const char *text, *words; /* ';' behind each; NULL: none */
	} cases[] = {
		{ "", "" }, { " \t\r\n", "" }, { "a", "a;" },
		{ " a  b\tc\nd\re ", "a;b;c;d;e;" }, { "''", ";" },
		{ "\"\" x", ";x;" }, { "a'b c'd", "ab cd;" },
		{ "'a\\'", "a\\;" }, { "\"a\\\"b\\\\c\\d\"", "a\"b\\c\\d;" },
		{ "a\\ b", "a b;" }, { "\\'", "';" }, { "'\"'", "\";" },
		{ "a\\", NULL }, { "'a", NULL }, { "\"a", NULL },
		{ "\"a\\", NULL }, { "\"a\\\"", NULL },
	};
	char got[64];
	const char *word;
	size_t i, k, n;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		char *room = malloc(strlen(cases[i].text) + 1);

		n = 99;
		if (words_split(cases[i].text, room, &n) !=
			(cases[i].words != NULL))
			fail_msg("%s", cases[i].text);
		if (!cases[i].words)
			assert_int_equal(n, 99);
		got[0] = '\0';
		for (word = room, k = 0; cases[i].words && k < n;
			k++, word = words_next(word))
			strcat(strcat(got, word), ";");
		if (cases[i].words)
			assert_string_equal(got, cases[i].words);
		free(room);
	}
}

static void blanks_and_ends_of_lines_are_python_s(void **state)
{
	/* UTF-8 of one character; what it is */
	static const struct {
		const char *text;
		bool blank, ends;
	} cases[] = {
		{ " ", true, false }, { "\t", true, false },
		{ "\n", true, true }, { "\x0b", true, true },
		{ "\x0c", true, true }, { "\r", true, true },
		{ "\x08", false, false }, { "\x0e", false, false },
		{ "\x1b", false, false }, { "\x1c", true, true },
		{ "\x1d", true, true }, { "\x1e", true, true },
		{ "\x1f", true, false }, { "!", false, false },
		{ "\xc2\x85", true, true }, { "\xc2\x84", false, false },
		{ "\xc2\xa0", true, false }, { "\xe1\x9a\x80", true, false },
		{ "\xe2\x80\x80", true, false }, { "\xe2\x80\x8a", true, false },
		{ "\xe2\x80\x8b", false, false }, { "\xe2\x80\xa8", true, true },
		{ "\xe2\x80\xa9", true, true }, { "\xe2\x80\xaf", true, false },
		{ "\xe2\x81\x9f", true, false }, { "\xe3\x80\x80", true, false },
		{ "\xe1\xbf\xbf", false, false },
		{ "\xf0\x9f\x98\x80", false, false },
	};
	struct span s, line;
	char text[16];
	size_t i, n;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		n = strlen(cases[i].text);
		snprintf(text, sizeof(text), "%sx%s", cases[i].text,
			cases[i].text);
		s = span_trim((struct span){ text, strlen(text) });
		assert_int_equal(s.n, cases[i].blank ? 1 : 2 * n + 1);
		s = span_trim_end((struct span){ text, strlen(text) });
		assert_int_equal(s.n, cases[i].blank ? n + 1 : 2 * n + 1);
		s = (struct span){ text, strlen(text) };
		assert_true(span_line(&s, &line));
		assert_ptr_equal(line.p, text);
		assert_int_equal(line.n, cases[i].ends ? 0 : 2 * n + 1);
		assert_int_equal(s.n, cases[i].ends ? n + 1 : 0);
	}
	/* bytes that are no UTF-8 are no blanks */
	s = span_trim((struct span){ " \x80\x80\x80\x80\x80", 6 });
	assert_int_equal(s.n, 5);
	s = (struct span){ "\xff\n", 2 };
	assert_true(span_line(&s, &line));
	assert_int_equal(line.n, 1);
	assert_false(span_line(&s, &line));
}

static void a_form_encodes_all_that_signatures_want(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 256);
	form_put(&b, "A.b", "aZ09-_.~");
	form_put(&b, "c d", "a b+&=/%\xc3\xa9\x01");
	assert_string_equal(buf_str(&b), "A.b=aZ09-_.~&c%20d=a%20b%2B%26%3D%2F"
		"%25%C3%A9%01");
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_that_is_none_is_said_with_its_number),
		cmocka_unit_test(names_and_lines_have_a_limit),
		cmocka_unit_test(a_file_has_a_limit_and_so_many_names),
		cmocka_unit_test(a_url_is_taken_apart),
		cmocka_unit_test(
			loopback_is_this_machine_and_nothing_that_looks_like_it),
		cmocka_unit_test(words_are_quoted_as_in_a_shell),
		cmocka_unit_test(blanks_and_ends_of_lines_are_python_s),
		cmocka_unit_test(a_form_encodes_all_that_signatures_want),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
