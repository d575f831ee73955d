/* SPDX-License-Identifier: Apache-2.0 */
/* Length-prefixed frames. */
#include "base/wire.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

/* 1: fd is ready; 0: deadline; -1: cancelled */
static int wire_wait(int fd, short events, int cancel_fd, deadline_t until)
{
	struct pollfd p[2] = {
		{ .fd = fd, .events = events },
		{ .fd = cancel_fd, .events = POLLIN },
	};
	int r;

	do {
		r = poll(p, cancel_fd < 0 ? 1 : 2, deadline_left(until));
	} while (r < 0 && errno == EINTR);
	if (r > 0 && cancel_fd >= 0 && p[1].revents)
		return -1;
	return r > 0;
}

static int wire_send_all(int fd, const unsigned char *p, size_t n,
	deadline_t until, struct error *err)
{
	ssize_t w;

	while (n > 0) {
		if (wire_wait(fd, POLLOUT, -1, until) <= 0)
			return error_set(err, ERROR_TIMEOUT,
				"a helper process does not read");
		w = send(fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (w < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (w < 0)
			return error_errno(err, ERROR_FAILED, errno,
				"cannot send to a helper process");
		p += w;
		n -= (size_t)w;
	}
	return 0;
}

int wire_send(int fd, const void *p, size_t n, deadline_t until,
	struct error *err)
{
	unsigned char head[4] = { (unsigned char)(n >> 24),
		(unsigned char)(n >> 16), (unsigned char)(n >> 8),
		(unsigned char)n };
	int r;

	if (n > WIRE_MAX)
		return error_set(err, ERROR_FAILED,
			"a frame of %zu bytes is too long", n);
	r = wire_send_all(fd, head, sizeof(head), until, err);
	return r < 0 ? r : wire_send_all(fd, p, n, until, err);
}

static int wire_receive_all(int fd, unsigned char *p, size_t n, int cancel_fd,
	deadline_t until, struct error *err)
{
	ssize_t got;
	int ready;

	while (n > 0) {
		ready = wire_wait(fd, POLLIN, cancel_fd, until);
		if (ready < 0)
			return error_set(err, ERROR_INTERRUPTED, "interrupted");
		if (ready == 0)
			return error_set(err, ERROR_TIMEOUT,
				"a helper process did not answer in time");
		got = recv(fd, p, n, MSG_DONTWAIT);
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got <= 0)
			return error_set(err, ERROR_FAILED,
				"a helper process ended before it answered");
		p += got;
		n -= (size_t)got;
	}
	return 0;
}

int wire_receive(int fd, struct buf *b, int cancel_fd, deadline_t until,
	struct error *err)
{
	unsigned char head[4], chunk[4096];
	size_t n, k;
	int r;

	buf_reset(b);
	r = wire_receive_all(fd, head, sizeof(head), cancel_fd, until, err);
	if (r < 0)
		return r;
	n = (size_t)head[0] << 24 | (size_t)head[1] << 16 |
		(size_t)head[2] << 8 | head[3];
	if (n > WIRE_MAX)
		return error_set(err, ERROR_FAILED,
			"a helper process sent a frame of %zu bytes", n);
	for (; n > 0 && r == 0; n -= k) {
		k = n < sizeof(chunk) ? n : sizeof(chunk);
		r = wire_receive_all(fd, chunk, k, cancel_fd, until, err);
		if (r == 0)
			buf_put(b, chunk, k);
	}
	wipe(chunk, sizeof(chunk));
	return r < 0 ? r : buf_check(b, "a helper's frame", err);
}

void wire_put_bytes(struct buf *b, const void *p, size_t n)
{
	if (n > 0xffff)
		b->failed = true;
	buf_put_be(b, n, 2);
	buf_put(b, p, n);
}

void wire_put_str(struct buf *b, const char *s)
{
	wire_put_bytes(b, s, strlen(s));
}

uint64_t wire_get_be(struct wire_reader *r, size_t bytes)
{
	uint64_t v = 0;

	if (r->failed || r->n < bytes) {
		r->failed = true;
		return 0;
	}
	for (; bytes > 0; bytes--, r->p++, r->n--)
		v = v << 8 | *r->p;
	return v;
}

bool wire_get_flag(struct wire_reader *r)
{
	uint64_t v = wire_get_be(r, 1);

	if (v > 1)
		r->failed = true;
	return v == 1;
}

const unsigned char *wire_get_bytes(struct wire_reader *r, size_t *ret_n)
{
	size_t n = (size_t)wire_get_be(r, 2);
	const unsigned char *p = r->p;

	*ret_n = 0;
	if (r->failed || r->n < n) {
		r->failed = true;
		return NULL;
	}
	r->p += n;
	r->n -= n;
	*ret_n = n;
	return p;
}

void wire_get_str(struct wire_reader *r, char *ret, size_t size)
{
	size_t n;
	const unsigned char *p = wire_get_bytes(r, &n);

	ret[0] = '\0';
	if (!p)
		return;
	if (n >= size || memchr(p, '\0', n)) {
		r->failed = true;
		return;
	}
	memcpy(ret, p, n);
	ret[n] = '\0';
}

bool wire_done(const struct wire_reader *r)
{
	return !r->failed && r->n == 0;
}
