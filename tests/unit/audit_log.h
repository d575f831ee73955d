/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An audit of a report's bytes as one text, everything in it that a person or a
 * program could be told: read row by row, or in prepared pieces, which must come
 * to the same.
 */
#ifndef TESTS_UNIT_AUDIT_LOG_H
#define TESTS_UNIT_AUDIT_LOG_H

#include "aws/report/csv/scan.h"
#include "base/buf.h"

/* false: what passes is counted only, as in a text for people. */
void audit_log_read(struct buf *ret, bool tells_all, const unsigned char *p,
	size_t n);
/* The first piece has `first` bytes, the others `piece`, the last fewer. */
void audit_log_read_pieces(struct buf *ret, bool tells_all,
	const unsigned char *p, size_t n, size_t first, size_t piece,
	const struct scan_way *way);
/* As the program reads a file, with threads. */
void audit_log_read_file(struct buf *ret, bool tells_all, const char *path);
/* Rows that no reader had to look at a second time, in the last reading. */
size_t audit_log_prepared(void);

#endif
