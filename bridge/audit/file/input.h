/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of a report in a file or from a pipe. A CSV does not say when it
 * was made. What the AWS command line prints does, as JSON and as text, behind
 * its content: it is read twice, the first time only for that, and a pipe's
 * bytes are kept in between.
 */
#ifndef BRIDGE_AUDIT_FILE_INPUT_H
#define BRIDGE_AUDIT_FILE_INPUT_H

#include "aws/report/input.h"
#include "base/buf.h"
#include "bridge/audit/run.h"

#include <sys/types.h>

struct audit_input {
	const struct audit *a; /* borrowed: whether to go on */
	int fd;
	int owned;             /* to be closed; -1 */
	const char *name;      /* borrowed */
	off_t start;           /* -1: cannot be read twice */
	struct buf kept;       /* of a pipe, where it is no CSV */
	unsigned char *chunk;  /* owned; the piece that was read last */
	size_t chunk_n;        /* 0: the end */
};

/* How the path is called: "-" is "standard input". */
const char *audit_input_name(const char *path);

/* Opens it and reads its first piece; *ret is to be ended in any case. */
int audit_input_open(struct audit_input *ret, const struct audit *a,
	const char *path, struct error *err);
void audit_input_done(struct audit_input *in);

/*
 * The GeneratedTime that it tells: 1, or 0 and *ret untouched where there is
 * none. ERROR_FAILED for what is no CSV, of a pipe, and longer than what is
 * kept.
 */
int audit_input_generated(struct audit_input *in, time_t *ret,
	struct error *err);

/* All of it to the parser, whose end it tells. */
int audit_input_feed(struct audit_input *in, struct report_input *parser,
	struct error *err);

/*
 * For who reads what follows the first piece by himself: at most `size` bytes
 * to p, 0 at the end; and the error where it cannot be read.
 */
int audit_input_next(struct audit_input *in, void *p, size_t size, size_t *ret,
	struct error *err);
int audit_input_failed(const struct audit_input *in, int number,
	struct error *err);

#endif
