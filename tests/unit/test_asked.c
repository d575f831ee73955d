/* SPDX-License-Identifier: Apache-2.0 */
/* The process that asks one of many accounts: what it says, what it is told. */
#include "bridge/audit/accounts/asked.h"

#include "aws/role/handover.h"
#include "base/wire.h"
#include "bridge/audit/accounts/record.h"

#include "tests/unit/steps.h"
#include "tests/unit/unit.h"

#include <signal.h>
#include <sys/prctl.h>

#define ONE "123456789012"
#define SOCKET 888
#define NEVER "never"
#define NOW 1700000000

/* ---- what doubles answer: codes of what fails ---- */

static struct answers {
	int send, receive, take, take_keys;
	const char *told; /* a frame of so many bytes */
	size_t told_n;
	time_t now;
} w;

static struct asked x;
static struct aws_credentials keys;
static struct aws_session *const session = (struct aws_session *)&w.send;
static struct aws_session *const root = (struct aws_session *)&w.take;

static int answer(int code, struct error *e)
{
	return code ? error_set(e, code, "says no") : 0;
}

static const char *until_text(deadline_t until)
{
	static char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)until);
	return until == DEADLINE_NEVER ? NEVER : text;
}

WRAP(deadline_t, deadline_in, int64_t ms)
{
	return ms;
}

WRAP(int, prctl, int option, ...)
{
	va_list v;

	va_start(v, option);
	step("prctl %d %d; ", option, va_arg(v, int));
	va_end(v);
	return 0;
}

WRAP(int, wire_send, int fd, const void *p, size_t n, deadline_t until,
	struct error *e)
{
	assert_int_equal(fd, SOCKET);
	assert_int_equal(((const char *)p)[n - 1], '\n');
	step("send %.*s %s; ", (int)n - 1, (const char *)p,
		until_text(until));
	return answer(w.send, e);
}

WRAP(int, wire_receive, int fd, struct buf *b, int cancel_fd,
	deadline_t until, struct error *e)
{
	assert_int_equal(fd, SOCKET);
	assert_int_equal(cancel_fd, -1);
	step("receive %zu %s; ", b->max, until_text(until));
	buf_reset(b);
	buf_put(b, w.told, w.told_n);
	assert_false(buf_failed(b));
	return answer(w.receive, e);
}

WRAP(int, aws_session_take, struct aws_session **ret, int fd, int cancel_fd,
	deadline_t until, struct error *e)
{
	assert_int_equal(fd, SOCKET);
	assert_int_equal(cancel_fd, SOCKET);
	step("take %s; ", until_text(until));
	*ret = w.take ? NULL : ret == &x.session ? session : root;
	return answer(w.take, e);
}

WRAP(int, aws_session_take_keys, struct aws_session *s, int fd,
	deadline_t until, struct error *e)
{
	assert_ptr_equal(s, session);
	assert_int_equal(fd, SOCKET);
	step("take keys %s; ", until_text(until));
	return answer(w.take_keys, e);
}

WRAP(const struct aws_credentials *, aws_session_credentials,
	const struct aws_session *s)
{
	assert_ptr_equal(s, session);
	return &keys;
}

WRAP(time_t, aws_now, const struct aws_session *s)
{
	assert_ptr_equal(s, session);
	return w.now;
}

WRAP(void, aws_session_free, struct aws_session **s)
{
	step("free; ");
	*s = NULL;
}

static void tell(const char *p, size_t n)
{
	w.told = p;
	w.told_n = n;
}

#define TELL(bytes) tell(bytes, sizeof(bytes) - 1)

static void did(const char *want)
{
	assert_string_equal(steps, want);
	steps[0] = '\0';
}

/* It was told which account, and has the keys for it. */
static int set_up(void **state)
{
	(void)state;
	w = (struct answers){ .now = NOW };
	keys.expires = 0;
	TELL(ONE);
	OK(asked_open(&x, SOCKET, &err));
	steps[0] = '\0';
	return 0;
}

/* ---- being told ---- */

static void it_dies_with_who_started_it(void **state)
{
	char want[64];

	(void)state;
	asked_die_with_parent();
	snprintf(want, sizeof(want), "prctl %d %d; ", PR_SET_PDEATHSIG,
		SIGKILL);
	did(want);
}

static void it_is_told_an_account_then_gets_its_session(void **state)
{
	(void)state;
	memset(&x, 0xff, sizeof(x));
	OK(asked_open(&x, SOCKET, &err));
	did("receive 13 60000; take 60000; ");
	assert_string_equal(x.account, ONE);
	assert_ptr_equal(x.session, session);
	assert_int_equal(x.fd, SOCKET);
	assert_false(x.lost);
	assert_null(x.renewal.root);
	assert_ptr_equal(x.renewal.self, &x);
	assert_ptr_equal(x.printer.state, &x);
	assert_string_equal(x.printer.how->name, "record");
	w.take = ERROR_TIMEOUT;
	SAYS(ERROR_TIMEOUT, "says no", asked_open(&x, SOCKET, &err));
	asked_done(&x);
	did("receive 13 60000; take 60000; free; ");
}

static void it_is_told_nothing_but_an_account(void **state)
{
	(void)state;
	TELL("12345678901");
	SAYS(ERROR_MALFORMED, "the account to be asked cannot be read",
		asked_open(&x, SOCKET, &err));
	TELL(ONE "3");
	SAYS(ERROR_MALFORMED, "the account to be asked cannot be read",
		asked_open(&x, SOCKET, &err));
	did("receive 13 60000; receive 13 60000; ");
	assert_string_equal(x.account, "");
	TELL(ONE);
	w.receive = ERROR_TIMEOUT;
	SAYS(ERROR_TIMEOUT, "says no", asked_open(&x, SOCKET, &err));
	did("receive 13 60000; ");
}

/* ---- keys that end, reports that take their time ---- */

static int renew(void)
{
	return x.renewal.renew(&x, NULL, &err);
}

static void keys_are_wanted_when_they_are_about_to_end(void **state)
{
	static const struct {
		time_t now, expires;
		bool wanted;
	} rows[] = {
		{ NOW, NOW + 300, false }, { NOW, NOW + 299, true },
		{ NOW, NOW - 1, true }, { NOW, 0, false }, { 0, 1, false },
		{ -1, 1, false }, { 1, 2, true }, { NOW, 1, true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		w.now = rows[i].now;
		keys.expires = rows[i].expires;
		OK(renew());
		did(rows[i].wanted ? "send {\"renew\":{}} never; "
			"take keys 60000; " : "");
	}
	w.take_keys = ERROR_REFUSED;
	SAYS(ERROR_REFUSED, "says no", renew());
	assert_false(x.lost);
	w.send = ERROR_FAILED;
	steps[0] = '\0';
	SAYS(ERROR_FAILED, "says no", renew());
	did("send {\"renew\":{}} never; ");
	assert_true(x.lost);
}

static void it_waits_for_its_turn_as_long_as_it_takes(void **state)
{
	(void)state;
	TELL("");
	OK(x.renewal.begun(&x, false, &err));
	did("send {\"begun\":{\"limited\":false}} never; "
		"receive 65536 never; ");
	OK(x.renewal.begun(&x, true, &err));
	did("send {\"begun\":{\"limited\":true}} never; "
		"receive 65536 never; ");
	w.receive = ERROR_FAILED;
	SAYS(ERROR_FAILED, "says no", x.renewal.begun(&x, true, &err));
	steps[0] = '\0';
	w.send = ERROR_FAILED;
	SAYS(ERROR_FAILED, "says no", x.renewal.begun(&x, true, &err));
	did("send {\"begun\":{\"limited\":true}} never; ");
}

/* ---- root ---- */

#define ASKS_ROOT "send {\"root\":{}} never; receive 65536 60000; "

static struct aws_session *got;

static int become_root(void)
{
	got = NULL;
	asked_as_root(&x);
	return x.renewal.root(&x, &got, &err);
}

static void roots_keys_follow_or_there_are_none(void **state)
{
	(void)state;
	TELL("\1\0\0\0\0");
	OK(become_root());
	did(ASKS_ROOT "take 60000; ");
	assert_ptr_equal(got, root);
	TELL("\0\0\0\0\0");
	OK(become_root());
	did(ASKS_ROOT);
	assert_null(got);
	TELL("\2\0\0\0\0");
	OK(become_root());
	did(ASKS_ROOT);
	TELL("\1\0\0\0\0");
	w.take = ERROR_TIMEOUT;
	SAYS(ERROR_TIMEOUT, "says no", become_root());
}

static void why_there_are_none_is_told(void **state)
{
	static const char text[] = "\0\0\14AccessDenied\0\3why";

	(void)state;
	TELL(text);
	FAILS(ERROR_REMOTE, become_root());
	assert_string_equal(err.text, "why");
	assert_string_equal(err.foreign, "AccessDenied");
	did(ASKS_ROOT);
	TELL("\1\0\0\0\1x");
	FAILS(ERROR_REMOTE, become_root());
	assert_string_equal(err.text, "x");
	assert_string_equal(err.foreign, "");
	did(ASKS_ROOT);
}

static void what_is_told_of_root_is_read_whole(void **state)
{
	static const struct {
		const char *p;
		size_t n;
	} rows[] = { { "", 0 }, { "\1", 1 }, { "\1\0\0", 3 },
		{ "\1\0\0\0", 4 }, { "\1\0\0\0\0x", 6 },
		{ "\0\0\2a", 4 } };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		tell(rows[i].p, rows[i].n);
		SAYS(ERROR_FAILED, "what is said of root's keys cannot be "
			"read", become_root());
		did(ASKS_ROOT);
	}
	w.receive = ERROR_TIMEOUT;
	SAYS(ERROR_TIMEOUT, "says no", become_root());
	did(ASKS_ROOT);
	w.send = ERROR_FAILED;
	SAYS(ERROR_FAILED, "says no", become_root());
	did("send {\"root\":{}} never; ");
}

/* ---- findings ---- */

static void rows_are_lines_until_nobody_listens(void **state)
{
	const struct audit_output *how = x.printer.how;
	static struct audit_finding finding;
	static struct audit a;

	(void)state;
	how->begin(&x.printer, &a);
	how->end(&x.printer, &a, 0, NULL);
	did("");
	assert_true(how->wants(&x.printer, &a, AUDIT_PASS, 0));
	how->row(&x.printer, &a, &finding);
	assert_memory_equal(steps, "send {\"finding\":{\"check\":", 24);
	assert_false(how->is_lost(&x.printer));
	w.send = ERROR_FAILED;
	how->row(&x.printer, &a, &finding);
	assert_true(how->is_lost(&x.printer));
	w.send = 0;
	how->row(&x.printer, &a, &finding);
	assert_true(how->is_lost(&x.printer));
}

static void the_end_is_the_last_line(void **state)
{
	static struct audit a = { .only_account = ONE };

	(void)state;
	OK(asked_end(&x, &a, NULL, &err));
	assert_memory_equal(steps, "send {\"end\":{\"account\":\"" ONE "\"",
		35);
	w.send = ERROR_FAILED;
	SAYS(ERROR_FAILED, "says no", asked_end(&x, &a, NULL, &err));
	assert_true(x.lost);
	asked_done(&x);
	assert_null(x.session);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_dies_with_who_started_it),
		TEST(it_is_told_an_account_then_gets_its_session),
		TEST(it_is_told_nothing_but_an_account),
		TEST(keys_are_wanted_when_they_are_about_to_end),
		TEST(it_waits_for_its_turn_as_long_as_it_takes),
		TEST(roots_keys_follow_or_there_are_none),
		TEST(why_there_are_none_is_told),
		TEST(what_is_told_of_root_is_read_whole),
		TEST(rows_are_lines_until_nobody_listens),
		TEST(the_end_is_the_last_line),
	};

	return cmocka_run_group_tests_name("asked", tests, NULL, NULL);
}
