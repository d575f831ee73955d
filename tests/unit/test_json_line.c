/* SPDX-License-Identifier: Apache-2.0 */
/* Objects of JSON in lines: jansson reads back what was put in, and what gives a
 * terminal orders stands there as \uXXXX. */
#include "bridge/audit/output/json-line.h"

#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *text;
static size_t text_n;

static struct json_line *open_line(FILE **ret)
{
	struct json_line *l;

	*ret = open_memstream(&text, &text_n);
	assert_non_null(*ret);
	l = json_line_new(*ret);
	assert_non_null(l);
	return l;
}

static json_t *close_line(struct json_line **l, FILE *f)
{
	json_t *o;

	json_line_free(l);
	assert_null(*l);
	assert_int_equal(fclose(f), 0);
	o = json_loadb(text, text_n, 0, NULL);
	assert_non_null(o);
	return o;
}

static uint64_t state = 1;

static unsigned pick(unsigned n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 33) % n;
}

/* Plain ASCII with something else in it now and then. */
static void make_text(char *ret, size_t n)
{
	static const char *const others[] = { "\"", "\\", "\n", "\x01", "\x1f",
		"\x7f", "\xc3\xa9", "\xe2\x80\xae", "\xf0\x9f\x94\x91",
		"\xf3\xa0\x80\xa1", "/", "\xef\xbf\xbd", "\xc2\x85" };
	const char *one;
	char *end = ret + pick((unsigned)n - 8);

	while (ret < end) {
		one = others[pick(13)];
		if (pick(9) > 0) {
			*ret++ = (char)(' ' + pick(95));
			continue;
		}
		memcpy(ret, one, strlen(one));
		ret += strlen(one);
	}
	*ret = '\0';
}

static void test_every_text_comes_back(void **unused)
{
	char want[64];
	struct json_line *l;
	json_t *o;
	FILE *f;
	int i;

	(void)unused;
	for (i = 0; i < 20000; i++) {
		make_text(want, sizeof(want));
		l = open_line(&f);
		json_line_begin(l, "");
		json_line_string(l, "a", want);
		json_line_end(l);
		o = close_line(&l, f);
		if (want[0])
			assert_string_equal(json_string_value(
				json_object_get(o, "a")), want);
		assert_true(utf8_is_clean(text, text_n));
		json_decref(o);
		free(text);
	}
}

static void test_it_is_what_jansson_writes(void **unused)
{
	static const char *const list[] = { "one", "t\"wo", NULL, "no" };
	json_t *o = json_pack("{s:s,s:n,s:n,s:s,s:I,s:n,s:[ss],s:{s:i},s:n}",
		"text", "a \xc3\xa9", "none", "empty", "time",
		"2026-01-02T03:04:05Z", "number", (json_int_t)1234567890123,
		"unknown", "list", "one", "t\"wo", "any", "x", 1, "nothing");
	char *want = json_dumps(o, JSON_COMPACT);
	struct json_line *l;
	json_t *got;
	FILE *f;

	(void)unused;
	assert_non_null(want);
	l = open_line(&f);
	json_line_begin(l, "");
	json_line_string(l, "text", "a \xc3\xa9");
	json_line_text(l, "none", NULL);
	json_line_text(l, "empty", "");
	json_line_time(l, "time", 1767323045);
	json_line_number(l, "number", true, 1234567890123);
	json_line_number(l, "unknown", false, 7);
	json_line_strings(l, "list", list, 4);
	json_line_value(l, "any", json_pack("{s:i}", "x", 1));
	json_line_value(l, "nothing", NULL);
	json_line_end(l);
	got = close_line(&l, f);
	assert_string_equal(text, want);
	json_decref(got);
	json_decref(o);
	free(want);
	free(text);
}

/* Also such as no buffer has room for. */
static void test_many_lines_are_one_stream(void **unused)
{
	static char large[300000];
	struct json_line *l;
	json_t *o, *row;
	FILE *f;
	size_t i;

	(void)unused;
	memset(large, 'x', sizeof(large) - 1);
	l = open_line(&f);
	for (i = 0; i < 5000; i++) {
		json_line_begin(l, i ? ",\n" : "[");
		json_line_number(l, "i", true, i);
		json_line_string(l, "s", i % 1000 ? "small" : large);
		json_line_end(l);
	}
	json_line_flush(l);
	fputc(']', f);
	o = close_line(&l, f);
	assert_int_equal(json_array_size(o), 5000);
	json_array_foreach(o, i, row) {
		assert_int_equal(json_integer_value(json_object_get(row,
			"i")), i);
		assert_string_equal(json_string_value(json_object_get(row,
			"s")), i % 1000 ? "small" : large);
	}
	json_decref(o);
	free(text);
}

static void test_what_is_no_utf8_has_question_marks(void **unused)
{
	struct json_line *l;
	json_t *o;
	FILE *f;

	(void)unused;
	l = open_line(&f);
	json_line_begin(l, "");
	json_line_text(l, "a", "x\xff\xc3y");
	json_line_end(l);
	o = close_line(&l, f);
	assert_string_equal(json_string_value(json_object_get(o, "a")),
		"x??y");
	json_decref(o);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_text_comes_back),
		cmocka_unit_test(test_it_is_what_jansson_writes),
		cmocka_unit_test(test_many_lines_are_one_stream),
		cmocka_unit_test(test_what_is_no_utf8_has_question_marks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
