/* SPDX-License-Identifier: Apache-2.0 */
/* A report's bytes, some of them twice. */
#include "bridge/audit/file/input.h"

#include "base/file.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK (256u << 10)
#define PIPE_MAX (32u << 20) /* of what has to be read twice and cannot */

static bool is_stdin(const char *path)
{
	return strcmp(path, "-") == 0;
}

const char *audit_input_name(const char *path)
{
	return is_stdin(path) ? "standard input" : path;
}

void audit_input_done(struct audit_input *in)
{
	close_p(&in->owned);
	buf_done(&in->kept);
	free_p(&in->chunk);
}

int audit_input_next(struct audit_input *in, void *p, size_t size, size_t *ret,
	struct error *err)
{
	struct pollfd fds[] = { { .fd = in->fd, .events = POLLIN },
		{ .fd = in->a->run->cancel_fd, .events = POLLIN } };
	ssize_t n;
	int r;

	do {
		/* a person who has to type it can also leave */
		(void)poll(fds, 2, -1);
		r = audit_may_go_on(in->a, err);
		if (r < 0)
			return r;
		n = read(in->fd, p, size);
	} while (n < 0 && (errno == EINTR || errno == EAGAIN));
	if (n < 0)
		return audit_input_failed(in, errno, err);
	*ret = (size_t)n;
	return 0;
}

int audit_input_failed(const struct audit_input *in, int number,
	struct error *err)
{
	return error_errno(err, ERROR_FAILED, number, "cannot read '%s'",
		in->name);
}

/* The next piece; 0 at the end. */
static int input_read(struct audit_input *in, struct error *err)
{
	return audit_input_next(in, in->chunk, CHUNK, &in->chunk_n, err);
}

int audit_input_open(struct audit_input *ret, const struct audit *a,
	const char *path, struct error *err)
{
	int r = 0;

	*ret = (struct audit_input){ .a = a, .fd = STDIN_FILENO, .owned = -1,
		.name = audit_input_name(path) };
	buf_init(&ret->kept, PIPE_MAX);
	ret->chunk = malloc(CHUNK);
	if (!ret->chunk)
		return error_memory(err);
	if (!is_stdin(path)) {
		r = file_open(path, FILE_ANY, &ret->owned, NULL, err);
		ret->fd = ret->owned;
	}
	if (r < 0)
		return r;
	ret->start = lseek(ret->fd, 0, SEEK_CUR);
	return input_read(ret, err);
}

/* All of it, for what stands behind its content; a pipe's bytes are kept. */
static int input_scan(struct audit_input *in, struct report_input *scan,
	struct error *err)
{
	int r = 0;

	while (r >= 0 && in->chunk_n > 0) {
		if (in->start < 0)
			buf_put(&in->kept, in->chunk, in->chunk_n);
		if (buf_failed(&in->kept))
			return error_set(err, ERROR_FAILED,
				"what is no CSV and has more than %u MiB is "
				"read only from a file, not from a pipe",
				PIPE_MAX >> 20);
		r = report_input_feed(scan, in->chunk, in->chunk_n, err);
		if (r >= 0)
			r = input_read(in, err);
	}
	return r < 0 ? r : report_input_finish(scan, err);
}

static int input_rewind(struct audit_input *in, struct error *err)
{
	if (in->start < 0)
		return 0;
	if (lseek(in->fd, in->start, SEEK_SET) < 0)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot read '%s' a second time", in->name);
	return input_read(in, err);
}

int audit_input_generated(struct audit_input *in, time_t *ret,
	struct error *err)
{
	CLEANUP(report_input_free) struct report_input *scan = NULL;
	int r;

	if (report_form_of(in->chunk, in->chunk_n) == REPORT_FORM_CSV)
		return 0;
	r = report_input_new(&scan, NULL, err);
	if (r >= 0)
		r = input_scan(in, scan, err);
	if (r >= 0)
		r = input_rewind(in, err);
	return r < 0 ? r : report_input_generated(scan, ret);
}

int audit_input_feed(struct audit_input *in, struct report_input *parser,
	struct error *err)
{
	int r = 0;

	if (in->kept.n > 0)
		r = report_input_feed(parser, in->kept.p, in->kept.n, err);
	while (r >= 0 && in->chunk_n > 0) {
		r = report_input_feed(parser, in->chunk, in->chunk_n, err);
		if (r >= 0)
			r = input_read(in, err);
	}
	return r < 0 ? r : report_input_finish(parser, err);
}
