/* SPDX-License-Identifier: Apache-2.0 */
/* The report as JSON, and the choice between it and CSV. */
#include "aws/report/input.h"
#include "aws/report/json.h"

#include "base/buf.h"
#include "base/encode.h"

#include <setjmp.h>
#include <stdarg.h>
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
		{ "{\"Content\":\"dX\\u004elcg==\"}", "escape" },
		{ "{\"Content\":null}", "not the object" },
		{ "{\"Content\":12}", "not the object" },
		{ "{\"Content\":\"\",\"Content\":\"\"}", "twice" },
		{ "{\"Other\":\"\"}", "'Other' is none" },
		{ "{\"content\":\"\"}", "'content' is none" },
		{ "{\"Content\":\"\",}", "not the object" },
		{ "{\"Content\":\"\"}{", "more than one" },
		{ "{\"ReportFormat\":\"text/html\"}", "ReportFormat" },
		{ "{\"GeneratedTime\":\"yesterday\"}", "no time" },
		{ "{\"GeneratedTime\":12x}", "comma" },
		{ "{\"ReportFormat\":\"0123456789012345678901234567890123456"
		  "789012345678901234567890123456789\"}", "no credential" },
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

static int count(void *data, const struct report_row *row, struct error *err)
{
	(void)row;
	(void)err;
	++*(unsigned *)data;
	return 0;
}

static void the_first_byte_tells_json_from_csv(void **state)
{
	static const struct {
		const char *text;
		bool generated;
	} cases[] = {
		{ CSV, false },
		{ "\n\n" CSV "\n", false },
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
		cmocka_unit_test(everything_else_is_refused),
		cmocka_unit_test(the_first_byte_tells_json_from_csv),
		cmocka_unit_test(an_empty_input_is_an_error),
		cmocka_unit_test(content_that_is_no_csv_is_the_readers_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
