/* SPDX-License-Identifier: Apache-2.0 */
/* The report in UTF-16, as PowerShell writes files. */
#include "aws/report/input.h"
#include "aws/report/wrap/wide.h"

#include "base/buf.h"

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
/* in lines, as base64(1) writes it */
#define WRAPPED                                                                \
	"dXNlcixhcm4sbWZhX2FjdGl2ZSxwYXNzd29yZF9lbmFibGVkCmFs\n"              \
	"aWNlLGEsdHJ1ZSxmYWxz\r\nZQ==\n"
#define LINE CSV64 "\t2026-09-11T13:14:43+00:00\ttext/csv\n"

static const size_t pieces[] = { SIZE_MAX, 1, 3, 7 };

static int count(void *data, const struct report_row *row, struct error *err)
{
	(void)row;
	(void)err;
	++*(unsigned *)data;
	return 0;
}

/* The same bytes with a NUL beside each. */
static size_t widened(const char *text, bool big, bool mark, char *ret)
{
	size_t n = 0;

	if (mark) {
		ret[n++] = big ? '\xfe' : '\xff';
		ret[n++] = big ? '\xff' : '\xfe';
	}
	for (; *text; text++) {
		ret[n + big] = *text;
		ret[n + !big] = '\0';
		n += 2;
	}
	return n;
}

static void utf_16_is_read_as_what_it_says(void **state)
{
	static const char *const texts[] = { CSV, "\n\n" CSV "\r\n",
		LINE, "{\"Content\":\"" CSV64 "\"}", WRAPPED,
		"user\tarn\tmfa_active\tpassword_enabled\r\nalice\ta\ttrue\t"
		"false\r\n" };
	unsigned way, rows;
	char wide[1024];
	size_t i, k, n, at;

	(void)state;
	for (i = 0; i < ARRAY_LEN(texts); i++)
		for (way = 0; way < 4 * ARRAY_LEN(pieces); way++) {
			CLEANUP(report_input_free) struct report_input *in =
				NULL;
			struct report_events events = { .row = count,
				.data = &rows };

			rows = 0;
			n = widened(texts[i], way & 1, way & 2, wide);
			assert_int_equal(report_form_of((unsigned char *)wide,
						 n), REPORT_FORM_WIDE);
			assert_int_equal(report_input_new(&in, &events, NULL),
				0);
			for (at = 0; at < n; at += k) {
				k = pieces[way / 4] < n - at ? pieces[way / 4] :
					n - at;
				assert_int_equal(report_input_feed(in,
							 wide + at, k, NULL),
					0);
			}
			assert_int_equal(report_input_finish(in, NULL), 0);
			assert_int_equal(rows, 1);
		}
}

static void utf_16_becomes_utf_8(void **state)
{
	static const struct {
		const char *p;
		size_t n;
		const char *want; /* NULL: malformed */
	} cases[] = {
		{ "\x41\0\xe9\0\xac\x20\x3d\xd8\x00\xde", 10,
			"A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" },
		{ "\xff\xfe\x41\0\xff\xfe", 6, "A\xef\xbb\xbf" },
		{ "\x41\0\x3d", 3, NULL },
		{ "\x41\0\x3d\xd8", 4, NULL },
		{ "\x41\0\x3d\xd8\x41\0", 6, NULL },
		{ "\x41\0\x00\xde\x41\0", 6, NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct wide w = { .order = WIDE_LITTLE };
		CLEANUP(buf_done) struct buf b;
		struct error err;
		int r;

		buf_init(&b, 64);
		r = wide_feed(&w, (const unsigned char *)cases[i].p,
			cases[i].n, &b, &err);
		if (r >= 0)
			r = wide_finish(&w, &err);
		assert_int_equal(r, cases[i].want ? 0 : -ERROR_MALFORMED);
		if (cases[i].want)
			assert_string_equal(buf_str(&b), cases[i].want);
		else
			assert_non_null(strstr(err.text, "UTF-8"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf_16_is_read_as_what_it_says),
		cmocka_unit_test(utf_16_becomes_utf_8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
