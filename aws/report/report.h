/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The credential report: a streaming CSV reader that finds its columns by the
 * header's names.
 *
 * RFC 4180 quoting, LF or CRLF, with or without a last newline, a byte order
 * mark, columns added, left out or in another order, their names in whatever
 * case; semicolons or tabs in place of commas, as spreadsheets write them, all
 * through the stream as in its first header. Several reports may
 * follow each other in one stream, also with the next header glued to the last
 * field of the one before, as `>>` leaves files without a last newline.
 * Memory does not grow with the rows.
 */
#ifndef AWS_REPORT_REPORT_H
#define AWS_REPORT_REPORT_H

#include "base/error.h"

#include <stdint.h>
#include <time.h>

#define REPORT_RECORD_MAX (1u << 20) /* bytes of the longest row */
#define REPORT_FIELDS_MAX 128        /* columns of a report */

enum report_column {
	REPORT_USER, /* these four are in every report */
	REPORT_ARN,
	REPORT_PASSWORD_ENABLED,
	REPORT_MFA_ACTIVE,
	REPORT_USER_CREATION_TIME, /* the others may be absent */
	REPORT_PASSWORD_LAST_USED,
	REPORT_PASSWORD_LAST_CHANGED,
	REPORT_PASSWORD_NEXT_ROTATION,
	REPORT_ACCESS_KEY_1_ACTIVE,
	REPORT_ACCESS_KEY_1_LAST_ROTATED,
	REPORT_ACCESS_KEY_1_LAST_USED_DATE,
	REPORT_ACCESS_KEY_1_LAST_USED_REGION,
	REPORT_ACCESS_KEY_1_LAST_USED_SERVICE,
	REPORT_ACCESS_KEY_2_ACTIVE,
	REPORT_ACCESS_KEY_2_LAST_ROTATED,
	REPORT_ACCESS_KEY_2_LAST_USED_DATE,
	REPORT_ACCESS_KEY_2_LAST_USED_REGION,
	REPORT_ACCESS_KEY_2_LAST_USED_SERVICE,
	REPORT_CERT_1_ACTIVE,
	REPORT_CERT_1_LAST_ROTATED,
	REPORT_CERT_2_ACTIVE,
	REPORT_CERT_2_LAST_ROTATED,
	REPORT_ADDITIONAL_CREDENTIALS_INFO,
	REPORT_COLUMNS, /* how many */
};

struct report_field {
	const char *p; /* no NUL behind it; NULL: the column is absent */
	size_t n;
};

/* One user's row, borrowed for the callback. */
struct report_row {
	uint64_t line;   /* of the input, from 1, where the row begins */
	uint64_t byte;   /* offset of the row in the input, from 0 */
	unsigned report; /* which report of the stream, from 1 */
	struct report_field field[REPORT_COLUMNS];
};

struct report_events {
	/* Negative stops the reader and is what it returns. */
	int (*row)(void *data, const struct report_row *row,
		struct error *err);
	/*
	 * A row that cannot be read (another number of fields than the
	 * header, a stray quote): `why` names line and cause. NULL: such a
	 * row ends the reading with that error.
	 */
	int (*bad)(void *data, uint64_t line, const struct error *why,
		struct error *err);
	void *data;
};

struct report;

/* `events` is copied. */
int report_new(struct report **ret, const struct report_events *events,
	struct error *err);
void report_free(struct report **r);

/*
 * The next n bytes, cut anywhere. ERROR_MALFORMED with line and byte for what
 * is no credential report: NUL bytes, UTF-16, HTML, JSON, a header without the
 * four columns or with one twice, a row longer than REPORT_RECORD_MAX. After
 * a failure only report_free may follow.
 */
int report_feed(struct report *r, const void *p, size_t n,
	struct error *err);
/* The same of a struct report behind `data`, as an iam_report_fn. */
int report_feed_any(void *data, const unsigned char *p, size_t n,
	struct error *err);
/* The end of the input: the last row; ERROR_MALFORMED for an empty input or
 * an unclosed quote. */
int report_finish(struct report *r, struct error *err);

/*
 * Where the columns stand that are in every report, as far as rows are read
 * beside this reader: see aws/report/glance.h.
 */
struct report_layout {
	unsigned char columns; /* of the header */
	unsigned char user, arn, password, mfa; /* from 0 */
	unsigned char wanted; /* so many fields are enough for these */
};
/* Of the header that is in force; false where none was read yet, or where other
 * than commas part fields. */
bool report_layout(const struct report *r, struct report_layout *ret);
/* Whether the next byte begins a row under a header with this layout. */
bool report_is_at(const struct report *r, const struct report_layout *l);
/* Where that is so: the next rows, a line each, were read elsewhere. */
void report_pass(struct report *r, uint64_t rows, uint64_t bytes);

/* Reports begun and rows given so far. */
unsigned report_count(const struct report *r);
uint64_t report_rows(const struct report *r);
/* The line on which the next row begins, where it is at one. */
uint64_t report_line(const struct report *r);

/* The header's name of a column ("mfa_active"). */
const char *report_column_name(enum report_column column);

enum report_value {
	REPORT_UNKNOWN,        /* the column is absent */
	REPORT_TRUE,
	REPORT_FALSE,
	REPORT_DATE,
	REPORT_NA,             /* N/A */
	REPORT_NO_INFORMATION, /* no_information */
	REPORT_NOT_SUPPORTED,  /* not_supported */
	REPORT_OTHER,          /* anything else, also empty */
};

/* What a field holds; upper and lower case are the same. */
enum report_value report_value(struct report_field field);
/* As report_value, and the time of a REPORT_DATE (Z or +00:00). */
enum report_value report_time(struct report_field field, time_t *ret);
/* Whether this is the row of the account's root (user <root_account>). */
bool report_row_is_root(const struct report_row *row);

#endif
