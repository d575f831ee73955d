/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs that print keys, as far as they end or not: how long they have, what
 * is said of one that says nothing, and where advice stands. And a program of
 * ours that has no HTTP.
 */
#include "aws/http/http.h"
#include "aws/source/program.h"
#include "aws/source/source.h"
#include "base/capture.h"

#include "tests/unit/unit.h"

#include <time.h>

static int fails, status;
static const char *out, *words;
static int asked_left; /* ms that it was given */

WRAP(int, capture_run, const struct capture *c, struct buf *ret,
	struct buf *ret_words, int *ret_status, struct error *e)
{
	assert_string_equal(c->argv[0], "keys");
	assert_int_equal(c->cancel_fd, 77);
	asked_left = deadline_left(c->until);
	buf_init(ret_words, c->words_max);
	if (fails)
		return error_set(e, fails, "'keys' did not end in time");
	buf_put_str(ret, out);
	buf_put_str(ret_words, words);
	*ret_status = status;
	return 0;
}

static void advise(const struct source_request *q, const char *said,
	bool is_there, char *ret, size_t size)
{
	(void)q;
	snprintf(ret, size, "%s '%.10s'", is_there ? "heard" : "absent", said);
}

static struct aws_credentials keys;

static int ask_program(deadline_t until, program_advice_fn *advice)
{
	char name[] = "keys";
	char *argv[] = { name, NULL };
	const struct source_request q = { .cancel_fd = 77, .until = until };

	credentials_done(&keys);
	return program_ask(&q, argv, "credential_process", advice, &keys,
		&err);
}

static int begin(void **state)
{
	(void)state;
	fails = status = 0;
	out = "{\"Version\": 1, \"AccessKeyId\": \"AKIAIOSFODNN7EXAMPLE\", "
		"\"SecretAccessKey\": \"x\"}";
	words = "";
	return 0;
}

static int end(void **state)
{
	(void)state;
	credentials_done(&keys);
	return 0;
}

static void it_has_a_minute_or_what_is_left(void **state)
{
	(void)state;
	OK(ask_program(DEADLINE_NEVER, NULL));
	assert_string_equal(keys.key_id, "AKIAIOSFODNN7EXAMPLE");
	assert_in_range(asked_left, 59000, 60000);
	OK(ask_program(deadline_in(5000), NULL));
	assert_in_range(asked_left, 4000, 5000);
	fails = ERROR_TIMEOUT;
	SAYS(ERROR_TIMEOUT, "credential_process: 'keys' did not end within "
		"60 s: run it by hand, and see what it waits for",
		ask_program(DEADLINE_NEVER, advise));
	/* where the whole has taken too long, it is not this one's fault */
	SAYS(ERROR_TIMEOUT, "credential_process: 'keys' did not end in time",
		ask_program(deadline_in(0), advise));
	assert_null(strstr(err.text, "absent"));
}

static void one_that_did_not_run_is_said_with_advice(void **state)
{
	(void)state;
	fails = ERROR_INTERRUPTED;
	SAYS(ERROR_INTERRUPTED, "'keys' did", ask_program(DEADLINE_NEVER,
		advise));
	assert_null(strstr(err.text, "credential_process"));
	fails = ERROR_UNSUPPORTED;
	SAYS(ERROR_UNSUPPORTED, "credential_process: 'keys' did not end in "
		"time: absent ''", ask_program(DEADLINE_NEVER, advise));
	fails = ERROR_FAILED;
	SAYS(ERROR_FAILED, "credential_process: 'keys' did not end in time",
		ask_program(DEADLINE_NEVER, advise));
	assert_null(strstr(err.text, "absent"));
}

static void one_that_failed_is_said_with_its_last_line(void **state)
{
	static const struct {
		int status;
		const char *words, *text;
	} cases[] = {
		{ 3 << 8, "", "credential_process ended with status 3" },
		{ 1 << 8, "one\ntwo\r\n \t\n", "credential_process ended with "
			"status 1: 'two'" },
		{ 9, "one", "credential_process was ended by signal 9: "
			"'one'" },
		{ 1 << 8, " \n", "credential_process ended with status 1" },
		{ 0x137f, "", "credential_process was ended by signal 0" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		status = cases[i].status;
		words = cases[i].words;
		FAILS(ERROR_FAILED, ask_program(DEADLINE_NEVER, NULL));
		assert_string_equal(err.text, cases[i].text);
	}
	words = "one\ntwo";
	status = 2 << 8;
	FAILS(ERROR_FAILED, ask_program(DEADLINE_NEVER, advise));
	assert_string_equal(err.text, "credential_process ended with status "
		"2: 'two': heard 'one?two'");
}

static void keys_that_are_over_are_refused(void **state)
{
	(void)state;
	out = "{\"Version\": 1, \"AccessKeyId\": \"AKIAIOSFODNN7EXAMPLE\", "
		"\"SecretAccessKey\": \"x\", \"SessionToken\": \"y\", "
		"\"Expiration\": \"2001-01-01T00:00:00Z\"}";
	FAILS(ERROR_FAILED, ask_program(DEADLINE_NEVER, NULL));
	out = "nonsense";
	FAILS(ERROR_MALFORMED, ask_program(DEADLINE_NEVER, NULL));
}

/* ---- without HTTP ---- */

static void a_program_without_http_says_so(void **state)
{
	static const char none[] = "this program cannot talk to AWS: it is "
		"built without HTTP";
	struct http_reply reply = { .status = 0 };
	struct http_exchange *x = NULL;
	struct http *h = NULL;

	(void)state;
	assert_false(http_available());
	SAYS(ERROR_UNSUPPORTED, none, http_new(&h, NULL, &err));
	SAYS(ERROR_UNSUPPORTED, none, http_get(h, NULL, &reply, &err));
	SAYS(ERROR_UNSUPPORTED, none, http_put(h, NULL, &reply, &err));
	SAYS(ERROR_UNSUPPORTED, none, http_post(h, NULL, &reply, &err));
	SAYS(ERROR_UNSUPPORTED, none, http_begin(h, NULL, &reply, NULL, &x,
		&err));
	SAYS(ERROR_UNSUPPORTED, none, http_step(&h, 1, 0, &err));
	SAYS(ERROR_UNSUPPORTED, none, http_end(&x, &err));
	assert_null(http_over(h));
	assert_null(http_data(x));
	assert_int_equal(http_connections(h), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_has_a_minute_or_what_is_left),
		TEST(one_that_did_not_run_is_said_with_advice),
		TEST(one_that_failed_is_said_with_its_last_line),
		TEST(keys_that_are_over_are_refused),
		cmocka_unit_test(a_program_without_http_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
