/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a report: JSON twice, from a file or a pipe, CSV once. */
#include "bridge/audit/file/input.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define CSV                                                                    \
	"user,arn,password_enabled,mfa_active\n"                               \
	"al,arn:aws:iam::123456789012:user/al,true,false\n"
#define CSV64                                                                  \
	"dXNlcixhcm4scGFzc3dvcmRfZW5hYmxlZCxtZmFfYWN0aXZlCmFsLGFybjphd3M6aWFt" \
	"OjoxMjM0NTY3ODkwMTI6dXNlci9hbCx0cnVlLGZhbHNlCg=="
#define JSON                                                                   \
	"{\"Content\":\"" CSV64 "\",\"GeneratedTime\":"                        \
	"\"2026-09-11T13:14:43Z\"}"
#define WHEN 1789132483

/* Standard input becomes what a pipe, or a file, has of the text. */
static void become_stdin(const char *text, bool is_pipe)
{
	char path[] = "/tmp/tokenbridge-input-XXXXXX";
	int fds[2] = { -1, -1 };

	if (is_pipe) {
		assert_int_equal(pipe(fds), 0);
	} else {
		fds[0] = fds[1] = mkstemp(path);
		assert_true(fds[0] >= 0);
		unlink(path);
	}
	assert_int_equal(write(fds[1], text, strlen(text)), strlen(text));
	if (!is_pipe)
		assert_int_equal(lseek(fds[0], 0, SEEK_SET), 0);
	assert_int_equal(dup2(fds[0], STDIN_FILENO), STDIN_FILENO);
	close(fds[0]);
	if (is_pipe)
		close(fds[1]);
}

static int count(void *data, const struct report_row *row, struct error *err)
{
	(void)row;
	(void)err;
	++*(unsigned *)data;
	return 0;
}

/* The rows of standard input; *ret_told is what audit_input_generated says. */
static unsigned read_rows(int *ret_told, time_t *ret)
{
	static const struct run run = { .cancel_fd = -1 };
	const struct audit a = { .run = &run };
	CLEANUP(audit_input_done) struct audit_input in = { .owned = -1 };
	CLEANUP(report_input_free) struct report_input *parser = NULL;
	unsigned rows = 0;
	const struct report_events events = { .row = count, .data = &rows };
	struct error err;

	assert_int_equal(report_input_new(&parser, &events, &err), 0);
	assert_int_equal(audit_input_open(&in, &a, "-", &err), 0);
	*ret_told = audit_input_generated(&in, ret, &err);
	assert_int_equal(audit_input_feed(&in, parser, &err), 0);
	return rows;
}

static void json_tells_its_time_and_is_read_again(void **state)
{
	int told, is_pipe;
	time_t when;

	(void)state;
	for (is_pipe = 0; is_pipe <= 1; is_pipe++) {
		become_stdin(JSON, is_pipe);
		when = 0;
		assert_int_equal(read_rows(&told, &when), 1);
		assert_int_equal(told, 1);
		assert_int_equal(when, WHEN);
	}
}

#define TEXT CSV64 "\t2026-09-11T13:14:43+00:00\ttext/csv\n"

static void text_tells_its_time_and_is_read_again(void **state)
{
	int told, is_pipe;
	time_t when;

	(void)state;
	for (is_pipe = 0; is_pipe <= 1; is_pipe++) {
		become_stdin(TEXT, is_pipe);
		when = 0;
		assert_int_equal(read_rows(&told, &when), 1);
		assert_int_equal(told, 1);
		assert_int_equal(when, WHEN);
	}
}

static void a_csv_tells_no_time_and_is_read_once(void **state)
{
	int told, is_pipe;
	time_t when;

	(void)state;
	for (is_pipe = 0; is_pipe <= 1; is_pipe++) {
		become_stdin(CSV, is_pipe);
		when = 77;
		assert_int_equal(read_rows(&told, &when), 1);
		assert_int_equal(told, 0);
		assert_int_equal(when, 77);
	}
}

static void json_that_ends_early_is_an_error(void **state)
{
	static const struct run run = { .cancel_fd = -1 };
	const struct audit a = { .run = &run };
	CLEANUP(audit_input_done) struct audit_input in = { .owned = -1 };
	struct error err;
	time_t when = 77;

	(void)state;
	become_stdin("{\"Content\":\"", true);
	assert_int_equal(audit_input_open(&in, &a, "-", &err), 0);
	assert_int_equal(audit_input_generated(&in, &when, &err),
		-ERROR_MALFORMED);
	assert_int_equal(when, 77);
}

static void nobody_waits_for_bytes_of_a_run_that_is_broken_off(void **state)
{
	CLEANUP(audit_input_done) struct audit_input in = { .owned = -1 };
	struct audit a = { .run = NULL };
	struct run run = { .cancel_fd = -1 };
	int silent[2], cancel[2];
	struct error err;

	(void)state;
	assert_int_equal(pipe(silent), 0);
	assert_int_equal(pipe(cancel), 0);
	assert_int_equal(dup2(silent[0], STDIN_FILENO), STDIN_FILENO);
	assert_int_equal(write(cancel[1], "x", 1), 1);
	run.cancel_fd = cancel[0];
	a.run = &run;
	assert_int_equal(audit_input_open(&in, &a, "-", &err),
		-ERROR_INTERRUPTED);
	close(silent[0]);
	close(silent[1]);
	close(cancel[0]);
	close(cancel[1]);
}

static void a_dash_is_standard_input(void **state)
{
	(void)state;
	assert_string_equal(audit_input_name("-"), "standard input");
	assert_string_equal(audit_input_name("./-"), "./-");
}

static void the_first_bytes_that_are_no_blank_tell_the_form(void **state)
{
	static const struct {
		const char *text;
		enum report_form form;
	} cases[] = {
		{ "", REPORT_FORM_UNKNOWN }, { " \t\r\n", REPORT_FORM_UNKNOWN },
		/* one byte may be the first of two, in UTF-16 */
		{ "{", REPORT_FORM_UNKNOWN }, { "<", REPORT_FORM_UNKNOWN },
		{ "{\"", REPORT_FORM_JSON }, { "\n {x", REPORT_FORM_JSON },
		{ "\xff\xfeu", REPORT_FORM_WIDE }, { "\xfe\xffu", REPORT_FORM_WIDE },
		{ "user", REPORT_FORM_UNKNOWN }, { "user,", REPORT_FORM_CSV },
		{ " \"{", REPORT_FORM_UNKNOWN }, { "<h", REPORT_FORM_CSV },
		{ "\xef\xbb", REPORT_FORM_UNKNOWN },
		{ "\xef\xbb\xbf{", REPORT_FORM_JSON },
		{ "\"user\",\"arn\"", REPORT_FORM_CSV },
		{ "dXNlcixhcm4sbWZhX2FjdGl2ZSxwYXNz", REPORT_FORM_TEXT },
		{ "\"dXNlcixhcm4sbWZhX2FjdGl2ZSxwYXNz", REPORT_FORM_TEXT },
		{ "2026-01-02T03:04:05Z\tdXNlcixhcm4sbWZhX2FjdGl2ZSxwYXNz",
			REPORT_FORM_TEXT },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(report_form_of(
			(const unsigned char *)cases[i].text,
			strlen(cases[i].text)), cases[i].form);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_tells_its_time_and_is_read_again),
		cmocka_unit_test(text_tells_its_time_and_is_read_again),
		cmocka_unit_test(a_csv_tells_no_time_and_is_read_once),
		cmocka_unit_test(json_that_ends_early_is_an_error),
		cmocka_unit_test(
			nobody_waits_for_bytes_of_a_run_that_is_broken_off),
		cmocka_unit_test(a_dash_is_standard_input),
		cmocka_unit_test(
			the_first_bytes_that_are_no_blank_tell_the_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
