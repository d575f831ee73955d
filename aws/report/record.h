/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One record of a CSV, split into its fields: RFC 4180, and what breaches it
 * said by its name.
 */
#ifndef AWS_REPORT_RECORD_H
#define AWS_REPORT_RECORD_H

#include "aws/report/report.h"
#include "base/buf.h"

#define RECORD_BOM "\xef\xbb\xbf"
/* Two headers' worth: a header may be glued to a row. */
#define RECORD_FIELDS_MAX (2 * REPORT_FIELDS_MAX)

/* A record as split; all bytes are borrowed. */
struct record {
	unsigned char separator; /* of fields; the caller's word */
	const unsigned char *p;
	size_t n;
	bool quoted;            /* holds a quote */
	size_t count;           /* fields */
	struct report_field field[RECORD_FIELDS_MAX];
	size_t last_at;         /* raw field of the header's last column */
	size_t last_end;
	const char *problem;    /* first breach of RFC 4180; NULL: none */
	bool high;              /* a byte beyond ASCII */
};

/*
 * Splits the n bytes at p at c->separator, without a newline at their end.
 * `columns` is how many the header has, 0 before there is one; `quoted` false
 * promises that there is no quote. `unquoted` keeps the fields that could not
 * be read where they lie: they are good until it is used again.
 */
int record_split(struct record *c, struct buf *unquoted,
	const unsigned char *p, size_t n, bool quoted, size_t columns,
	struct error *err);
/* Whether all fields are UTF-8, control characters apart. */
bool record_is_utf8(const struct record *c);

/* The first byte c from p on, or end. */
const unsigned char *record_find(const unsigned char *p,
	const unsigned char *end, int c);
/* The bytes of a byte order mark at p: 3 or 0. */
size_t record_bom(const unsigned char *p, size_t n);

#endif
