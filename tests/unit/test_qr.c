/* SPDX-License-Identifier: Apache-2.0 */
/* A QR code that a program of ours makes: what it is sent, what it answers. */
#include "bridge/terminal/screen/qr.h"

#include "base/paths.h"
#include "base/process.h"
#include "base/wire.h"

#include "tests/unit/unit.h"

#define PROGRAM "/there/tokenbridge-qr"
#define SOCKET 888
#define ALL "start; send; receive; stop; "

static struct answers {
	bool no_path;
	int start, send, receive, keep;
	unsigned char reply[1 + 178 * 178];
	size_t reply_n;
} w;

static char steps[128];
static struct secret text;
static struct qr qr;

static void step(const char *what)
{
	snprintf(steps + strlen(steps), sizeof(steps) - strlen(steps), "%s; ",
		what);
}

static int answer(int code, struct error *e)
{
	return code ? error_set(e, code, "says no") : 0;
}

WRAP(deadline_t, deadline_in, int64_t ms)
{
	return ms;
}

WRAP(char *, process_find, const char *name, const char *built_in)
{
	assert_string_equal(name, "tokenbridge-qr");
	assert_string_equal(built_in, PATH_LIBEXEC "/tokenbridge-qr");
	return w.no_path ? NULL : strdup(PROGRAM);
}

WRAP(int, process_start, struct process *ret, const char *path,
	struct error *e)
{
	assert_string_equal(path, PROGRAM);
	assert_int_equal(ret->socket, -1);
	ret->socket = SOCKET;
	step("start");
	return answer(w.start, e);
}

WRAP(int, process_stop, struct process *p, deadline_t until)
{
	assert_int_equal(p->socket, SOCKET);
	assert_int_equal(until, 1000);
	step("stop");
	return 0;
}

WRAP(int, wire_send, int fd, const void *p, size_t n, deadline_t until,
	struct error *e)
{
	assert_int_equal(fd, SOCKET);
	assert_int_equal(n, 11);
	assert_memory_equal(p, "otpauth://x", n);
	assert_int_equal(until, 5000);
	step("send");
	return answer(w.send, e);
}

WRAP(int, wire_receive, int fd, struct buf *b, int cancel_fd,
	deadline_t until, struct error *e)
{
	assert_int_equal(fd, SOCKET);
	assert_int_equal(cancel_fd, 7);
	assert_int_equal(until, 5000);
	assert_int_equal(b->max, WIRE_MAX);
	if (w.reply_n > 0)
		buf_put(b, w.reply, w.reply_n);
	step("receive");
	return answer(w.receive, e);
}

int __real_secret_set(struct secret *ret, const void *p, size_t n,
	struct error *e);

WRAP(int, secret_set, struct secret *ret, const void *p, size_t n,
	struct error *e)
{
	return w.keep ? answer(w.keep, e) : __real_secret_set(ret, p, n, e);
}

static int set_up(void **state)
{
	(void)state;
	memset(&w, 0, sizeof(w));
	return secret_set(&text, "otpauth://x", 11, &err);
}

static int tear_down(void **state)
{
	(void)state;
	secret_done(&text);
	qr_done(&qr);
	return 0;
}

static int make(void)
{
	steps[0] = '\0';
	return qr_make(&text, 7, &qr, &err);
}

/* A reply of that width and so many modules. */
static void reply(unsigned width, size_t modules)
{
	memset(w.reply, 0, sizeof(w.reply));
	w.reply[0] = (unsigned char)width;
	w.reply_n = 1 + modules;
}

static void the_modules_are_its_own(void **state)
{
	(void)state;
	reply(2, 4);
	w.reply[2] = w.reply[4] = 1;
	OK(make());
	assert_string_equal(steps, ALL);
	assert_int_equal(qr.width, 2);
	assert_int_equal(qr.modules.n, 4);
	assert_memory_equal(qr.modules.p, "\0\1\0\1", 4);
	assert_true(qr_is_dark(&qr, 0, 1));
	assert_false(qr_is_dark(&qr, 1, 0));
	assert_true(qr_is_dark(&qr, 1, 1));
	assert_false(qr_is_dark(&qr, 2, 1));
	assert_false(qr_is_dark(&qr, -1, 3));
	assert_false(qr_is_dark(&qr, 1, -1));
	assert_false(qr_is_dark(&qr, 0, 3));
	qr_done(&qr);
	assert_int_equal(qr.width, 0);
	assert_null(qr.modules.p);
}

static void nothing_is_dark_outside_of_it(void **state)
{
	int i;

	(void)state;
	reply(3, 9);
	memset(w.reply + 1, 1, 9);
	OK(make());
	qr.width = 2; /* what stands behind is dark, too */
	for (i = 0; i < 2; i++) {
		assert_true(qr_is_dark(&qr, i, 0));
		assert_true(qr_is_dark(&qr, 0, i));
		assert_false(qr_is_dark(&qr, i, 2));
		assert_false(qr_is_dark(&qr, 2, i));
		assert_false(qr_is_dark(&qr, 1, -1 - i));
		assert_false(qr_is_dark(&qr, -1, 2 + i));
	}
}

static void a_width_is_of_a_qr_code_with_all_its_modules(void **state)
{
	static const struct {
		unsigned width;
		size_t modules;
		bool good;
	} rows[] = {
		{ 1, 1, true }, { 0, 0, false }, { 177, 177 * 177, true },
		{ 178, 178 * 178, false }, { 3, 8, false }, { 3, 10, false },
		{ 3, 9, true }, { 1, 0, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		qr_done(&qr);
		reply(rows[i].width, rows[i].modules);
		if (rows[i].good)
			OK(make());
		else
			SAYS(ERROR_FAILED, "tokenbridge-qr makes no QR code",
				make());
		assert_int_equal(qr.width, rows[i].good ? rows[i].width : 0);
		assert_int_equal(qr.modules.p != NULL, rows[i].good);
	}
	w.reply_n = 0;
	SAYS(ERROR_FAILED, "tokenbridge-qr makes no QR code", make());
}

static void modules_are_light_or_dark(void **state)
{
	size_t i;

	(void)state;
	for (i = 1; i <= 4; i++) {
		reply(2, 4);
		w.reply[i] = 2;
		SAYS(ERROR_FAILED, "tokenbridge-qr answers nonsense", make());
		assert_int_equal(qr.width, 0);
		assert_null(qr.modules.p);
	}
}

static void the_program_is_stopped_whatever_it_does(void **state)
{
	static const struct {
		int *fails;
		const char *steps;
	} rows[] = {
		{ &w.start, "start; stop; " },
		{ &w.send, "start; send; stop; " },
		{ &w.receive, ALL },
	};
	size_t i;

	(void)state;
	reply(1, 1);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		*rows[i].fails = ERROR_TIMEOUT;
		SAYS(ERROR_TIMEOUT, "says no", make());
		assert_string_equal(steps, rows[i].steps);
		assert_int_equal(qr.width, 0);
		*rows[i].fails = 0;
	}
	w.keep = ERROR_FAILED;
	SAYS(ERROR_FAILED, "says no", make());
	assert_string_equal(steps, ALL);
	assert_int_equal(qr.width, 0);
	w.no_path = true;
	SAYS(ERROR_FAILED, "memory", make());
	assert_string_equal(steps, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_modules_are_its_own),
		TEST(nothing_is_dark_outside_of_it),
		TEST(a_width_is_of_a_qr_code_with_all_its_modules),
		TEST(modules_are_light_or_dark),
		TEST(the_program_is_stopped_whatever_it_does),
	};

	return cmocka_run_group_tests_name("qr", tests, NULL, NULL);
}
