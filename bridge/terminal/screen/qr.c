/* SPDX-License-Identifier: Apache-2.0 */
/* A text as a QR code. */
#include "bridge/terminal/screen/qr.h"

#include "base/paths.h"
#include "base/process.h"
#include "base/wire.h"

#define MAKE_MS 5000
#define END_MS 1000

static int ask_program(const struct secret *text, int cancel_fd,
	struct buf *reply, struct error *err)
{
	CLEANUP(free_p) char *path = process_find("tokenbridge-qr",
		PATH_LIBEXEC "/tokenbridge-qr");
	struct process p = PROCESS_INIT;
	deadline_t until = deadline_in(MAKE_MS);
	int r;

	if (!path)
		return error_memory(err);
	r = process_start(&p, path, err);
	if (r == 0)
		r = wire_send(p.socket, text->p, text->n, until, err);
	if (r == 0)
		r = wire_receive(p.socket, reply, cancel_fd, until, err);
	process_stop(&p, deadline_in(END_MS));
	return r;
}

/* The width, and as many modules as it says, each 0 or 1. */
static int take_reply(const struct buf *b, struct qr *ret, struct error *err)
{
	unsigned width = b->n > 0 ? b->p[0] : 0;
	size_t i;
	int r;

	if (width == 0 || width > QR_WIDTH_MAX ||
		b->n != 1 + (size_t)width * width)
		return error_set(err, ERROR_FAILED,
			"tokenbridge-qr makes no QR code");
	for (i = 1; i < b->n; i++)
		if (b->p[i] > 1)
			return error_set(err, ERROR_FAILED,
				"tokenbridge-qr answers nonsense");
	r = secret_set(&ret->modules, b->p + 1, b->n - 1, err);
	if (r == 0)
		ret->width = width;
	return r;
}

int qr_make(const struct secret *text, int cancel_fd, struct qr *ret,
	struct error *err)
{
	CLEANUP(buf_done) struct buf reply;
	int r;

	buf_init(&reply, WIRE_MAX);
	r = ask_program(text, cancel_fd, &reply, err);
	return r < 0 ? r : take_reply(&reply, ret, err);
}

void qr_done(struct qr *q)
{
	secret_done(&q->modules);
	q->width = 0;
}

bool qr_is_dark(const struct qr *q, int row, int column)
{
	int width = (int)q->width;

	return row >= 0 && column >= 0 && row < width && column < width &&
		q->modules.p[row * width + column];
}
