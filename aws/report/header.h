/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The header of a credential report: which record is one, and where it has its
 * columns.
 */
#ifndef AWS_REPORT_HEADER_H
#define AWS_REPORT_HEADER_H

#include "aws/report/record.h"

#define HEADER_WHY 160 /* longest sentence about what is wrong, with NUL */

/* Where a present column stands. */
struct header_place {
	unsigned char column; /* enum report_column */
	unsigned char index;
};

struct header {
	size_t columns; /* 0: none was read yet */
	struct header_place places[REPORT_COLUMNS];
	size_t place_count;
};

/* Whether a record has the four columns that are in every report. */
bool header_is(const struct record *c);
/*
 * A cheap look before header_is(): does the row name a column where `h` has
 * its first, its user's and its mfa_active's?
 */
bool header_may_be(const struct header *h, const struct record *c);
/* Whether the field is the name of a column. */
bool header_has_name(struct report_field f);
/* False, *ret untouched, where the record is no good header: then `why` says
 * so. */
bool header_read(struct header *ret, const struct record *c,
	char why[HEADER_WHY]);
void header_layout(const struct header *h, struct report_layout *ret);
/*
 * Where the last field ends in a column's name that begins a header, as `>>`
 * glues two reports together: the offset of that header in the record, 0 where
 * there is none. The name may be in quotes and behind a byte order mark.
 */
size_t header_glued(const struct record *c);

/* What an input without a header seems to be; NULL: nothing that we know. */
const char *header_strange(const unsigned char *p, size_t n);

#endif
