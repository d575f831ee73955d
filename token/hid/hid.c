/* SPDX-License-Identifier: Apache-2.0 */
/* One owner of a HID descriptor. */
#include "token/hid/hid.h"

#include "base/random.h"
#include "token/hid/holder.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define LOCK_POLL_MS 50
/* after CANCEL: how long the token's last words are waited for */
#define DRAIN_MS 300
#define DRAIN_END_MS 20
#define AGAIN 2         /* times that a message is sent once more */
#define CLIENT_PIN 0x06 /* CTAP 2.1 section 6.5 */

/* ---- opening ---- */

static int hid_held(const struct hid *h, struct error *err)
{
	char name[64];
	pid_t pid = hid_holder(h->fd, name, sizeof(name));

	if (pid == 0)
		return error_set(err, ERROR_BUSY,
			"'%s' is held by another process", h->path);
	return error_set(err, ERROR_BUSY, "'%s' is held by %s (pid %ld)",
		h->path, name[0] ? name : "another process", (long)pid);
}

static int take_lock(struct hid *h, struct error *err)
{
	deadline_t pause;

	while (flock(h->fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return error_errno(err, ERROR_FAILED, errno,
				"cannot lock '%s'", h->path);
		if (deadline_passed(h->until))
			return hid_held(h, err);
		pause = deadline_min(deadline_in(LOCK_POLL_MS), h->until);
		if (deadline_sleep(pause, h->cancel_fd))
			return error_set(err, ERROR_INTERRUPTED, "interrupted");
	}
	return 0;
}

static bool means_unplugged(int e)
{
	return e == ENODEV || e == ENXIO || e == EIO || e == ESHUTDOWN;
}

static int open_error(int e)
{
	if (e == EACCES || e == EPERM)
		return ERROR_PERMISSION;
	return e == ENOENT || means_unplugged(e) ? ERROR_NO_TOKEN : ERROR_FAILED;
}

int hid_open(struct hid *h, const char *path, int cancel_fd, deadline_t until,
	struct error *err)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY);

	if (fd < 0) {
		h->fd = -1;
		return error_errno(err, open_error(errno), errno,
			"cannot open '%s'", path);
	}
	return hid_adopt(h, fd, path, cancel_fd, until, err);
}

int hid_adopt(struct hid *h, int fd, const char *path, int cancel_fd,
	deadline_t until, struct error *err)
{
	int r;

	memset(h, 0, sizeof(*h));
	h->fd = fd;
	h->cancel_fd = cancel_fd;
	h->until = until;
	snprintf(h->path, sizeof(h->path), "%s", path);
	r = take_lock(h, err);
	if (r < 0)
		hid_done(h);
	return r;
}

void hid_done(struct hid *h)
{
	close_p(&h->fd);
}

/* ---- reports ---- */

/* A report that could not be moved: unplugged, deaf, or what the kernel says */
static int hid_broken(const struct hid *h, int e, const char *what,
	struct error *err)
{
	if (means_unplugged(e))
		return error_set(err, ERROR_NO_TOKEN,
			"the token at '%s' was unplugged", h->path);
	if (e == ETIMEDOUT)
		return error_set(err, ERROR_TIMEOUT,
			"the token at '%s' takes no report: it hangs; unplug "
			"it and plug it in again", h->path);
	return error_errno(err, ERROR_FAILED, e, "cannot %s the token at '%s'",
		what, h->path);
}

static int write_report(struct hid *h,
	const unsigned char out[HID_REPORT + 1], struct error *err)
{
	ssize_t n;

	do {
		n = write(h->fd, out, HID_REPORT + 1);
	} while (n < 0 && errno == EINTR);
	return n == HID_REPORT + 1 ? 0 :
		hid_broken(h, n < 0 ? errno : EMSGSIZE, "write to", err);
}

static int read_report(struct hid *h, unsigned char ret[HID_REPORT],
	struct error *err)
{
	ssize_t n;

	do {
		n = read(h->fd, ret, HID_REPORT);
	} while (n < 0 && errno == EINTR);
	if (n > 0 && n < HID_REPORT)
		return error_set(err, ERROR_MALFORMED,
			"the token at '%s' sends reports of %zd bytes: only "
			"those of %d are understood", h->path, n, HID_REPORT);
	return n == HID_REPORT ? 0 :
		hid_broken(h, n == 0 ? EIO : errno, "read from", err);
}

static int send_on(struct hid *h, uint32_t cid, uint8_t command,
	const void *p, size_t n, struct error *err)
{
	struct hid_sender s = hid_send_begin(cid, command, p, n);
	unsigned char out[HID_REPORT + 1];
	int r = 0;

	while (r == 0 && hid_send_next(&s, out))
		r = write_report(h, out, err);
	wipe(out, sizeof(out));
	return r;
}

int hid_send(struct hid *h, uint8_t command, const void *p, size_t n,
	struct error *err)
{
	return send_on(h, h->cid, command, p, n, err);
}

/* 1: a report is there; 0: deadline; negative: cancelled */
static int wait_for_report(const struct hid *h, int cancel_fd,
	deadline_t until, struct error *err)
{
	struct pollfd fds[2] = {
		{ .fd = h->fd, .events = POLLIN },
		{ .fd = cancel_fd, .events = POLLIN },
	};
	int r;

	do {
		r = poll(fds, 2, deadline_left(until));
	} while (r < 0 && errno == EINTR);
	if (r > 0 && fds[1].revents)
		return error_set(err, ERROR_INTERRUPTED, "interrupted");
	return r > 0;
}

/*
 * Tells the token to stop, and takes what it still says, so that the next
 * command on this descriptor does not read it.
 */
static void hid_stop(struct hid *h)
{
	deadline_t until = deadline_in(DRAIN_MS);
	unsigned char in[HID_REPORT];

	if (h->cid == 0)
		return;
	(void)hid_send(h, HID_CANCEL, NULL, 0, NULL);
	/* a token that never pauses must not keep us here */
	while (!deadline_passed(until) &&
		wait_for_report(h, -1, until, NULL) > 0 &&
		read_report(h, in, NULL) == 0)
		if (in[4] != (0x80 | HID_KEEPALIVE))
			until = deadline_min(until, deadline_in(DRAIN_END_MS));
	wipe(in, sizeof(in));
}

/* ---- commands ---- */

static int hid_late(const struct hid *h, struct error *err)
{
	if (h->touch_wanted)
		return error_set(err, ERROR_TOUCH,
			"the token at '%s' was not touched in time", h->path);
	return error_set(err, ERROR_TIMEOUT,
		"the token at '%s' did not answer in time", h->path);
}

static int receive_on(struct hid *h, uint32_t cid, uint8_t command,
	struct buf *reply, struct error *err)
{
	struct hid_receiver in = hid_receive_begin(cid, command, reply);
	unsigned char report[HID_REPORT];
	int r;

	do {
		/* nor may what is passed over come for ever */
		r = deadline_passed(h->until) ? 0 :
			wait_for_report(h, h->cancel_fd, h->until, err);
		if (r <= 0)
			hid_stop(h);
		if (r == 0)
			r = hid_late(h, err);
		if (r > 0)
			r = read_report(h, report, err);
		if (r == 0)
			r = hid_receive_next(&in, report, h->path, err);
		if (in.touch_wanted && !h->touch_wanted && h->on_touch)
			h->on_touch(h->on_touch_arg);
		h->touch_wanted = in.touch_wanted;
	} while (r == 0);
	wipe(report, sizeof(report));
	return r < 0 ? r : 0;
}

/* A PIN's try is never sent twice, whatever the token says became of it. */
static bool may_be_sent_again(uint8_t command, const void *p, size_t n)
{
	return command != HID_CBOR || n == 0 ||
		*(const unsigned char *)p != CLIENT_PIN;
}

/* On a new channel, where no late word about the first one comes. */
static int send_again(struct hid *h, uint8_t command, const void *p, size_t n,
	struct error *err)
{
	unsigned char nonce[HID_NONCE];
	int r = random_bytes(nonce, sizeof(nonce), err);

	if (r == 0)
		r = hid_init(h, nonce, err);
	return r < 0 ? r : hid_send(h, command, p, n, err);
}

int hid_receive(struct hid *h, uint8_t command, const void *p, size_t n,
	struct buf *reply, struct error *err)
{
	struct error e;
	unsigned again;
	int r;

	for (again = 0; ; again++) {
		r = receive_on(h, h->cid, command, reply, &e);
		if (r == 0 || again == AGAIN || !hid_message_was_cut(&e, n) ||
			!may_be_sent_again(command, p, n))
			break;
		r = send_again(h, command, p, n, &e);
		if (r < 0)
			break;
	}
	return r < 0 ? error_copy(err, &e) : 0;
}

int hid_transact(struct hid *h, uint8_t command, const void *p, size_t n,
	struct buf *reply, struct error *err)
{
	int r;

	if (n > HID_MESSAGE_MAX)
		return error_set(err, ERROR_FAILED,
			"a CTAPHID message of %zu bytes is too long", n);
	r = hid_send(h, command, p, n, err);
	return r < 0 ? r : hid_receive(h, command, p, n, reply, err);
}

static uint32_t get_be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
		(uint32_t)p[2] << 8 | p[3];
}

static int take_init(struct hid *h, const struct buf *reply,
	struct error *err)
{
	if (reply->n < HID_INIT_REPLY)
		return error_set(err, ERROR_MALFORMED,
			"the token at '%s' answers INIT with %zu bytes",
			h->path, reply->n);
	h->cid = get_be32(reply->p + 8);
	h->protocol = reply->p[12];
	memcpy(h->version, reply->p + 13, 3);
	h->capabilities = reply->p[16];
	return 0;
}

int hid_init(struct hid *h, const unsigned char nonce[HID_NONCE],
	struct error *err)
{
	CLEANUP(buf_done) struct buf reply;
	int r;

	buf_init(&reply, HID_MESSAGE_MAX);
	r = send_on(h, HID_BROADCAST, HID_INIT, nonce, HID_NONCE, err);
	/* replies to others' INITs come on the same channel: skip them */
	do {
		if (r == 0)
			r = receive_on(h, HID_BROADCAST, HID_INIT, &reply, err);
		if (r < 0)
			return r;
	} while (reply.n < HID_NONCE ||
		memcmp(reply.p, nonce, HID_NONCE) != 0);
	return take_init(h, &reply, err);
}

int hid_wink(struct hid *h, struct error *err)
{
	CLEANUP(buf_done) struct buf reply;

	buf_init(&reply, HID_MESSAGE_MAX);
	if (!(h->capabilities & HID_CAP_WINK))
		return error_set(err, ERROR_UNSUPPORTED,
			"the token at '%s' says that it cannot wink", h->path);
	return hid_transact(h, HID_WINK, NULL, 0, &reply, err);
}
