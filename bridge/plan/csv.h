/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables as spreadsheets write them (RFC 4180): records of fields, with quotes,
 * doubled quotes and line ends inside quotes; a byte order mark, CRLF or LF.
 * A comma or a semicolon separates, whichever the first record has first.
 *
 * A spreadsheet takes a field that begins with one of = + - @ for a formula,
 * and runs it. Such a field is written with an apostrophe in front, which is
 * taken off again by who reads: what was written reads as it was before. Pure.
 */
#ifndef BRIDGE_PLAN_CSV_H
#define BRIDGE_PLAN_CSV_H

#include "base/buf.h"

#define CSV_FILE_MAX 8388608
#define CSV_COLUMNS_MAX 64
#define CSV_RECORD_MAX 65536 /* bytes of one record's fields */

struct csv {
	const char *p, *end; /* borrowed: what is left */
	size_t line;         /* that the record begins in, from 1 */
	size_t next;         /* that the next one begins in */
	char separator;
	size_t n;            /* fields of the record */
	const char *fields[CSV_COLUMNS_MAX]; /* in text, each with its NUL */
	char text[CSV_RECORD_MAX];
};

/* ERROR_MALFORMED for UTF-16, which a spreadsheet may save. */
int csv_begin(struct csv *x, const char *p, size_t n, struct error *err);

/*
 * Reads a record: 1, or 0 at the end. Blank lines are passed over. Fields are
 * valid UTF-8 of printable characters, line ends and tabs, without blanks at
 * either end where they stand in no quotes. ERROR_MALFORMED names line and
 * column.
 */
int csv_next(struct csv *x, struct error *err);

/* Appends a field, neutralised, in quotes where it needs them; `first` in its
 * record, or behind a comma. */
void csv_put(struct buf *b, const char *field, bool first);
/* CRLF */
void csv_end(struct buf *b);

#endif
