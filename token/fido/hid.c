/* SPDX-License-Identifier: Apache-2.0 */
/* One owner of a HID descriptor. */
#include "token/fido/hid.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define CID_BROADCAST 0xffffffffu
#define CHANNEL_BUSY 0x06 /* of a CTAPHID ERROR */
#define LOCK_POLL_MS 50
/* after CANCEL: how long the token's last words are waited for */
#define DRAIN_MS 300

static void process_name(pid_t pid, char *ret, size_t size)
{
	CLEANUP(close_p) int fd = -1;
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%ld/comm", (long)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, ret, size - 1);
	ret[n > 0 ? n : 0] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
}

static pid_t holder_of(const struct stat *st, char *name, size_t size)
{
	unsigned maj, min;
	unsigned long long inode;
	char line[256];
	FILE *f;
	int pid = 0, p;

	f = fopen("/proc/locks", "re");
	while (f && pid == 0 && fgets(line, sizeof(line), f)) {
		/* "1: FLOCK  ADVISORY  WRITE 1234 00:05:678 0 EOF" */
		if (strstr(line, "->") ||
			sscanf(line, "%*d: FLOCK %*s %*s %d %x:%x:%llu", &p,
				&maj, &min, &inode) != 4)
			continue;
		if (inode == st->st_ino && maj == major(st->st_dev) &&
			min == minor(st->st_dev))
			pid = p;
	}
	if (f)
		fclose(f);
	if (pid > 0)
		process_name(pid, name, size);
	return pid > 0 ? pid : 0;
}

pid_t hid_holder(int fd, char *name, size_t size)
{
	struct stat st;

	name[0] = '\0';
	return fstat(fd, &st) < 0 ? 0 : holder_of(&st, name, size);
}

pid_t hid_holder_of_path(const char *path, char *name, size_t size)
{
	struct stat st;

	name[0] = '\0';
	return stat(path, &st) < 0 ? 0 : holder_of(&st, name, size);
}

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

static int open_error(int e)
{
	if (e == EACCES || e == EPERM)
		return ERROR_PERMISSION;
	if (e == ENOENT || e == ENODEV || e == ENXIO || e == EIO)
		return ERROR_NO_TOKEN;
	return ERROR_FAILED;
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

/* 1: a report was read; 0: deadline; negative: -error code */
static int read_report(struct hid *h, unsigned char p[HID_REPORT],
	deadline_t until)
{
	struct pollfd fds[2] = {
		{ .fd = h->fd, .events = POLLIN },
		{ .fd = h->cancel_fd, .events = POLLIN },
	};
	ssize_t n;
	int r;

	do {
		r = poll(fds, h->cancel_fd < 0 ? 1 : 2, deadline_left(until));
	} while (r < 0 && errno == EINTR);
	if (r > 0 && h->cancel_fd >= 0 && fds[1].revents)
		return -ERROR_INTERRUPTED;
	if (r <= 0)
		return 0;
	n = read(h->fd, p, HID_REPORT);
	return n == HID_REPORT ? 1 : -ERROR_NO_TOKEN;
}

static int write_report(struct hid *h, const unsigned char *p, size_t n)
{
	ssize_t w;

	do {
		w = write(h->fd, p, n);
	} while (w < 0 && errno == EINTR);
	if (w != (ssize_t)n)
		return -ERROR_NO_TOKEN;
	h->last_cid = (uint32_t)p[1] << 24 | (uint32_t)p[2] << 16 |
		(uint32_t)p[3] << 8 | p[4];
	return 0;
}

static void put_cid(unsigned char *p, uint32_t cid)
{
	p[0] = (unsigned char)(cid >> 24);
	p[1] = (unsigned char)(cid >> 16);
	p[2] = (unsigned char)(cid >> 8);
	p[3] = (unsigned char)cid;
}

/*
 * Tells the token to stop, and takes what it still says, so that the next user
 * of the node does not read it.
 */
static void hid_cancel(struct hid *h)
{
	unsigned char out[HID_REPORT + 1] = { 0 }, in[HID_REPORT];
	deadline_t until = deadline_in(DRAIN_MS);
	int cancel_fd = h->cancel_fd;

	put_cid(out + 1, h->last_cid);
	out[5] = 0x80 | HID_CANCEL;
	if (write_report(h, out, sizeof(out)) < 0)
		return;
	h->cancel_fd = -1;
	/* a token that never pauses must not keep us here */
	while (!deadline_passed(until) && read_report(h, in, until) > 0)
		if (in[4] != (0x80 | HID_KEEPALIVE))
			until = deadline_min(until, deadline_in(20));
	h->cancel_fd = cancel_fd;
	wipe(in, sizeof(in));
}

static int hid_gone(const struct hid *h, struct error *err)
{
	return error_set(err, ERROR_NO_TOKEN,
		"the token at '%s' was unplugged", h->path);
}

static int stopped_error(const struct hid *h, int code, const char *what,
	struct error *err)
{
	switch (code) {
	case ERROR_INTERRUPTED:
		return error_set(err, code, "interrupted");
	case ERROR_NO_TOKEN:
		return hid_gone(h, err);
	case ERROR_TOUCH:
		return error_set(err, code,
			"the token at '%s' was not touched in time", h->path);
	case ERROR_BUSY:
		return error_set(err, code,
			"the token at '%s' is busy with an earlier command: "
			"wait, or plug it in again", h->path);
	default:
		return error_set(err, ERROR_TIMEOUT,
			"the token at '%s' did not answer in time (%s)",
			h->path, what);
	}
}

int hid_stopped(const struct hid *h, int otherwise, const char *what,
	struct error *err)
{
	if (h->stopped)
		return stopped_error(h, h->stopped, what, err);
	return error_set(err, otherwise, "%s failed on '%s'", what, h->path);
}

static int send_message(struct hid *h, uint32_t cid, uint8_t command,
	const unsigned char *p, size_t n, struct error *err)
{
	unsigned char out[HID_REPORT + 1];
	size_t room, k;
	int seq = -1;

	do {
		memset(out, 0, sizeof(out));
		put_cid(out + 1, cid);
		if (seq < 0) {
			out[5] = 0x80 | command;
			out[6] = (unsigned char)(n >> 8);
			out[7] = (unsigned char)n;
			room = HID_REPORT - 7;
		} else {
			out[5] = (unsigned char)seq;
			room = HID_REPORT - 5;
		}
		k = n < room ? n : room;
		if (k)
			memcpy(out + sizeof(out) - room, p, k);
		if (write_report(h, out, sizeof(out)) < 0)
			return hid_gone(h, err);
		p += k;
		n -= k;
		seq++;
	} while (n > 0);
	return 0;
}

/* Next report on the channel that is not a keep-alive of `command`'s run. */
static int next_report(struct hid *h, uint32_t cid,
	unsigned char in[HID_REPORT], struct error *err)
{
	unsigned char want[4];
	int r;

	put_cid(want, cid);
	do {
		/* nor may what we skip come for ever */
		r = deadline_passed(h->until) ? 0 :
						read_report(h, in, h->until);
		if (r == 0 || r == -ERROR_INTERRUPTED)
			hid_cancel(h);
		if (r <= 0)
			return stopped_error(h, -r, "CTAPHID", err);
	} while (memcmp(in, want, 4) != 0 || in[4] == (0x80 | HID_KEEPALIVE));
	return 0;
}

static int hid_refused(const struct hid *h, uint8_t command, uint8_t code,
	struct error *err)
{
	if (code == CHANNEL_BUSY)
		return stopped_error(h, ERROR_BUSY, "CTAPHID", err);
	return error_set(err, code == 1 ? ERROR_UNSUPPORTED : ERROR_FAILED,
		"the token at '%s' refuses command 0x%02x with CTAPHID error "
		"0x%02x", h->path, command, code);
}

static int receive_message(struct hid *h, uint32_t cid, uint8_t command,
	struct buf *reply, struct error *err)
{
	unsigned char in[HID_REPORT];
	size_t left, k;
	unsigned seq;
	int r;

	buf_reset(reply);
	r = next_report(h, cid, in, err);
	if (r < 0)
		return r;
	if (in[4] == (0x80 | HID_ERROR))
		return hid_refused(h, command, in[7], err);
	left = (size_t)in[5] << 8 | in[6];
	if (in[4] != (0x80 | command) || left > HID_MESSAGE_MAX)
		return error_set(err, ERROR_MALFORMED,
			"the token at '%s' answers command 0x%02x with 0x%02x "
			"of %zu bytes", h->path, command, in[4], left);
	k = left < HID_REPORT - 7 ? left : HID_REPORT - 7;
	buf_put(reply, in + 7, k);
	for (left -= k, seq = 0; left > 0; left -= k, seq++) {
		r = next_report(h, cid, in, err);
		if (r < 0)
			return r;
		if (in[4] != seq)
			return error_set(err, ERROR_MALFORMED,
				"the token at '%s' sends part %u where part %u "
				"was due", h->path, in[4], seq);
		k = left < HID_REPORT - 5 ? left : HID_REPORT - 5;
		buf_put(reply, in + 5, k);
	}
	return buf_check(reply, "a token's reply", err);
}

int hid_init(struct hid *h, struct error *err)
{
	CLEANUP(buf_done) struct buf reply;
	unsigned char nonce[8];
	int r;

	buf_init(&reply, HID_MESSAGE_MAX);
	if (RAND_bytes(nonce, sizeof(nonce)) != 1)
		return error_set(err, ERROR_FAILED, "no random numbers");
	r = send_message(h, CID_BROADCAST, HID_INIT, nonce, sizeof(nonce), err);
	/* replies to others' INITs come on the same channel: skip them */
	do {
		if (r == 0)
			r = receive_message(h, CID_BROADCAST, HID_INIT, &reply,
				err);
		if (r < 0)
			return r;
	} while (reply.n < 8 || memcmp(reply.p, nonce, 8) != 0);
	if (reply.n < 17)
		return error_set(err, ERROR_MALFORMED,
			"the token at '%s' answers INIT with %zu bytes",
			h->path, reply.n);
	h->cid = (uint32_t)reply.p[8] << 24 | (uint32_t)reply.p[9] << 16 |
		(uint32_t)reply.p[10] << 8 | reply.p[11];
	h->protocol = reply.p[12];
	memcpy(h->version, reply.p + 13, 3);
	h->capabilities = reply.p[16];
	return 0;
}

int hid_transact(struct hid *h, uint8_t command, const void *p, size_t n,
	struct buf *reply, struct error *err)
{
	int r;

	if (n > HID_MESSAGE_MAX)
		return error_set(err, ERROR_FAILED,
			"a CTAPHID message of %zu bytes is too long", n);
	r = send_message(h, h->cid, command, p, n, err);
	return r < 0 ? r : receive_message(h, h->cid, command, reply, err);
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

/*
 * libfido2 hands its open function nothing but the path string, so the path
 * that we give it is our pointer.
 */
static void *io_open(const char *path)
{
	void *h = NULL;

	if (sscanf(path, "hid:%p", &h) != 1)
		return NULL;
	return h;
}

static void io_close(void *handle)
{
	(void)handle; /* hid_done() closes */
}

/* Keep-alive status UPNEEDED, or U2F's "conditions not satisfied". */
static bool asks_for_touch(const unsigned char p[HID_REPORT])
{
	static const unsigned char u2f[] = { 0x80 | HID_MSG, 0, 2, 0x69, 0x85 };

	return (p[4] == (0x80 | HID_KEEPALIVE) && p[7] == 2) ||
		memcmp(p + 4, u2f, sizeof(u2f)) == 0;
}

static int io_read(void *handle, unsigned char *p, size_t n, int ms)
{
	struct hid *h = handle;
	deadline_t until = h->until;
	int r;

	if (n != HID_REPORT)
		return -1;
	if (ms >= 0)
		until = deadline_min(until, deadline_in(ms));
	r = deadline_passed(h->until) ? 0 : read_report(h, p, until);
	if (r > 0) {
		h->touch_wanted = asks_for_touch(p);
		if (p[4] == (0x80 | HID_ERROR) && p[7] == CHANNEL_BUSY)
			h->stopped = ERROR_BUSY;
		return HID_REPORT;
	}
	if (r == 0 && !deadline_passed(h->until))
		return -1; /* libfido2's own time-out: its caller goes on */
	if (r == 0)
		h->stopped = h->touch_wanted ? ERROR_TOUCH : ERROR_TIMEOUT;
	else
		h->stopped = -r;
	if (h->stopped != ERROR_NO_TOKEN)
		hid_cancel(h);
	return -1;
}

static int io_write(void *handle, const unsigned char *p, size_t n)
{
	struct hid *h = handle;

	if (n != HID_REPORT + 1 || write_report(h, p, n) < 0) {
		h->stopped = ERROR_NO_TOKEN;
		return -1;
	}
	return (int)n;
}

int hid_open_fido(struct hid *h, fido_dev_t *dev, struct error *err)
{
	static const fido_dev_io_t io = {
		.open = io_open,
		.close = io_close,
		.read = io_read,
		.write = io_write,
	};
	char path[64];
	int r;

	snprintf(path, sizeof(path), "hid:%p", (void *)h);
	h->stopped = 0;
	r = fido_dev_set_io_functions(dev, &io);
	if (r == FIDO_OK)
		r = fido_dev_open(dev, path);
	if (r == FIDO_OK)
		return 0;
	if (h->stopped)
		return hid_stopped(h, ERROR_FAILED, "opening FIDO", err);
	return error_set(err, ERROR_FAILED,
		"the token at '%s' does not answer as a FIDO token should "
		"(%s)", h->path, fido_strerr(r));
}
