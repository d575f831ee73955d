/* SPDX-License-Identifier: Apache-2.0 */
/* Failures as values; deadlines. */
#include "base/deadline.h"
#include "base/error.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sys/time.h>

static void an_error_is_a_negative_code_with_a_sentence(void **state)
{
	(void)state;
	memset(&err, 0xff, sizeof(err));
	assert_int_equal(error_set(&err, ERROR_BUSY, "'%s' is held", "x"),
		-ERROR_BUSY);
	assert_int_equal(err.code, ERROR_BUSY);
	assert_string_equal(err.text, "'x' is held");
	assert_int_equal(err.verdict, 0);
	assert_int_equal(err.status, 0);
	assert_string_equal(err.foreign, "");
	assert_string_equal(err.request_id, "");
	assert_int_equal(error_set(NULL, ERROR_PIN, "x"), -ERROR_PIN);
}

static void the_system_s_reason_comes_last(void **state)
{
	char long_name[600];

	(void)state;
	assert_int_equal(error_errno(&err, ERROR_FAILED, ENOENT,
		"cannot open '%s'", "f"), -ERROR_FAILED);
	assert_string_equal(err.text,
		"cannot open 'f': No such file or directory");
	memset(long_name, 'a', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	error_errno(&err, ERROR_FAILED, EIO, "cannot open '%s'", long_name);
	assert_non_null(strstr(err.text, ": Input/output error"));
	assert_int_equal(error_errno(NULL, ERROR_BUSY, EIO, "x"), -ERROR_BUSY);
}

static void what_may_not_be_opened_is_a_permission(void **state)
{
	static const struct {
		int errnum, code;
	} rows[] = {
		{ EACCES, ERROR_PERMISSION }, { EPERM, ERROR_PERMISSION },
		{ EROFS, ERROR_PERMISSION }, { ELOOP, ERROR_PERMISSION },
		{ ENOENT, ERROR_FAILED }, { EIO, ERROR_FAILED },
		{ ENOSPC, ERROR_FAILED }, { EEXIST, ERROR_FAILED },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(error_access(&err, rows[i].errnum,
			"cannot open '%s'", "f"), -rows[i].code);
		assert_int_equal(err.code, rows[i].code);
		assert_ptr_equal(strstr(err.text, "cannot open 'f': "),
			err.text);
	}
}

static void control_characters_cannot_get_into_a_sentence(void **state)
{
	(void)state;
	error_set(&err, ERROR_FAILED, "a\nb\x1b[2Jc\xffz\xe2\x80\xae.");
	assert_string_equal(err.text, "a?b?[2Jc?z???.");
}

static void a_long_sentence_is_cut_between_characters(void **state)
{
	static const char *const letters[] = { "a", "\xc3\xa4",
		"\xe2\x82\xac", "\xf0\x9f\x94\x91" };
	char s[2048];
	size_t i, shift, n;

	(void)state;
	for (i = 0; i < ARRAY_LEN(letters); i++)
		for (shift = 0; shift < 4; shift++) {
			memset(s, 'x', shift);
			n = shift;
			while (n + 4 < sizeof(s)) {
				memcpy(s + n, letters[i], strlen(letters[i]));
				n += strlen(letters[i]);
			}
			s[n] = '\0';
			error_set(&err, ERROR_FAILED, "%s", s);
			n = strlen(err.text);
			assert_true(n >= sizeof(err.text) - 4);
			assert_null(strchr(err.text, '?'));
			assert_memory_equal(err.text, s, n);
		}
}

static void a_copied_error_is_the_same(void **state)
{
	struct error from = { .code = ERROR_REMOTE, .status = 409,
		.text = "x", .foreign = "DeleteConflict" }, to;

	(void)state;
	assert_int_equal(error_copy(&to, &from), -ERROR_REMOTE);
	assert_memory_equal(&to, &from, sizeof(to));
	assert_int_equal(error_copy(NULL, &from), -ERROR_REMOTE);
	assert_int_equal(error_memory(&to), -ERROR_FAILED);
	assert_string_equal(to.text, "cannot allocate memory");
}

static void every_code_has_its_own_name(void **state)
{
	int a, b;

	(void)state;
	for (a = ERROR_FAILED; a <= ERROR_VERDICT; a++)
		for (b = ERROR_FAILED; b < a; b++)
			assert_string_not_equal(error_name(a), error_name(b));
	assert_string_equal(error_name(ERROR_NO_TOKEN), "no-token");
	assert_string_equal(error_name(0), "failed");
	assert_string_equal(error_name(-3), "failed");
	assert_string_equal(error_name(ERROR_VERDICT + 1), "failed");
	assert_string_equal(error_name(INT_MAX), "failed");
}

static void a_deadline_passes(void **state)
{
	deadline_t d = deadline_in(20);

	(void)state;
	assert_false(deadline_passed(d));
	assert_true(deadline_left(d) > 0 && deadline_left(d) <= 20);
	assert_false(deadline_sleep(d, -1));
	assert_true(deadline_passed(d));
	assert_int_equal(deadline_left(d), 0);
	assert_true(deadline_passed(deadline_in(-1)));
	assert_int_equal(deadline_left(deadline_in(-1000)), 0);
	assert_true(deadline_passed(deadline_in(0)));
}

static void never_is_never(void **state)
{
	(void)state;
	assert_false(deadline_passed(DEADLINE_NEVER));
	assert_int_equal(deadline_left(DEADLINE_NEVER), -1);
	assert_int_equal(deadline_left(DEADLINE_NEVER - 1), INT_MAX);
	assert_true(deadline_min(5, DEADLINE_NEVER) == 5);
	assert_true(deadline_min(DEADLINE_NEVER, 5) == 5);
}

static void a_readable_descriptor_ends_the_sleep(void **state)
{
	int p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	assert_false(deadline_sleep(deadline_in(10), p[0]));
	assert_int_equal(write(p[1], "x", 1), 1);
	assert_true(deadline_sleep(deadline_in(10000), p[0]));
	assert_true(deadline_sleep(DEADLINE_NEVER, p[0]));
	close(p[0]);
	close(p[1]);
}

static void on_alarm(int sig)
{
	(void)sig;
}

static void a_signal_does_not_end_the_sleep(void **state)
{
	const struct itimerval often = { { 0, 5000 }, { 0, 5000 } };
	const struct itimerval off = { { 0, 0 }, { 0, 0 } };
	struct sigaction sa = { .sa_handler = on_alarm };
	int64_t start = deadline_now();

	(void)state;
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	assert_false(deadline_sleep(deadline_in(60), -1));
	setitimer(ITIMER_REAL, &off, NULL);
	assert_true(deadline_now() - start >= 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_error_is_a_negative_code_with_a_sentence),
		cmocka_unit_test(the_system_s_reason_comes_last),
		cmocka_unit_test(what_may_not_be_opened_is_a_permission),
		cmocka_unit_test(control_characters_cannot_get_into_a_sentence),
		cmocka_unit_test(a_long_sentence_is_cut_between_characters),
		cmocka_unit_test(a_copied_error_is_the_same),
		cmocka_unit_test(every_code_has_its_own_name),
		cmocka_unit_test(a_deadline_passes),
		cmocka_unit_test(never_is_never),
		cmocka_unit_test(a_readable_descriptor_ends_the_sleep),
		cmocka_unit_test(a_signal_does_not_end_the_sleep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
