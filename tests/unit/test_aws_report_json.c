/* SPDX-License-Identifier: Apache-2.0 */
/* The report as JSON, and the choice between it and CSV. */
#include "aws/report/input.h"
#include "aws/report/wrap/json.h"

#include "base/buf.h"
#include "base/encode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CSV "user,arn,mfa_active,password_enabled\nalice,a,true,false"
/* printf %s CSV | base64 -w0 */
#define CSV64                                                                  \
	"dXNlcixhcm4sbWZhX2FjdGl2ZSxwYXNzd29yZF9lbmFibGVkCmFsaWNlLGEsdHJ1ZSxm" \
	"YWxzZQ=="
#define WHEN 1789132483

static const size_t pieces[] = { SIZE_MAX, 1, 3, 7 };

static int keep(void *data, const unsigned char *p, size_t n,
	struct error *err)
{
	(void)err;
	buf_put(data, p, n);
	return 0;
}

static int read_json(const char *p, size_t n, size_t piece, struct buf *out,
	time_t *ret_time, struct error *err)
{
	CLEANUP(report_json_free) struct report_json *j = NULL;
	size_t at, k;
	int r = 0;

	assert_int_equal(report_json_new(&j, keep, out, NULL), 0);
	for (at = 0; at < n && r >= 0; at += k) {
		k = n - at < piece ? n - at : piece;
		r = report_json_feed(j, p + at, k, err);
	}
	if (r >= 0)
		r = report_json_finish(j, err);
	if (!report_json_generated(j, ret_time))
		*ret_time = 0;
	return r;
}

static void the_object_is_decoded_however_it_is_written(void **state)
{
	static const struct {
		const char *json;
		time_t time;
	} cases[] = {
		{ "{\n    \"Content\": \"" CSV64 "\",\n    \"ReportFormat\": "
		  "\"text/csv\",\n    \"GeneratedTime\": "
		  "\"2026-09-11T13:14:43+00:00\"\n}\n", WHEN },
		{ "{\"GeneratedTime\":\"2026-09-11T13:14:43Z\",\"Content\":\""
		  CSV64 "\"}", WHEN },
		{ "{\"Content\":\"" CSV64 "\",\"GeneratedTime\":1789132483.0}",
			WHEN },
		{ "{\"Content\":\"" CSV64 "\",\"GeneratedTime\":1789132483 }",
			WHEN },
		{ "{\"Content\":\"" CSV64 "\",\"ReportFormat\":"
		  "\"text\\/csv\"}", 0 },
		{ " \r\n\t{ \"Content\" : \"" CSV64 "\" } ", 0 },
		/* what AWS or a tool may add one day */
		{ "{\"Other\":\"x\",\"Content\":\"" CSV64 "\"}", 0 },
		{ "{\"A\":{\"b\":[1,\"}\\\"\",{}]},\"B\":null,\"C\":-1.5e3,"
		  "\"D\":true ,\"E\":[],\"Content\":\"" CSV64 "\",\"F\":false}",
			0 },
		{ "{\"Cont\\u0065nt\":1,\"Content\":\"" CSV64 "\"}", 0 },
		{ "{\"0123456789012345678901234567890123456789012345678901234"
		  "56789\":\"\",\"Content\":\"" CSV64 "\"}", 0 },
		/* its age is not known then */
		{ "{\"Content\":\"" CSV64 "\",\"GeneratedTime\":\"soon\"}", 0 },
		{ "{\"Content\":\"" CSV64 "\",\"GeneratedTime\":null}", 0 },
		{ "{\"Content\":\"" CSV64 "\",\"GeneratedTime\":[1]}", 0 },
		{ "{\"Content\":\"" CSV64 "\",\"GeneratedTime\":\"\\u0032\"}",
			0 },
		{ "{\"GeneratedTime\":1e9,\"Content\":\"" CSV64 "\"}", 0 },
		{ "{\"GeneratedTime\":\"2026-09-11\",\"Content\":\"" CSV64
		  "\"}", 0 },
		/* as other programs leave it */
		{ "{\"content\":\"" CSV64 "\",\"reportFormat\":\"text/csv\","
		  "\"generatedTime\":\"2026-09-11T13:14:43Z\"}", WHEN },
		{ "{\"Content\":\"user,arn,mfa_active,password_enabled\\nalice,"
		  "a,true,false\",\"GeneratedTime\":1789132483}", WHEN },
		{ "{\"Content\":\"user\\u002Carn,mfa\\u005factive,password_"
		  "enabled\\u000Aalice,\\u0061,true,f\\u0061lse\"}", 0 },
		{ "{\"Content\":\"dXNlcixhcm4sbWZhX2FjdGl2ZSxwYXNzd29yZF9lbmFi"
		  "bGVkCmFs\\naWNlLGEsdHJ1ZSxm\\r\\nYWxzZQ\\u003d=\\n\"}", 0 },
		{ "[{\"Content\":\"" CSV64 "\"}]", 0 },
		{ " [ {\"Content\":\"" CSV64 "\"}\n]\n", 0 },
		/* as Python makes a text of it */
		{ "{\"GeneratedTime\":\"2026-09-11 13:14:43+00:00\","
		  "\"Content\":\"" CSV64 "\"}", WHEN },
	};
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++)
		for (k = 0; k < ARRAY_LEN(pieces); k++) {
			struct error err = { .text = "" };
			struct buf out;
			time_t t;

			buf_init(&out, 1 << 20);
			if (read_json(cases[i].json, strlen(cases[i].json),
				    pieces[k], &out, &t, &err) < 0)
				fail_msg("%zu: %s", i, err.text);
			assert_string_equal(buf_str(&out), CSV);
			assert_int_equal(t, cases[i].time);
			buf_done(&out);
		}
}

/* What is too long is none, whatever its end is like. */
static void a_long_name_is_not_taken_for_a_known_one(void **state)
{
	static const char *const tails[] = { "Content", "GeneratedTime" };
	char name[96], json[512];
	size_t i, n;

	(void)state;
	for (i = 0; i < ARRAY_LEN(tails); i++)
		for (n = 40; n < 70; n++) {
			struct error err = { .text = "" };
			struct buf out;
			time_t t;

			memset(name, 'x', n);
			strcpy(name + n, tails[i]);
			snprintf(json, sizeof(json), "{\"%s\":\"2026-09-11T13:"
				"14:43Z\",\"Content\":\"" CSV64 "\"}", name);
			buf_init(&out, 1 << 20);
			if (read_json(json, strlen(json), SIZE_MAX, &out, &t,
				    &err) < 0)
				fail_msg("%zu: %s", n, err.text);
			assert_string_equal(buf_str(&out), CSV);
			assert_int_equal(t, 0);
			buf_done(&out);
		}
}

/* The first and the last of each length in UTF-8. */
static void a_code_point_becomes_its_bytes(void **state)
{
	static const char json[] = "{\"Content\":\"user\\u007f\\u0080\\u07ff"
		"\\u0800\\ud7ff\\ue000\\uffff\"}";
	struct error err = { .text = "" };
	struct buf out;
	time_t t;

	(void)state;
	buf_init(&out, 64);
	assert_int_equal(read_json(json, strlen(json), SIZE_MAX, &out, &t,
		&err), 0);
	assert_string_equal(buf_str(&out), "user\x7f\xc2\x80\xdf\xbf"
		"\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf");
	buf_done(&out);
}

static void everything_else_is_refused(void **state)
{
	static const struct {
		const char *json;
		const char *part;
	} cases[] = {
		{ "", "cut off" },
		{ "{", "cut off" },
		{ "{}", "no Content" },
		{ "{\"ReportFormat\":\"text/csv\"}", "no Content" },
		{ "[]", "not the object" },
		{ "{\"Content\"", "cut off" },
		{ "{\"Content\":\"" CSV64, "cut off" },
		{ "{\"Content\":\"" CSV64 "\"", "cut off" },
		{ "{\"Content\":\"dXNlcg=\"}", "cut off" },
		{ "{\"Content\":\"dXNl-g==\"}", "byte 16" },
		{ "{\"Content\":\"dXNlcg==dXNl\"}", "base64" },
		{ "{\"Content\":\"dXNlcx==\"}", "base64" },
		{ "{\"Content\":\"dXN\nlcg==\"}", "base64" },
		{ "{\"Content\":\"dX\\u00zzlcg==\"}", "byte 18: an escape" },
		{ "{\"Content\":\"dX\\xNlcg==\"}", "byte 15: an escape" },
		{ "{\"Content\":\"dX\\u002dlcg==\"}", "byte 19: Content" },
		{ "{\"Content\":\"dXNl\\tlcg==\"}", "byte 17: Content" },
		{ "{\"Content\":\"user,\\ud83d\"}", "an escape" },
		{ "{\"Content\":\"user,\\\"}", "cut off" },
		{ "{\"Content\":\"user,\\u00\"}", "an escape" },
		{ "{\"content\":\"\",\"Content\":\"\"}", "twice" },
		{ "[{\"Content\":\"\"}", "cut off" },
		{ "[{\"Content\":\"\"},]", "not the object" },
		{ "[{\"Content\":\"\"}{\"Content\":\"\"}]", "not the object" },
		{ "[[{\"Content\":\"\"}]]", "not the object" },
		{ "[{\"Content\":\"\"}]]", "not the object" },
		{ "[{\"Content\":\"\"}]{\"Content\":\"\"}", "not the object" },
		{ "{\"Content\":\"\"}]", "not the object" },
		{ "[{}]", "it has no Content" },
		{ "{\"Content\":null}", "not the object" },
		{ "{\"Content\":12}", "not the object" },
		{ "{\"Content\":\"\",\"Content\":\"\"}", "twice" },
		{ "{\"Other\":\"\"}", "no Content" },
		{ "{\"Contents\":\"\"}", "no Content" },
		{ "{\"Other\":[", "cut off" },
		{ "{\"Other\":\"\\\"", "cut off" },
		{ "{\"Other\":1 2}", "not the object" },
		{ "{\"Other\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
			"nested too deeply" },
		{ "{\"Other\":]}", "comma" },
		{ "{\"Content\":\"\",}", "not the object" },
		{ "{\"Content\":\"\"}{", "cut off" },
		{ "{\"Content\":\"\"}{}", "no Content" },
		{ "{}{\"Content\":\"\"}", "byte 2: it has no Content" },
		{ "{\"Content\":\"\"},{\"Content\":\"\"}", "not the object" },
		{ "{\"ReportFormat\":\"text/html\"}", "ReportFormat" },
		{ "{\"GeneratedTime\":12x}", "comma" },
		{ "{\"ReportFormat\":\"0123456789012345678901234567890123456"
		  "789012345678901234567890123456789\"}", "ReportFormat" },
	};
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++)
		for (k = 0; k < ARRAY_LEN(pieces); k++) {
			struct error err;
			struct buf out;
			time_t t;

			buf_init(&out, 1 << 20);
			assert_int_equal(read_json(cases[i].json,
						 strlen(cases[i].json),
						 pieces[k], &out, &t, &err),
				-ERROR_MALFORMED);
			if (!strstr(err.text, cases[i].part))
				fail_msg("%zu: '%s' is not in '%s'", i,
					cases[i].part, err.text);
			buf_done(&out);
		}
}

/* A value that is passed over may have 32 brackets in each other, not 33. */
static void a_value_is_nested_so_deep_and_no_deeper(void **state)
{
	static const char *const brackets[] = { "[]", "{}" };
	char json[512];
	struct buf out;
	struct error err;
	size_t i, depth, n, k;
	time_t t;

	(void)state;
	for (i = 0; i < ARRAY_LEN(brackets); i++)
		for (depth = 32; depth <= 33; depth++) {
			buf_init(&out, 4096);
			n = (size_t)sprintf(json, "{\"Other\":");
			for (k = 0; k < depth; k++)
				json[n++] = brackets[i][0];
			for (k = 0; k < depth; k++)
				json[n++] = brackets[i][1];
			n += (size_t)sprintf(json + n, ",\"Content\":\"" CSV64
				"\"}");
			assert_int_equal(read_json(json, n, SIZE_MAX, &out, &t,
				&err), depth == 32 ? 0 : -ERROR_MALFORMED);
			if (depth == 32)
				assert_string_equal(buf_str(&out), CSV);
			else
				assert_non_null(strstr(err.text,
					"nested too deeply"));
			buf_done(&out);
		}
}

static int count(void *data, const struct report_row *row, struct error *err)
{
	(void)row;
	(void)err;
	++*(unsigned *)data;
	return 0;
}

/* In lines of 76, as base64(1) writes it; and two reports, padded and not. */
#define WRAPPED                                                                \
	"dXNlcixhcm4sbWZhX2FjdGl2ZSxwYXNzd29yZF9lbmFibGVkCmFs\n"              \
	"aWNlLGEsdHJ1ZSxmYWxz\r\nZQ==\n"
#define BOM "\xef\xbb\xbf"

static void the_first_bytes_tell_the_form(void **state)
{
	static const struct {
		const char *text;
		bool generated;
	} cases[] = {
		{ CSV, false },
		{ "\n\n" CSV "\n", false },
		{ BOM CSV, false },
		{ BOM "{\"Content\":\"" CSV64 "\",\"GeneratedTime\":"
		  "\"2026-09-11T13:14:43Z\"}", true },
		/* --output text, as it is and with a query */
		{ CSV64 "\t2026-09-11T13:14:43+00:00\ttext/csv\n", true },
		{ BOM CSV64 "\t2026-09-11T13:14:43+00:00\ttext/csv\r\n", true },
		{ "2026-09-11T13:14:43+00:00\t" CSV64 "\n", true },
		{ "text/csv\t" CSV64, false },
		{ CSV64 "\n", false },
		{ CSV64, false },
		{ "\"" CSV64 "\"\n", false },
		{ "\n " CSV64 "\n\n", false },
		/* --output yaml and table */
		{ "Content: " CSV64 "\nGeneratedTime: '2026-09-11T13:14:43+00:00'"
		  "\nReportFormat: text/csv\n", true },
		{ "- Content: " CSV64 "\n  GeneratedTime: \"2026-09-11T13:14:43Z"
		  "\"\n  ReportFormat: text/csv\n", true },
		{ "-------------------------\n|  GetCredentialReport  |\n"
		  "+----------------+------+\n|  Content       |  " CSV64 "  |\n"
		  "|  GeneratedTime |  2026-09-11T13:14:43+00:00  |\n"
		  "|  ReportFormat  |  text/csv  |\n+----------------+------+\n",
			true },
		{ WRAPPED, false },
		{ CSV64 "\tsoon\ttext/csv\n", false },
		{ " {\"Content\":\"" CSV64 "\",\"GeneratedTime\":"
		  "\"2026-09-11T13:14:43Z\"}", true },
	};
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(report_input_free) struct report_input *in = NULL;
		unsigned rows = 0;
		struct report_events events = { .row = count, .data = &rows };
		time_t t = 0;

		assert_int_equal(report_input_new(&in, &events, NULL), 0);
		for (k = 0; cases[i].text[k]; k++)
			assert_int_equal(report_input_feed(in,
						 cases[i].text + k, 1, NULL),
				0);
		assert_int_equal(report_input_finish(in, NULL), 0);
		assert_int_equal(rows, 1);
		assert_int_equal(report_count(report_input_report(in)), 1);
		assert_int_equal(report_input_generated(in, &t),
			cases[i].generated);
		assert_int_equal(t, cases[i].generated ? WHEN : 0);
	}
}

/* All of it at once, and byte by byte. */
static int read_input(const char *text, size_t piece, unsigned *ret_rows,
	unsigned *ret_reports, bool *ret_generated, struct error *err)
{
	CLEANUP(report_input_free) struct report_input *in = NULL;
	struct report_events events = { .row = count, .data = ret_rows };
	size_t n = strlen(text), at, k;
	time_t t;
	int r = 0;

	*ret_rows = 0;
	assert_int_equal(report_input_new(&in, &events, NULL), 0);
	for (at = 0; at < n && r >= 0; at += k) {
		k = n - at < piece ? n - at : piece;
		r = report_input_feed(in, text + at, k, err);
	}
	if (r >= 0)
		r = report_input_finish(in, err);
	*ret_reports = report_count(report_input_report(in));
	*ret_generated = report_input_generated(in, &t);
	return r;
}

#define OBJECT(time) "{\"Content\":\"" CSV64 "\",\"GeneratedTime\":\"" time "\"}"
#define LINE CSV64 "\t2026-09-11T13:14:43+00:00\ttext/csv\n"

static void texts_that_follow_each_other_are_several_reports(void **state)
{
	static const struct {
		const char *text;
		bool generated;
	} cases[] = {
		{ LINE LINE, true },
		{ CSV64 "\n" CSV64 "\n", false },
		{ LINE CSV64 "\n", false },
		{ WRAPPED WRAPPED, false },
		{ OBJECT("2026-09-11T13:14:43Z") "\n"
		  OBJECT("2026-10-11T13:14:43Z") "\n", true },
		{ OBJECT("2026-10-11T13:14:43Z") OBJECT("2026-09-11T13:14:43Z"),
			true },
		{ "[" OBJECT("2026-10-11T13:14:43Z") ", \n"
		  OBJECT("2026-09-11T13:14:43Z") "]", true },
		{ BOM "[{\"Content\":\"\\ufeff\\\"user\\\",\\\"arn\\\","
		  "mfa_active,password_enabled\\r\\nalice,a,true,false\\r\\n\"},"
		  "{\"Content\":\"\\\"user\\\",arn,mfa_active,"
		  "password_enabled\\nalice,a,true,false\"}]", false },
		{ OBJECT("2026-09-11T13:14:43Z") OBJECT("soon"), false },
		{ OBJECT("soon") OBJECT("2026-09-11T13:14:43Z"), false },
	};
	unsigned rows, reports;
	bool generated;
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++)
		for (k = 0; k < ARRAY_LEN(pieces); k++) {
			struct error err = { .text = "" };

			if (read_input(cases[i].text, pieces[k], &rows,
				    &reports, &generated, &err) < 0)
				fail_msg("%zu: %s", i, err.text);
			assert_int_equal(rows, 2);
			assert_int_equal(reports, 2);
			assert_int_equal(generated, cases[i].generated);
		}
}

static void base64_that_is_none_or_cut_off_is_refused(void **state)
{
	static const struct {
		const char *text, *part;
	} cases[] = {
		{ "dXNlcixhcm4sbWZhX2FjdGl2ZSxwYXNzd29yZF9lbmFibGVkCmF",
			"cut off" },
		{ "dXNlcixhcm4sbWZhX2FjdGl2ZSxwYXNzd29yZF9l*FibGVk",
			"byte 40: it is none" },
		{ "PGh0bWw+PGh0bWw+PGh0bWw+PGh0bWw+PGh0bWw+", "HTML" },
		{ "hello world", "no header" },
		{ "0123456789012345678901234567890123456789", "no header" },
	};
	unsigned rows, reports;
	bool generated;
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++)
		for (k = 0; k < ARRAY_LEN(pieces); k++) {
			struct error err = { .text = "" };

			assert_int_equal(read_input(cases[i].text, pieces[k],
						 &rows, &reports, &generated,
						 &err),
				-ERROR_MALFORMED);
			if (!strstr(err.text, cases[i].part))
				fail_msg("%zu: '%s' is not in '%s'", i,
					cases[i].part, err.text);
		}
}

static void an_empty_input_is_an_error(void **state)
{
	CLEANUP(report_input_free) struct report_input *in = NULL;
	struct report_events events = { .row = count };
	struct error err;

	(void)state;
	assert_int_equal(report_input_new(&in, &events, NULL), 0);
	assert_int_equal(report_input_feed(in, " \n", 2, &err), 0);
	assert_int_equal(report_input_finish(in, &err), -ERROR_MALFORMED);
	assert_non_null(strstr(err.text, "empty"));
}

static void content_that_is_no_csv_is_the_readers_error(void **state)
{
	static const char json[] = "{\"Content\":\"aGVsbG8K\"}";
	CLEANUP(report_input_free) struct report_input *in = NULL;
	struct report_events events = { .row = count };
	struct error err;

	(void)state;
	assert_int_equal(report_input_new(&in, &events, NULL), 0);
	assert_int_equal(report_input_feed(in, json, strlen(json), &err),
		-ERROR_MALFORMED);
	assert_non_null(strstr(err.text, "no header"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_object_is_decoded_however_it_is_written),
		cmocka_unit_test(a_long_name_is_not_taken_for_a_known_one),
		cmocka_unit_test(a_code_point_becomes_its_bytes),
		cmocka_unit_test(everything_else_is_refused),
		cmocka_unit_test(a_value_is_nested_so_deep_and_no_deeper),
		cmocka_unit_test(the_first_bytes_tell_the_form),
		cmocka_unit_test(texts_that_follow_each_other_are_several_reports),
		cmocka_unit_test(base64_that_is_none_or_cut_off_is_refused),
		cmocka_unit_test(an_empty_input_is_an_error),
		cmocka_unit_test(content_that_is_no_csv_is_the_readers_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
