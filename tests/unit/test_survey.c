/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many tokens asked in one loop. Each is a child behind a socket that keeps
 * reports apart, as a node does.
 */
#include "token/hid/survey.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define CID 0xa1b2c3d4u
#define PEERS 4
#define LONG_MS 20000 /* that nothing here comes to */

static const unsigned char get_info[] = { 0, 0xa1, 1, 0x80 };

struct peer {
	pid_t pid;
	int fd;
};

static struct peer peers[PEERS];
static struct survey list[PEERS];
static size_t n;
/* what one token tells another: that it was asked */
static int gate[2];

/* ---- the token's side: `fd` is its own ---- */

static int fd;

static struct buf get(void)
{
	unsigned char f[HID_REPORT + 1];
	struct buf b;

	if (read(fd, f, sizeof(f)) != sizeof(f) || f[0] != 0)
		_exit(1);
	buf_init(&b, sizeof(f));
	buf_put(&b, f + 1, HID_REPORT);
	return b;
}

static void say(uint32_t cid, uint8_t command, const void *p, size_t size)
{
	struct hid_sender s = hid_send_begin(cid, command, p, size);
	unsigned char f[HID_REPORT + 1];

	while (hid_send_next(&s, f))
		if (write(fd, f + 1, HID_REPORT) != HID_REPORT)
			_exit(2);
}

static void expect(uint8_t command)
{
	struct buf b = get();

	if (b.p[4] != (0x80 | command))
		_exit(3);
	buf_done(&b);
}

static void answer_init(uint8_t capabilities)
{
	struct buf b = get();
	unsigned char r[HID_INIT_REPLY];

	memcpy(r, b.p + 7, HID_NONCE);
	memcpy(r + 8, "\xa1\xb2\xc3\xd4\2\5\7\4", 8);
	r[16] = capabilities;
	say(HID_BROADCAST, HID_INIT, r, sizeof(r));
	buf_done(&b);
}

static void answer_get_info(void)
{
	expect(HID_CBOR);
	say(CID, HID_CBOR, get_info, sizeof(get_info));
}

/* ---- the test's side ---- */

static void plug(void (*act)(void))
{
	struct peer *p = &peers[n];
	int pair[2];

	assert_true(n < PEERS);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
		pair), 0);
	p->fd = pair[1];
	p->pid = fork();
	assert_true(p->pid >= 0);
	if (p->pid == 0) {
		alarm(20);
		fd = pair[1];
		close(pair[0]);
		act();
		pause();
		_exit(0);
	}
	survey_init(&list[n]);
	OK(hid_adopt(&list[n].hid, pair[0], "/dev/hidraw7", -1,
		deadline_in(0), &err));
	n++;
}

static bool has_no_threads;
int __real_pthread_create(pthread_t *ret, const pthread_attr_t *attr,
	void *(*f)(void *), void *arg);
WRAP(int, pthread_create, pthread_t *ret, const pthread_attr_t *attr,
	void *(*f)(void *), void *arg)
{
	return has_no_threads ? EAGAIN :
		__real_pthread_create(ret, attr, f, arg);
}

static void ask(int64_t ms)
{
	OK(survey_run(list, n, -1, deadline_in(ms), &err));
}

static void is_answered(const struct survey *s)
{
	assert_int_equal(s->error.code, 0);
	assert_int_equal(s->hid.cid, CID);
	assert_int_equal(s->get_info.n, sizeof(get_info));
	assert_memory_equal(s->get_info.p, get_info, sizeof(get_info));
}

static int unplug_all(void **state)
{
	(void)state;
	while (n > 0) {
		n--;
		survey_done(&list[n]);
		close(peers[n].fd);
		kill(peers[n].pid, SIGKILL);
		waitpid(peers[n].pid, NULL, 0);
	}
	return 0;
}

/* ---- rows ---- */

static void good(void)
{
	answer_init(HID_CAP_CBOR);
	answer_get_info();
}

static void silent(void)
{
}

static void senseless(void)
{
	expect(HID_INIT);
	say(HID_BROADCAST, HID_PING, "x", 1);
}

static void what_one_does_wrong_concerns_no_other(void **state)
{
	(void)state;
	plug(silent);
	plug(good);
	plug(senseless);
	plug(good);
	ask(300);
	assert_int_equal(list[0].error.code, ERROR_TIMEOUT);
	is_answered(&list[1]);
	assert_int_equal(list[2].error.code, ERROR_MALFORMED);
	is_answered(&list[3]);
}

/* A second command would end it. */
static void init_alone(void)
{
	answer_init(HID_CAP_CBOR);
	get();
	_exit(6);
}

static void a_brief_one_is_asked_for_its_channel_alone(void **state)
{
	(void)state;
	plug(init_alone);
	list[0].brief = list[0].config = true;
	ask(LONG_MS);
	assert_int_equal(list[0].error.code, 0);
	assert_int_equal(list[0].hid.cid, CID);
	assert_int_equal(list[0].get_info.n, 0);
	assert_false(list[0].devinfo.present);
	assert_int_equal(waitpid(peers[0].pid, NULL, WNOHANG), 0);
}

static void one_that_no_thread_asks_says_so(void **state)
{
	(void)state;
	plug(good);
	plug(good);
	strcpy(list[1].hid.path, "/dev/hidraw1");
	has_no_threads = true;
	ask(LONG_MS);
	has_no_threads = false;
	assert_int_equal(list[0].error.code, ERROR_FAILED);
	assert_string_equal(list[1].error.text, "no thread for "
		"'/dev/hidraw1'");
	/* they are as they were, and can be asked again */
	list[0].error.code = list[1].error.code = 0;
	ask(LONG_MS);
	is_answered(&list[0]);
	is_answered(&list[1]);
}

/* Answers INIT only once the other one has been asked, too. */
static void waits_for_the_other(void)
{
	char byte;

	if (read(gate[0], &byte, 1) != 1)
		_exit(4);
	good();
}

static void lets_the_other_answer(void)
{
	answer_init(HID_CAP_CBOR);
	expect(HID_CBOR);
	if (write(gate[1], "x", 1) != 1)
		_exit(5);
	say(CID, HID_CBOR, get_info, sizeof(get_info));
}

static void none_waits_for_the_answer_of_another(void **state)
{
	(void)state;
	assert_int_equal(pipe(gate), 0);
	plug(waits_for_the_other);
	plug(lets_the_other_answer);
	ask(LONG_MS);
	is_answered(&list[0]);
	is_answered(&list[1]);
	close(gate[0]);
	close(gate[1]);
}

static void busy_at_first(void)
{
	unsigned char busy = 6;

	answer_init(HID_CAP_CBOR);
	expect(HID_CBOR);
	say(CID, HID_ERROR, &busy, 1);
	good();
}

static void a_busy_token_is_asked_again(void **state)
{
	(void)state;
	plug(busy_at_first);
	plug(good);
	ask(LONG_MS);
	is_answered(&list[0]);
	is_answered(&list[1]);
}

/* CTAPHID's ERR_MSG_TIMEOUT: the report was late for the token. */
static unsigned char late = 5;

static void late_twice(void)
{
	answer_init(HID_CAP_CBOR);
	expect(HID_CBOR);
	say(CID, HID_ERROR, &late, 1);
	expect(HID_INIT);
	say(HID_BROADCAST, HID_ERROR, &late, 1);
	good();
}

static void a_token_that_a_report_was_late_for_is_asked_again(void **state)
{
	(void)state;
	plug(late_twice);
	plug(good);
	ask(LONG_MS);
	is_answered(&list[0]);
	is_answered(&list[1]);
}

static void always_late(void)
{
	size_t i;

	for (i = 0; i < 3; i++) {
		expect(HID_INIT);
		say(HID_BROADCAST, HID_ERROR, &late, 1);
	}
	(void)get();
	_exit(7); /* that is asked once more */
}

static void an_error_that_comes_again_is_believed(void **state)
{
	int status = 0;

	(void)state;
	plug(always_late);
	ask(LONG_MS);
	assert_int_equal(list[0].error.code, ERROR_FAILED);
	assert_non_null(strstr(list[0].error.text, "CTAPHID error 0x05"));
	assert_int_equal(waitpid(peers[0].pid, &status, WNOHANG), 0);
}

static void always_busy(void)
{
	unsigned char busy = 6;

	for (;;) {
		expect(HID_INIT);
		say(HID_BROADCAST, HID_ERROR, &busy, 1);
	}
}

static void a_token_that_stays_busy_is_left_at_the_deadline(void **state)
{
	(void)state;
	plug(always_busy);
	ask(250);
	assert_int_equal(list[0].error.code, ERROR_BUSY);
}

static void u2f(void)
{
	answer_init(0);
	(void)get();
	_exit(6); /* that is asked nothing more */
}

static void a_key_without_cbor_is_not_asked_for_get_info(void **state)
{
	int status = 0;

	(void)state;
	plug(u2f);
	ask(LONG_MS);
	assert_int_equal(list[0].error.code, 0);
	assert_int_equal(list[0].get_info.n, 0);
	assert_int_equal(waitpid(peers[0].pid, &status, WNOHANG), 0);
}

static void two_pages(void)
{
	/* length, tag 10: another page follows; then the serial number */
	static const unsigned char first[] = { 3, 0x10, 1, 1 };
	static const unsigned char second[] = { 6, 2, 4, 0, 0xbc, 0x61, 0x4e };
	struct buf b;

	answer_init(HID_CAP_CBOR);
	expect(HID_YUBICO_READ_CONFIG);
	say(CID, HID_YUBICO_READ_CONFIG, first, sizeof(first));
	b = get();
	if (b.p[4] != (0x80 | HID_YUBICO_READ_CONFIG) || b.p[7] != 1)
		_exit(7);
	say(CID, HID_YUBICO_READ_CONFIG, second, sizeof(second));
	answer_get_info();
}

static void no_such_command(void)
{
	unsigned char invalid = 1;

	answer_init(HID_CAP_CBOR);
	expect(HID_YUBICO_READ_CONFIG);
	say(CID, HID_ERROR, &invalid, 1);
	answer_get_info();
}

static void yubico_s_pages_are_read_where_there_are_any(void **state)
{
	(void)state;
	plug(two_pages);
	plug(no_such_command);
	list[0].config = list[1].config = true;
	ask(LONG_MS);
	is_answered(&list[0]);
	assert_true(list[0].devinfo.has_serial);
	assert_int_equal(list[0].devinfo.serial, 12345678);
	is_answered(&list[1]);
	assert_false(list[1].devinfo.present);
}

static void to_be_cancelled(void)
{
	answer_init(HID_CAP_CBOR);
	expect(HID_CBOR);
	if (write(gate[1], "x", 1) != 1)
		_exit(8);
	expect(HID_CANCEL);
	_exit(9);
}

static void cancelling_tells_all_to_stop(void **state)
{
	int status = 0;

	(void)state;
	assert_int_equal(pipe(gate), 0);
	plug(to_be_cancelled);
	FAILS(ERROR_INTERRUPTED, survey_run(list, n, gate[0],
		deadline_in(LONG_MS), &err));
	assert_int_equal(waitpid(peers[0].pid, &status, 0), peers[0].pid);
	assert_int_equal(WEXITSTATUS(status), 9);
	close(gate[0]);
	close(gate[1]);
}

static void leaves(void)
{
	answer_init(HID_CAP_CBOR);
	expect(HID_CBOR);
	_exit(0);
}

static void one_that_is_unplugged_is_gone(void **state)
{
	(void)state;
	plug(leaves);
	close(peers[0].fd);
	peers[0].fd = -1;
	plug(good);
	ask(LONG_MS);
	assert_int_equal(list[0].error.code, ERROR_NO_TOKEN);
	is_answered(&list[1]);
}

static void one_that_could_not_be_opened_is_passed_over(void **state)
{
	(void)state;
	survey_init(&list[0]);
	error_set(&list[0].error, ERROR_PERMISSION, "no");
	n = 1;
	plug(good);
	ask(LONG_MS);
	assert_int_equal(list[0].error.code, ERROR_PERMISSION);
	is_answered(&list[1]);
	survey_done(&list[1]);
	kill(peers[1].pid, SIGKILL);
	waitpid(peers[1].pid, NULL, 0);
	close(peers[1].fd);
	n = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(what_one_does_wrong_concerns_no_other,
			unplug_all),
		cmocka_unit_test_teardown(
			a_brief_one_is_asked_for_its_channel_alone, unplug_all),
		cmocka_unit_test_teardown(one_that_no_thread_asks_says_so,
			unplug_all),
		cmocka_unit_test_teardown(none_waits_for_the_answer_of_another,
			unplug_all),
		cmocka_unit_test_teardown(a_busy_token_is_asked_again,
			unplug_all),
		cmocka_unit_test_teardown(
			a_token_that_a_report_was_late_for_is_asked_again,
			unplug_all),
		cmocka_unit_test_teardown(an_error_that_comes_again_is_believed,
			unplug_all),
		cmocka_unit_test_teardown(
			a_token_that_stays_busy_is_left_at_the_deadline,
			unplug_all),
		cmocka_unit_test_teardown(
			a_key_without_cbor_is_not_asked_for_get_info,
			unplug_all),
		cmocka_unit_test_teardown(
			yubico_s_pages_are_read_where_there_are_any,
			unplug_all),
		cmocka_unit_test_teardown(cancelling_tells_all_to_stop,
			unplug_all),
		cmocka_unit_test_teardown(one_that_is_unplugged_is_gone,
			unplug_all),
		cmocka_unit_test(one_that_could_not_be_opened_is_passed_over),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("survey", tests, NULL, NULL);
}
