/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A session's replies as lines of JSON (docs/FORMATS.md), written as they come
 * and played from what was written.
 */
#ifndef BRIDGE_AUDIT_KEEP_TAPE_FILE_H
#define BRIDGE_AUDIT_KEEP_TAPE_FILE_H

#include "aws/query/tape.h"
#include "base/buf.h"

#define TAPE_FILE_MAX (256u << 20)

struct tape_file;

/* One that keeps. */
int tape_file_new(struct tape_file **ret, struct error *err);
/* One that plays n bytes. ERROR_MALFORMED names the line. Pure. */
int tape_file_parse(struct tape_file **ret, const char *p, size_t n,
	struct error *err);
void tape_file_free(struct tape_file **t);

/* For aws_session_set_tape; as long as the file lives. */
const struct aws_tape *tape_file_tape(const struct tape_file *t);

/* What was kept. ERROR_FAILED where it is more than TAPE_FILE_MAX. */
int tape_file_bytes(struct tape_file *t, const void **ret, size_t *ret_n,
	struct error *err);

#endif
