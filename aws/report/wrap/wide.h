/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UTF-16 (RFC 2781) to UTF-8, as a stream: what `>` of PowerShell 5 writes, and
 * spreadsheets as "Unicode text".
 */
#ifndef AWS_REPORT_WRAP_WIDE_H
#define AWS_REPORT_WRAP_WIDE_H

#include "base/buf.h"
#include "base/error.h"

/* By the first two bytes: a byte order mark, or a NUL in one of them. */
enum wide_order { WIDE_NONE, WIDE_LITTLE, WIDE_BIG };
enum wide_order wide_order_of(const unsigned char p[2]);

struct wide {
	enum wide_order order;
	uint64_t byte;     /* so many of the input came before */
	unsigned char half; /* the first byte of a unit */
	bool has_half;
	uint32_t high;     /* the first half of a pair; 0: none is open */
	bool begun;        /* a byte order mark is one only before that */
};

/* Appends to ret. ERROR_MALFORMED with the byte's offset. */
int wide_feed(struct wide *w, const unsigned char *p, size_t n,
	struct buf *ret, struct error *err);
/* ERROR_MALFORMED where a character is cut off. */
int wide_finish(const struct wide *w, struct error *err);

#endif
