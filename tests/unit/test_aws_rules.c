/* SPDX-License-Identifier: Apache-2.0 */
/* Retries, form encoding, arguments, base64 in pieces: rules without I/O. */
#include "aws/api/check.h"
#include "aws/text/form.h"
#include "aws/query/retry.h"
#include "aws/report/wrap/base64-stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void a_failed_attempt_has_a_class(void **state)
{
	static const struct {
		struct attempt attempt;
		enum retry class;
	} rows[] = {
		{ { true, 400, "Throttling", false }, RETRY_THROTTLED },
		{ { true, 503, "SlowDown", false }, RETRY_THROTTLED },
		{ { true, 429, NULL, false }, RETRY_THROTTLED },
		{ { true, 409, "LimitExceeded", false }, RETRY_NO },
		{ { true, 409, "LimitExceeded", true }, RETRY_THROTTLED },
		{ { true, 400, "RequestTimeout", false }, RETRY_TRANSIENT },
		{ { true, 500, "ServiceFailure", false }, RETRY_TRANSIENT },
		{ { true, 502, NULL, false }, RETRY_TRANSIENT },
		{ { true, 503, NULL, false }, RETRY_TRANSIENT },
		{ { true, 504, NULL, false }, RETRY_TRANSIENT },
		{ { true, 501, NULL, false }, RETRY_NO },
		{ { true, 0, NULL, false }, RETRY_TRANSIENT },
		{ { false, 0, NULL, false }, RETRY_TRANSIENT },
		{ { true, 200, NULL, false }, RETRY_NO },
		{ { true, 403, "AccessDenied", false }, RETRY_NO },
		{ { true, 409, "EntityAlreadyExists", false }, RETRY_NO },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(retry_class(&rows[i].attempt), rows[i].class);
}

static void a_change_of_unknown_effect_is_not_repeated(void **state)
{
	struct attempt lost = { .sent = true, .status = 0 };
	struct attempt unsent = { .sent = false, .status = 0 };
	struct attempt broken = { .sent = true, .status = 500 };
	struct attempt slow = { .sent = true, .status = 400 };

	(void)state;
	assert_false(retry_again(RETRY_TRANSIENT, &lost, false, 1, 0));
	assert_false(retry_again(RETRY_TRANSIENT, &broken, false, 1, 0));
	assert_true(retry_again(RETRY_TRANSIENT, &unsent, false, 1, 0));
	assert_true(retry_again(RETRY_TRANSIENT, &slow, false, 1, 0));
	assert_true(retry_again(RETRY_THROTTLED, &slow, false, 1, 0));
	assert_true(retry_again(RETRY_TRANSIENT, &lost, true, 1, 0));
	assert_true(retry_again(RETRY_TRANSIENT, &broken, true, 1, 0));
	assert_false(retry_again(RETRY_NO, &unsent, true, 1, 0));
}

static void attempts_are_counted(void **state)
{
	struct attempt a = { .sent = true, .status = 503 };

	(void)state;
	assert_true(retry_again(RETRY_TRANSIENT, &a, true, 2, 0));
	assert_false(retry_again(RETRY_TRANSIENT, &a, true, 3, 0));
	assert_true(retry_again(RETRY_THROTTLED, &a, true, 4, 0));
	assert_false(retry_again(RETRY_THROTTLED, &a, true, 5, 0));
	assert_false(retry_again(RETRY_THROTTLED, &a, true, 1, 1));
	assert_true(retry_again(RETRY_TRANSIENT, &a, true, 9, 10));
	assert_false(retry_again(RETRY_TRANSIENT, &a, true, 10, 10));
}

static void pauses_double_up_to_twenty_seconds(void **state)
{
	(void)state;
	assert_int_equal(retry_delay(RETRY_TRANSIENT, 1, 0), 0);
	assert_int_equal(retry_delay(RETRY_TRANSIENT, 1, UINT32_MAX), 99);
	assert_int_equal(retry_delay(RETRY_TRANSIENT, 3, UINT32_MAX), 399);
	assert_int_equal(retry_delay(RETRY_THROTTLED, 1, 1u << 31), 500);
	assert_int_equal(retry_delay(RETRY_THROTTLED, 5, UINT32_MAX), 15999);
	assert_int_equal(retry_delay(RETRY_THROTTLED, 6, UINT32_MAX), 19999);
	assert_int_equal(retry_delay(RETRY_THROTTLED, 4000000000u,
				 UINT32_MAX),
		19999);
}

static void a_form_encodes_all_but_the_unreserved(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	form_put(&b, "Action", "A-z_0.9~");
	form_put(&b, "a b", "arn:x/+=,@&\"\xc3\xa9");
	assert_string_equal(buf_str(&b), "Action=A-z_0.9~&a%20b="
		"arn%3Ax%2F%2B%3D%2C%40%26%22%C3%A9");
	buf_done(&b);
}

static void arguments_keep_to_the_model(void **state)
{
	char name[300];

	(void)state;
	memset(name, 'a', sizeof(name));
	assert_int_equal(check_user("alice", false, NULL), 0);
	assert_int_equal(check_user("a+=,.@-_9", false, NULL), 0);
	assert_int_equal(check_user(NULL, true, NULL), 0);
	assert_int_equal(check_user("", false, NULL), -ERROR_USAGE);
	assert_int_equal(check_user("a/b", false, NULL), -ERROR_USAGE);
	assert_int_equal(check_user("<root_account>", false, NULL),
		-ERROR_USAGE);
	name[128] = '\0';
	assert_int_equal(check_user(name, false, NULL), 0);
	name[128] = 'a';
	name[129] = '\0';
	assert_int_equal(check_user(name, false, NULL), -ERROR_USAGE);

	assert_int_equal(check_serial("GAHT12345678", NULL), 0);
	assert_int_equal(check_serial("arn:aws:iam::123456789012:mfa/a", NULL),
		0);
	assert_int_equal(check_serial("12345678", NULL), -ERROR_USAGE);
	assert_int_equal(check_serial("123456 789", NULL), -ERROR_USAGE);

	assert_int_equal(check_code("012345", NULL), 0);
	assert_int_equal(check_code("12345", NULL), -ERROR_USAGE);
	assert_int_equal(check_code("1234567", NULL), -ERROR_USAGE);
	assert_int_equal(check_code("12345a", NULL), -ERROR_USAGE);

	assert_int_equal(check_path(NULL, NULL), 0);
	assert_int_equal(check_path("/", NULL), 0);
	assert_int_equal(check_path("/a/b/", NULL), 0);
	assert_int_equal(check_path("", NULL), -ERROR_USAGE);
	assert_int_equal(check_path("a/", NULL), -ERROR_USAGE);
	assert_int_equal(check_path("/a", NULL), -ERROR_USAGE);
	assert_int_equal(check_path("/a b/", NULL), -ERROR_USAGE);

	assert_int_equal(check_device_name("tb-alice-01ff", NULL), 0);
	assert_int_equal(check_device_name("a:b", NULL), -ERROR_USAGE);
}

static void a_code_is_never_in_the_error(void **state)
{
	struct error err;

	(void)state;
	assert_int_equal(check_code("1234567", &err), -ERROR_USAGE);
	assert_null(strstr(err.text, "1234567"));
}

static void base64_is_read_however_it_is_cut(void **state)
{
	static const struct {
		const char *text;
		int result;
		const char *bytes;
	} rows[] = {
		{ "", 0, "" },
		{ "Zg==", 0, "f" },
		{ "Zm8=", 0, "fo" },
		{ "Zm9v", 0, "foo" },
		{ "Zm9vYmFyIQ==", 0, "foobar!" },
		{ "Zm9vYg==Zm9v", -1, NULL },
		{ "Zm9v\nYg==", -1, NULL },
		{ "Zh==", -1, NULL },
		{ "Zm9=", -1, NULL },
		{ "=m9v", -1, NULL },
		{ "Z===", -1, NULL },
		{ "Zm=v", -1, NULL },
		{ "Zm9v=", -2, NULL },
		{ "Zm9vY", -2, NULL },
		{ "Zm9\xff", -1, NULL },
	};
	size_t i, piece;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		for (piece = 1; piece < 9; piece++) {
			struct base64_stream s;
			unsigned char out[32];
			const char *p = rows[i].text;
			size_t n = strlen(p), k, at, o = 0, more, bad;
			int r = 0;

			base64_stream_init(&s);
			for (at = 0; at < n && r == 0; at += k) {
				k = n - at < piece ? n - at : piece;
				more = 0;
				r = base64_stream_feed(&s, p + at, k, out + o,
					&more, &bad);
				o += more;
			}
			if (r == 0 && !base64_stream_complete(&s))
				r = -2;
			assert_int_equal(r, rows[i].result);
			if (r < 0)
				continue;
			assert_int_equal(o, strlen(rows[i].bytes));
			assert_memory_equal(out, rows[i].bytes, o);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failed_attempt_has_a_class),
		cmocka_unit_test(a_change_of_unknown_effect_is_not_repeated),
		cmocka_unit_test(attempts_are_counted),
		cmocka_unit_test(pauses_double_up_to_twenty_seconds),
		cmocka_unit_test(a_form_encodes_all_but_the_unreserved),
		cmocka_unit_test(arguments_keep_to_the_model),
		cmocka_unit_test(a_code_is_never_in_the_error),
		cmocka_unit_test(base64_is_read_however_it_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
