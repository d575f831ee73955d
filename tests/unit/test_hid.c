/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CTAPHID against a token behind a pseudo-terminal: a child writes the frames
 * that a row of the table lists, good ones and others.
 */
#include "token/hid/hid.h"

#include "base/encode.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>

#define CID 0xa1b2c3d4u

struct peer {
	int master, slave;
	char path[64];
	pid_t pid;
	int report[2]; /* what the child saw, one byte each */
};

static struct peer peer;

/* Why the next writes fail; 0: they do not. */
static int write_errno;

ssize_t __real_write(int fd, const void *p, size_t size);
ssize_t __wrap_write(int fd, const void *p, size_t size);
ssize_t __wrap_write(int fd, const void *p, size_t size)
{
	if (!write_errno)
		return __real_write(fd, p, size);
	errno = write_errno;
	return -1;
}

/* ---- the token's side ---- */

static void put_frame(const unsigned char frame[HID_REPORT])
{
	size_t n = 0;
	ssize_t w;

	while (n < HID_REPORT) {
		w = write(peer.master, frame + n, HID_REPORT - n);
		if (w <= 0)
			_exit(3);
		n += (size_t)w;
	}
}

/* A frame of the host: 64 bytes behind the report number 0. */
static void get_frame(unsigned char frame[HID_REPORT + 1])
{
	size_t n = 0;
	ssize_t r;

	while (n < HID_REPORT + 1) {
		r = read(peer.master, frame + n, HID_REPORT + 1 - n);
		if (r <= 0)
			_exit(4);
		n += (size_t)r;
	}
}

static void frame_of(unsigned char f[HID_REPORT], uint32_t cid, int command,
	size_t n, const void *p, size_t p_n)
{
	memset(f, 0, HID_REPORT);
	f[0] = (unsigned char)(cid >> 24);
	f[1] = (unsigned char)(cid >> 16);
	f[2] = (unsigned char)(cid >> 8);
	f[3] = (unsigned char)cid;
	f[4] = (unsigned char)command;
	if (command & 0x80) {
		f[5] = (unsigned char)(n >> 8);
		f[6] = (unsigned char)n;
		if (p_n)
			memcpy(f + 7, p, p_n);
	} else if (p_n) {
		memcpy(f + 5, p, p_n);
	}
}

static void say(uint32_t cid, int command, size_t n, const void *p, size_t p_n)
{
	unsigned char f[HID_REPORT];

	frame_of(f, cid, command, n, p, p_n);
	put_frame(f);
}

/* A whole message, in as many frames as it takes. */
static void say_message(uint32_t cid, int command, const unsigned char *p,
	size_t n)
{
	size_t k = n < 57 ? n : 57, at = k;
	int seq = 0;

	say(cid, 0x80 | command, n, p, k);
	for (; at < n; at += k) {
		k = n - at < 59 ? n - at : 59;
		say(cid, seq++, 0, p + at, k);
	}
}

static void init_reply(const unsigned char nonce[8], unsigned char r[17])
{
	memcpy(r, nonce, 8);
	memcpy(r + 8, "\xa1\xb2\xc3\xd4" "\2\5\7\4\5", 9);
}

/* The channel's number ends with that byte. */
static void answer_init_by(unsigned char last)
{
	unsigned char f[HID_REPORT + 1], r[17];

	get_frame(f);
	if (f[0] != 0 || memcmp(f + 1, "\xff\xff\xff\xff\x86\0\x08", 7) != 0)
		_exit(5);
	init_reply(f + 8, r);
	r[11] = last;
	say_message(0xffffffff, HID_INIT, r, sizeof(r));
}

static void answer_init(void)
{
	answer_init_by(CID & 0xff);
}

static void seen(unsigned char what)
{
	if (write(peer.report[1], &what, 1) != 1)
		_exit(6);
}

/* Reads until CANCEL on our channel. */
static void wait_for_cancel(void)
{
	unsigned char f[HID_REPORT + 1];

	do {
		get_frame(f);
	} while (f[5] != (0x80 | HID_CANCEL));
	seen(f[1] == 0xa1 && f[4] == 0xd4 ? 'C' : 'c');
}

static void start(void (*act)(void))
{
	struct termios t;
	int slave;

	memset(&peer, 0, sizeof(peer));
	peer.master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(peer.master >= 0);
	assert_int_equal(grantpt(peer.master), 0);
	assert_int_equal(unlockpt(peer.master), 0);
	assert_int_equal(ptsname_r(peer.master, peer.path,
		sizeof(peer.path)), 0);
	slave = open(peer.path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(slave >= 0);
	assert_int_equal(tcgetattr(slave, &t), 0);
	cfmakeraw(&t);
	t.c_cc[VMIN] = HID_REPORT; /* a report at a time, as a node gives */
	assert_int_equal(tcsetattr(slave, TCSANOW, &t), 0);
	assert_int_equal(pipe(peer.report), 0);
	peer.pid = fork();
	assert_true(peer.pid >= 0);
	if (peer.pid == 0) {
		alarm(20);
		close(slave);
		act();
		_exit(0);
	}
	close(peer.report[1]);
	peer.slave = slave; /* without one the child would see EIO */
}

static char finish(struct hid *h)
{
	char what = '-';
	struct pollfd p = { .fd = peer.report[0], .events = POLLIN };

	if (poll(&p, 1, 2000) > 0 && read(peer.report[0], &what, 1) != 1)
		what = '-';
	hid_done(h);
	close(peer.slave);
	close(peer.master);
	kill(peer.pid, SIGKILL);
	waitpid(peer.pid, NULL, 0);
	close(peer.report[0]);
	return what;
}

static void open_node(struct hid *h, int ms)
{
	OK(hid_open(h, peer.path, -1, deadline_in(ms), &err));
}

static const unsigned char nonce[HID_NONCE] = "nonce 1";

/* ---- rows ---- */

static void only_init(void)
{
	answer_init();
	seen('.');
}

static void a_channel_is_taken(void **state)
{
	struct hid h;

	(void)state;
	start(only_init);
	open_node(&h, 10000);
	OK(hid_init(&h, nonce, &err));
	assert_int_equal(h.cid, CID);
	assert_memory_equal(h.version, "\5\7\4", 3);
	assert_int_equal(h.capabilities, 5);
	assert_int_equal(h.protocol, 2);
	finish(&h);
}

static void init_and_wink(void)
{
	unsigned char f[HID_REPORT + 1];

	answer_init();
	get_frame(f);
	seen(f[5] == (0x80 | HID_WINK) ? 'W' : 'w');
	say(CID, 0x80 | HID_WINK, 0, NULL, 0);
}

static void init_and_no_wink(void)
{
	unsigned char f[HID_REPORT + 1];

	answer_init();
	get_frame(f);
	seen('W');
	say(CID, 0x80 | HID_ERROR, 1, "\1", 1);
}

static void a_token_winks_where_it_says_that_it_can(void **state)
{
	struct hid h;

	(void)state;
	start(init_and_wink);
	open_node(&h, 10000);
	OK(hid_init(&h, nonce, &err));
	OK(hid_wink(&h, &err));
	assert_int_equal(finish(&h), 'W');
	start(init_and_no_wink);
	open_node(&h, 10000);
	OK(hid_init(&h, nonce, &err));
	SAYS(ERROR_UNSUPPORTED, "0x08", hid_wink(&h, &err));
	assert_int_equal(finish(&h), 'W');
}

static void a_token_that_cannot_wink_is_not_asked_to(void **state)
{
	struct hid h;

	(void)state;
	start(init_and_wink);
	open_node(&h, 10000);
	OK(hid_init(&h, nonce, &err));
	h.capabilities = HID_CAP_CBOR;
	SAYS(ERROR_UNSUPPORTED, "cannot wink", hid_wink(&h, &err));
	assert_int_equal(finish(&h), '-');
}

static void others_first(void)
{
	unsigned char f[HID_REPORT + 1], r[17];

	get_frame(f);
	/* another process's INIT, another channel, a keep-alive */
	init_reply((const unsigned char *)"\1\2\3\4\5\6\7\x08", r);
	say_message(0xffffffff, HID_INIT, r, sizeof(r));
	say(0x01020304, 0x80 | HID_CBOR, 1, "x", 1);
	say(0xffffffff, 0x80 | HID_KEEPALIVE, 1, "\1", 1);
	say_message(0xffffffff, HID_INIT, r, 4);
	init_reply(f + 8, r);
	say_message(0xffffffff, HID_INIT, r, sizeof(r));
	seen('.');
}

static void replies_to_others_are_passed_over(void **state)
{
	struct hid h;

	(void)state;
	start(others_first);
	open_node(&h, 10000);
	OK(hid_init(&h, nonce, &err));
	assert_int_equal(h.cid, CID);
	finish(&h);
}

static void short_init(void)
{
	unsigned char f[HID_REPORT + 1];

	get_frame(f);
	say_message(0xffffffff, HID_INIT, f + 8, 8);
	seen('.');
}

static void an_init_reply_that_is_too_short_is_malformed(void **state)
{
	struct hid h;

	(void)state;
	start(short_init);
	open_node(&h, 10000);
	SAYS(ERROR_MALFORMED, "' answers INIT with",
		hid_init(&h, nonce, &err));
	finish(&h);
}

/* As of a low-speed device, by what keeps each report apart. */
static void reports_of_another_size_are_told(void **state)
{
	struct hid h;
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
		pair), 0);
	OK(hid_adopt(&h, pair[0], "/dev/hidraw7", -1, deadline_in(10000),
		&err));
	assert_int_equal(write(pair[1], nonce, sizeof(nonce)), sizeof(nonce));
	SAYS(ERROR_MALFORMED, "the token at '/dev/hidraw7' sends reports of 8 "
		"bytes", hid_init(&h, nonce, &err));
	hid_done(&h);
	close(pair[1]);
}

#define BIG 7609

/* Answers PING with what came, keep-alives between. */
static void echo(void)
{
	static unsigned char all[BIG];
	unsigned char f[HID_REPORT + 1];
	size_t n, at, k;
	int seq;

	answer_init();
	for (;;) {
		get_frame(f);
		if (memcmp(f + 1, "\xa1\xb2\xc3\xd4\x81", 5) != 0)
			_exit(7);
		n = (size_t)f[6] << 8 | f[7];
		at = n < 57 ? n : 57;
		memcpy(all, f + 8, at);
		for (seq = 0; at < n; at += k, seq++) {
			get_frame(f);
			if (f[5] != seq)
				_exit(8);
			k = n - at < 59 ? n - at : 59;
			memcpy(all + at, f + 6, k);
		}
		say(CID, 0x80 | HID_KEEPALIVE, 1, "\2", 1);
		say_message(CID, HID_PING, all, n);
	}
}

static void messages_of_every_size_go_both_ways(void **state)
{
	static const size_t sizes[] = { 0, 1, 56, 57, 58, 116, 117, 1000,
		BIG - 1, BIG };
	static unsigned char big[BIG];
	struct buf reply;
	struct hid h;
	size_t i;

	(void)state;
	for (i = 0; i < BIG; i++)
		big[i] = (unsigned char)(i * 7);
	start(echo);
	open_node(&h, 15000);
	OK(hid_init(&h, nonce, &err));
	buf_init(&reply, HID_MESSAGE_MAX);
	for (i = 0; i < ARRAY_LEN(sizes); i++) {
		OK(hid_transact(&h, HID_PING, big, sizes[i], &reply, &err));
		assert_int_equal(reply.n, sizes[i]);
		if (sizes[i])
			assert_memory_equal(reply.p, big, sizes[i]);
	}
	SAYS(ERROR_FAILED, "a CTAPHID message of",
		hid_transact(&h, HID_PING, big, BIG + 1, &reply, &err));
	buf_done(&reply);
	finish(&h);
}

/* What a token answers one command with. */
static void bad_sequence(void)
{
	say(CID, 0x80 | HID_PING, 100, "x", 1);
	say(CID, 1, 0, "y", 1);
}

static void same_sequence_twice(void)
{
	say(CID, 0x80 | HID_PING, 150, "x", 1);
	say(CID, 0, 0, "y", 1);
	say(CID, 0, 0, "y", 1);
}

static void new_message_inside(void)
{
	say(CID, 0x80 | HID_PING, 100, "x", 1);
	say(CID, 0x80 | HID_PING, 1, "x", 1);
}

static void too_long(void)
{
	say(CID, 0x80 | HID_PING, BIG + 1, "x", 1);
}

static void other_command(void)
{
	say(CID, 0x80 | HID_MSG, 1, "x", 1);
}

static void continuation_first(void)
{
	say(CID, 0, 0, "x", 1);
}

static void unknown_command(void)
{
	say(CID, 0x80 | HID_ERROR, 1, "\1", 1);
}

static void busy_channel(void)
{
	say(CID, 0x80 | HID_ERROR, 1, "\6", 1);
}

static void other_error(void)
{
	say(CID, 0x80 | HID_ERROR, 1, "\x7f", 1);
}

static void error_inside(void)
{
	say(CID, 0x80 | HID_PING, 100, "x", 1);
	say(CID, 0x80 | HID_ERROR, 1, "\4", 1);
}

static void wrong_channel_then_right(void)
{
	say(CID + 1, 0x80 | HID_PING, 100, "x", 1);
	say(CID, 0x80 | HID_PING, 2, "ok", 2);
}

static void foreign_frame_inside(void)
{
	unsigned char text[60];

	memset(text, 'o', sizeof(text));
	say(CID, 0x80 | HID_PING, 60, text, 57);
	say(CID + 1, 0, 0, "zzz", 3);
	say(CID, 0x80 | HID_KEEPALIVE, 1, "\1", 1);
	say(CID, 0, 0, text, 3);
}

static const struct answer {
	const char *name;
	void (*say)(void);
	int code; /* 0: taken */
	size_t n;
} answers[] = {
	{ "a frame that skips one is malformed", bad_sequence,
		ERROR_MALFORMED, 0 },
	{ "a frame that comes twice is malformed", same_sequence_twice,
		ERROR_MALFORMED, 0 },
	{ "a message inside a message is malformed", new_message_inside,
		ERROR_MALFORMED, 0 },
	{ "a message larger than can be is malformed", too_long,
		ERROR_MALFORMED, 0 },
	{ "a reply to another command is malformed", other_command,
		ERROR_MALFORMED, 0 },
	{ "a continuation without a beginning is malformed",
		continuation_first, ERROR_MALFORMED, 0 },
	{ "an unknown command is unsupported", unknown_command,
		ERROR_UNSUPPORTED, 0 },
	{ "a busy channel is busy", busy_channel, ERROR_BUSY, 0 },
	{ "another error is a failure", other_error, ERROR_FAILED, 0 },
	{ "an error inside a message is malformed", error_inside,
		ERROR_MALFORMED, 0 },
	{ "another channel's frames are passed over", wrong_channel_then_right,
		0, 2 },
	{ "other frames inside a message are passed over",
		foreign_frame_inside, 0, 60 },
};

static const struct answer *answer;

static void give_answer(void)
{
	unsigned char f[HID_REPORT + 1];

	answer_init();
	get_frame(f);
	answer->say();
	seen('.');
	pause();
}

static void run_answer(void **state)
{
	struct buf reply;
	struct hid h;

	answer = *state;
	start(give_answer);
	open_node(&h, 10000);
	OK(hid_init(&h, nonce, &err));
	buf_init(&reply, HID_MESSAGE_MAX);
	if (answer->code) {
		SAYS(answer->code, "the token at '",
			hid_transact(&h, HID_PING, "x", 1, &reply, &err));
	} else {
		OK(hid_transact(&h, HID_PING, "x", 1, &reply, &err));
		assert_int_equal(reply.n, answer->n);
		assert_int_equal(reply.p[answer->n - 1], answer->n == 2 ? 'k' :
									  'o');
	}
	buf_done(&reply);
	finish(&h);
}

/* ---- deadlines ---- */

static void only_keep_alives(void)
{
	struct pollfd p = { .fd = peer.master, .events = POLLIN };
	unsigned char f[HID_REPORT + 1];

	answer_init();
	get_frame(f);
	while (poll(&p, 1, 20) == 0)
		say(CID, 0x80 | HID_KEEPALIVE, 1, "\2", 1);
	wait_for_cancel();
	say(CID, 0x80 | HID_PING, 1, "\x2d", 1);
	pause();
}

static void count_touch(void *arg)
{
	++*(unsigned *)arg;
}

static void at_the_deadline_the_token_is_told_to_stop(void **state)
{
	unsigned told = 0;
	int64_t begin;
	struct buf reply;
	struct hid h;

	(void)state;
	start(only_keep_alives);
	open_node(&h, 10000);
	OK(hid_init(&h, nonce, &err));
	buf_init(&reply, HID_MESSAGE_MAX);
	begin = deadline_now();
	h.until = deadline_in(100);
	h.on_touch = count_touch;
	h.on_touch_arg = &told;
	SAYS(ERROR_TOUCH, "' was not touched in time",
		hid_transact(&h, HID_PING, "x", 1, &reply, &err));
	assert_int_equal(told, 1); /* it says so all the time */
	assert_true(deadline_now() - begin >= 100);
	assert_true(deadline_now() - begin < 5000);
	buf_done(&reply);
	assert_int_equal(finish(&h), 'C');
}

/* As fast as it can, for ever, whatever it is told. */
static void flood(void)
{
	answer_init();
	seen('F');
	for (;;)
		say(CID, 0x80 | HID_KEEPALIVE, 1, "\2", 1);
}

static void a_token_that_never_pauses_is_left_at_the_deadline(void **state)
{
	int64_t begin = deadline_now();
	struct buf reply;
	struct hid h;

	(void)state;
	start(flood);
	open_node(&h, 10000);
	OK(hid_init(&h, nonce, &err));
	buf_init(&reply, HID_MESSAGE_MAX);
	h.until = deadline_in(100);
	SAYS(ERROR_TOUCH, "' was not touched in time",
		hid_transact(&h, HID_PING, "x", 1, &reply, &err));
	assert_true(deadline_now() - begin < 8000);
	buf_done(&reply);
	finish(&h);
}

static void cancelling_tells_the_token_to_stop(void **state)
{
	struct buf reply;
	struct hid h;
	int p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	start(only_keep_alives);
	OK(hid_open(&h, peer.path, p[0], deadline_in(10000), &err));
	OK(hid_init(&h, nonce, &err));
	buf_init(&reply, HID_MESSAGE_MAX);
	assert_int_equal(write(p[1], "x", 1), 1);
	SAYS(ERROR_INTERRUPTED, "interrupted",
		hid_transact(&h, HID_PING, "x", 1, &reply, &err));
	assert_int_equal(h.cancel_fd, p[0]);
	buf_done(&reply);
	assert_int_equal(finish(&h), 'C');
	close(p[0]);
	close(p[1]);
}

static void unplug(void)
{
	unsigned char f[HID_REPORT + 1];

	answer_init();
	get_frame(f);
	say(CID, 0x80 | HID_PING, 100, "x", 1);
	seen('.');
}

static void a_token_that_is_unplugged_is_gone(void **state)
{
	struct buf reply;
	struct hid h;

	(void)state;
	start(unplug);
	close(peer.master); /* the child's is the last one */
	peer.master = -1;
	open_node(&h, 10000);
	OK(hid_init(&h, nonce, &err));
	buf_init(&reply, HID_MESSAGE_MAX);
	SAYS(ERROR_NO_TOKEN, "' was unplugged",
		hid_transact(&h, HID_PING, "x", 1, &reply, &err));
	buf_done(&reply);
	peer.master = open("/dev/null", O_RDONLY | O_CLOEXEC);
	finish(&h);
}

static void a_write_that_fails_says_why(void **state)
{
	static const struct {
		int e, code;
	} rows[] = {
		{ ETIMEDOUT, ERROR_TIMEOUT }, /* it hangs */
		{ ENODEV, ERROR_NO_TOKEN },
		{ ENXIO, ERROR_NO_TOKEN },
		{ EIO, ERROR_NO_TOKEN },
		{ EPIPE, ERROR_FAILED },
	};
	struct buf reply;
	struct hid h;
	size_t i;

	(void)state;
	start(only_init);
	open_node(&h, 10000);
	buf_init(&reply, HID_MESSAGE_MAX);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		write_errno = rows[i].e;
		SAYS(rows[i].code, "the token at '",
			hid_transact(&h, HID_PING, "x", 1, &reply, &err));
	}
	write_errno = 0;
	buf_done(&reply);
	finish(&h);
}

/* ---- a message of which a part was late for the token ---- */

static void get_message(void)
{
	unsigned char f[HID_REPORT + 1];

	get_frame(f);
	get_frame(f);
}

static void late(void)
{
	say(CID, 0x80 | HID_ERROR, 1, "\5", 1);
}

/* What it says of the first one still comes when it has the second. */
static void late_once(void)
{
	answer_init();
	get_message();
	late();
	say(CID, 0x80 | HID_ERROR, 1, "\4", 1);
	answer_init_by((CID + 1) & 0xff);
	get_message();
	say(CID, 0x80 | HID_ERROR, 1, "\4", 1);
	say(CID + 1, 0x80 | HID_CBOR, 1, "k", 1);
	seen('.');
	pause();
}

static void late_each_time(void)
{
	unsigned char f[HID_REPORT + 1];
	int i;

	for (i = 0; i < 3; i++) {
		answer_init();
		get_message();
		late();
	}
	get_frame(f);
	seen('!');
}

static void late_for_one_report(void)
{
	unsigned char f[HID_REPORT + 1];

	answer_init();
	get_frame(f);
	late();
	get_frame(f);
	seen('!');
}

static void late_for_a_pin(void)
{
	unsigned char f[HID_REPORT + 1];

	answer_init();
	get_message();
	late();
	get_frame(f);
	seen('!');
}

static bool is_asked_more(void)
{
	struct pollfd p = { .fd = peer.report[0], .events = POLLIN };

	return poll(&p, 1, 100) != 0;
}

static void ask_of(void (*act)(void), char first, size_t size, int code)
{
	char message[100];
	struct buf reply;
	struct hid h;

	memset(message, 'm', sizeof(message));
	message[0] = first;
	start(act);
	open_node(&h, 10000);
	OK(hid_init(&h, nonce, &err));
	buf_init(&reply, HID_MESSAGE_MAX);
	if (code) {
		FAILS(code, hid_transact(&h, HID_CBOR, message, size, &reply,
			&err));
		assert_int_equal(err.status, 5);
		assert_non_null(strstr(err.text, "CTAPHID error 0x05"));
		assert_false(is_asked_more());
		kill(peer.pid, SIGKILL);
	} else {
		OK(hid_transact(&h, HID_CBOR, message, size, &reply, &err));
		assert_int_equal(reply.n, 1);
		assert_int_equal(reply.p[0], 'k');
	}
	buf_done(&reply);
	finish(&h);
}

static void a_message_that_was_late_is_sent_again_on_a_new_channel(void **state)
{
	(void)state;
	ask_of(late_once, 1, 100, 0);
}

static void that_it_was_late_is_believed_the_third_time(void **state)
{
	(void)state;
	ask_of(late_each_time, 1, 100, ERROR_FAILED);
}

static void one_report_cannot_have_been_late_in_part(void **state)
{
	(void)state;
	ask_of(late_for_one_report, 1, 57, ERROR_FAILED);
}

static void a_try_of_a_pin_is_never_sent_again(void **state)
{
	(void)state;
	ask_of(late_for_a_pin, 6, 100, ERROR_FAILED);
}

/* ---- opening ---- */

static void a_node_that_is_not_there_is_no_token(void **state)
{
	struct hid h;

	(void)state;
	SAYS(ERROR_NO_TOKEN, "cannot open '",
		hid_open(&h, "/nowhere/hidraw0", -1, deadline_in(0), &err));
	assert_int_equal(h.fd, -1);
	hid_done(&h);
}

static void a_node_that_is_held_names_its_holder(void **state)
{
	int64_t begin = deadline_now();
	char want[32];
	struct hid a, b;

	(void)state;
	start(only_init);
	open_node(&a, 0);
	SAYS(ERROR_BUSY, "' is held by",
		hid_open(&b, peer.path, -1, deadline_in(80), &err));
	assert_true(deadline_now() - begin >= 80);
	assert_true(deadline_now() - begin < 5000);
	snprintf(want, sizeof(want), "pid %ld", (long)getpid());
	if (access("/proc/locks", R_OK) == 0)
		assert_non_null(strstr(err.text, want));
	hid_done(&a);
	OK(hid_open(&b, peer.path, -1, deadline_in(0), &err));
	finish(&b);
}

static void waiting_for_a_holder_can_be_cancelled(void **state)
{
	struct hid a, b;
	int p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	start(only_init);
	open_node(&a, 0);
	assert_int_equal(write(p[1], "x", 1), 1);
	SAYS(ERROR_INTERRUPTED, "interrupted",
		hid_open(&b, peer.path, p[0], DEADLINE_NEVER, &err));
	assert_int_equal(b.fd, -1);
	finish(&a);
	close(p[0]);
	close(p[1]);
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(a_channel_is_taken),
		cmocka_unit_test(a_token_winks_where_it_says_that_it_can),
		cmocka_unit_test(a_token_that_cannot_wink_is_not_asked_to),
		cmocka_unit_test(replies_to_others_are_passed_over),
		cmocka_unit_test(an_init_reply_that_is_too_short_is_malformed),
		cmocka_unit_test(reports_of_another_size_are_told),
		cmocka_unit_test(messages_of_every_size_go_both_ways),
		cmocka_unit_test(at_the_deadline_the_token_is_told_to_stop),
		cmocka_unit_test(
			a_token_that_never_pauses_is_left_at_the_deadline),
		cmocka_unit_test(cancelling_tells_the_token_to_stop),
		cmocka_unit_test(a_token_that_is_unplugged_is_gone),
		cmocka_unit_test(a_write_that_fails_says_why),
		cmocka_unit_test(
			a_message_that_was_late_is_sent_again_on_a_new_channel),
		cmocka_unit_test(that_it_was_late_is_believed_the_third_time),
		cmocka_unit_test(one_report_cannot_have_been_late_in_part),
		cmocka_unit_test(a_try_of_a_pin_is_never_sent_again),
		cmocka_unit_test(a_node_that_is_not_there_is_no_token),
		cmocka_unit_test(a_node_that_is_held_names_its_holder),
		cmocka_unit_test(waiting_for_a_holder_can_be_cancelled),
	};
	struct CMUnitTest tests[ARRAY_LEN(answers) + ARRAY_LEN(others)];
	size_t i;

	for (i = 0; i < ARRAY_LEN(answers); i++)
		tests[i] = (struct CMUnitTest){ .name = answers[i].name,
			.test_func = run_answer,
			.initial_state = (void *)&answers[i] };
	memcpy(tests + i, others, sizeof(others));
	return cmocka_run_group_tests_name("hid", tests, NULL, NULL);
}
