/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A report as text, cut anywhere; what its fields hold; and which words are no
 * words of it.
 */
#include "aws/report/report.h"
#include "aws/report/wrap/text.h"

#include "tests/unit/unit.h"

#define CSV "user,arn,password_enabled,mfa_active\nalice,a,b,c\n"
#define FIRST "dXNlcixhcm4scGFzc3dvcmRfZW5hYmxlZCxt"
#define SECOND "ZmFfYWN0aXZlCmFsaWNlLGEsYixjCg=="
#define BASE64 FIRST SECOND
/* the same with no padding at its end */
#define WHOLE "user,arn,password_enabled,mfa_active\nalice,a,b,cc"
#define WHOLE64 FIRST "ZmFfYWN0aXZlCmFsaWNlLGEsYixjYw=="
#define OPEN_CSV "user,arn,password_enabled,mfa_active\nalice,a,b,c"
#define OPEN64 FIRST "ZmFfYWN0aXZlCmFsaWNlLGEsYixj"
#define NEW "2026-02-01T00:00:00Z"
#define OLD "2026-01-31T00:00:00Z"

static struct buf out;

static int put(void *data, const unsigned char *p, size_t n, struct error *e)
{
	assert_ptr_equal(data, &out);
	if (n == 1 && *p == '\n' && out.n > 500)
		return error_set(e, ERROR_REFUSED, "enough");
	buf_put(&out, p, n);
	return 0;
}

static struct report_text *text;

static int read_pieces(const char *s, size_t n, size_t piece)
{
	size_t at, k;
	int r = 0;

	report_text_free(&text);
	buf_reset(&out);
	OK(report_text_new(&text, put, &out, &err));
	for (at = 0; at < n && r == 0; at += k) {
		k = n - at < piece ? n - at : piece;
		r = report_text_feed(text, s + at, k, &err);
	}
	return r < 0 ? r : report_text_finish(text, &err);
}

static int begin(void **state)
{
	(void)state;
	buf_init(&out, 65536);
	return 0;
}

static int end(void **state)
{
	(void)state;
	report_text_free(&text);
	report_text_free(NULL);
	buf_done(&out);
	return 0;
}

static void what_is_base64_is_the_report_and_the_rest_says_when(void **state)
{
	static const struct {
		const char *text, *csv;
		time_t generated; /* 0: not told */
	} cases[] = {
		{ BASE64, CSV, 0 }, { BASE64 "\n", CSV, 0 },
		{ BASE64 " " NEW " text/csv\n", CSV, 1769904000 },
		{ NEW "\ttext/csv\t" BASE64, CSV, 1769904000 },
		{ "\"" BASE64 "\" '" NEW "'", CSV, 1769904000 },
		{ FIRST "\n" SECOND "\n", CSV, 0 },
		{ FIRST "\r\n" SECOND "\r\n" NEW, CSV, 1769904000 },
		/* what ends by padding is followed by another one */
		{ BASE64 "\n" BASE64, CSV "\n" CSV, 0 },
		{ BASE64 " " NEW "\n" BASE64 " " OLD, CSV "\n" CSV,
			1769817600 },
		{ BASE64 " " OLD "\n" BASE64 " " NEW, CSV "\n" CSV,
			1769817600 },
		{ BASE64 " " NEW "\n" BASE64, CSV "\n" CSV, 0 },
		/* a short line goes on, where it is the first word */
		{ FIRST "\nZmFf\nYWN0aXZlCmFsaWNlLGEsYixjCg==", CSV, 0 },
		/* and is none behind another word, or behind padding */
		{ BASE64 "\nYWJj", CSV, 0 },
		{ OPEN64 " x YWJj", OPEN_CSV, 0 },
		{ OPEN64 "\nCg==", CSV, 0 },
		{ OPEN64 "\n \nCg==", CSV, 0 },
		{ OPEN64 "\nx-y\nCg==", OPEN_CSV, 0 },
		{ OPEN64 "\n" WHOLE64, OPEN_CSV WHOLE, 0 },
		{ OPEN64 " " WHOLE64, OPEN_CSV "\n" WHOLE, 0 },
		/* a word that is one letter too short, and no base64 at all */
		{ "dXNlcixhcm4scGFzc3dvcmRfZW5hYmx", "", 0 },
		{ "this-is-no-base64-however-long-it-may-be", "", 0 },
		{ "this-is-no-base64-however-long-it-may-be " NEW, "",
			1769904000 },
		{ NEW "x-longer-than-any-time-is", "", 0 },
		{ "", "", 0 }, { "\n \t\"'\r\n", "", 0 },
	};
	time_t when;
	size_t i, piece, n;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		n = strlen(cases[i].text);
		for (piece = 1; piece <= n + 1; piece++) {
			OK(read_pieces(cases[i].text, n, piece));
			if (out.n != strlen(cases[i].csv) || memcmp(buf_str(&out),
				cases[i].csv, out.n) != 0)
				fail_msg("case %zu, %zu at once: '%s'", i,
					piece, buf_str(&out));
			when = 0;
			assert_int_equal(report_text_generated(text, &when),
				cases[i].generated != 0);
			assert_int_equal(when, cases[i].generated);
		}
	}
}

static void what_is_none_is_said_with_its_byte(void **state)
{
#define CASE(text, words) { text, sizeof(text) - 1, words }
	static const struct {
		const char *text;
		size_t n;
		const char *words;
	} cases[] = {
		CASE("a\0", "the credential report's base64, byte 1: a NUL "
			"byte"),
		CASE(FIRST "!", "the credential report's base64, byte 36: it "
			"is none"),
		CASE(BASE64 "x", "the credential report's base64, byte 68: it "
			"is none"),
		CASE(FIRST "ab", "the credential report's base64, byte 38: it "
			"is cut off"),
		CASE(FIRST "ab\n", "the credential report's base64, byte 39: "
			"it is cut off"),
		CASE(FIRST "ab x\n" BASE64, "the credential report's base64, "
			"byte 73: it is cut off"),
	};
	size_t i, piece;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++)
		for (piece = 1; piece <= cases[i].n; piece++) {
			FAILS(ERROR_MALFORMED, read_pieces(cases[i].text,
				cases[i].n, piece));
			if (strcmp(err.text, cases[i].words) != 0)
				fail_msg("%zu at once: %s", piece, err.text);
		}
}

static void characters_of_base64_are_these(void **state)
{
	static const char all[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz0123456789+/=";
	int c;

	(void)state;
	for (c = 0; c < 256; c++)
		assert_int_equal(report_text_is_base64((unsigned char)c),
			c && strchr(all, c) != NULL);
}

static struct report_field field_of(const char *s)
{
	return (struct report_field){ s, s ? strlen(s) : 0 };
}

static void a_field_holds_a_word_or_a_time(void **state)
{
	static const struct {
		const char *text;
		enum report_value value;
	} cases[] = {
		{ NULL, REPORT_UNKNOWN }, { "", REPORT_OTHER },
		{ "true", REPORT_TRUE }, { "TRUE", REPORT_TRUE },
		{ "tRuE", REPORT_TRUE }, { "trues", REPORT_OTHER },
		{ "tru", REPORT_OTHER }, { "trud", REPORT_OTHER },
		{ "false", REPORT_FALSE }, { "FALSE", REPORT_FALSE },
		{ "falsy", REPORT_OTHER }, { "fals", REPORT_OTHER },
		{ "falses", REPORT_OTHER }, { "palse", REPORT_OTHER },
		{ "N/A", REPORT_NA }, { "n/a", REPORT_NA },
		{ "no_information", REPORT_NO_INFORMATION },
		{ "not_supported", REPORT_NOT_SUPPORTED },
		{ "not_supporte", REPORT_OTHER }, { NEW, REPORT_DATE },
		{ "2026-02-30T00:00:00Z", REPORT_OTHER },
	};
	struct report_row row = { .field = { field_of("x") } };
	time_t when;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		when = 4711;
		assert_int_equal(report_value(field_of(cases[i].text)),
			cases[i].value);
		assert_int_equal(report_time(field_of(cases[i].text), &when),
			cases[i].value);
		assert_int_equal(when, cases[i].value == REPORT_DATE ?
			1769904000 : 4711);
	}
	assert_false(report_row_is_root(&row));
	row.field[REPORT_USER] = field_of("<ROOT_account>");
	assert_true(report_row_is_root(&row));
	row.field[REPORT_USER] = field_of("<root_account");
	assert_false(report_row_is_root(&row));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_base64_is_the_report_and_the_rest_says_when),
		TEST(what_is_none_is_said_with_its_byte),
		cmocka_unit_test(characters_of_base64_are_these),
		cmocka_unit_test(a_field_holds_a_word_or_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
