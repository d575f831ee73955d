/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The credential report's CSV, as a stream.
 *
 * A record ends at a newline with an even number of quotes before it, which
 * needs no more than two memchr(). A record that lies whole in the caller's
 * bytes is split where it lies; only one that is cut by the end of a piece is
 * put together in `carry`.
 */
#include "aws/report/report.h"

#include "aws/report/header.h"
#include "aws/report/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct report {
	struct report_events events;
	uint64_t line; /* of the next record */
	uint64_t byte;
	uint64_t rows;
	unsigned reports;
	bool failed;

	struct header header;
	struct report_layout layout; /* of it */

	struct buf carry;            /* a record that is not complete */
	bool open;                   /* inside quotes at the end of it */
	bool has_quotes;             /* the record so far */
	uint64_t newlines;           /* in it */
	const unsigned char *quote;  /* next one in this piece, or its end */

	struct buf unquoted;         /* fields of a quoted record */
	struct record record;
};

unsigned report_count(const struct report *r)
{
	return r->reports;
}

uint64_t report_rows(const struct report *r)
{
	return r->rows;
}

uint64_t report_line(const struct report *r)
{
	return r->line;
}

bool report_layout(const struct report *r, struct report_layout *ret)
{
	/* rows are read beside this reader only where commas part fields */
	if (r->header.columns == 0 || r->record.separator != ',')
		return false;
	*ret = r->layout;
	return true;
}

bool report_is_at(const struct report *r, const struct report_layout *l)
{
	return !r->failed && r->header.columns > 0 && r->carry.n == 0 &&
		!r->open && memcmp(l, &r->layout, sizeof(*l)) == 0;
}

void report_pass(struct report *r, uint64_t rows, uint64_t bytes)
{
	r->rows += rows;
	r->line += rows;
	r->byte += bytes;
}

int report_new(struct report **ret, const struct report_events *events,
	struct error *err)
{
	struct report *r = calloc(1, sizeof(*r));

	if (!r)
		return error_memory(err);
	r->events = *events;
	r->line = 1;
	r->record.separator = ',';
	buf_init(&r->carry, REPORT_RECORD_MAX);
	buf_init(&r->unquoted, REPORT_RECORD_MAX);
	*ret = r;
	return 0;
}

void report_free(struct report **r)
{
	if (!r || !*r)
		return;
	buf_done(&(*r)->carry);
	buf_done(&(*r)->unquoted);
	free_p(r);
}

/* ERROR_MALFORMED at the record that is being read. */
static int report_malformed(const struct report *r, struct error *err,
	const char *what)
{
	return error_set(err, ERROR_MALFORMED,
		"the credential report, line %llu (byte %llu): %s",
		(unsigned long long)r->line, (unsigned long long)r->byte, what);
}

static int split_record(struct report *r, const unsigned char *p, size_t n,
	bool quoted, struct error *err)
{
	return record_split(&r->record, &r->unquoted, p, n, quoted,
		r->header.columns, err);
}

static int read_header(struct report *r, struct error *err)
{
	char why[HEADER_WHY];

	if (!header_read(&r->header, &r->record, why))
		return report_malformed(r, err, why);
	header_layout(&r->header, &r->layout);
	r->reports++;
	return 0;
}

static int bad_row(struct report *r, const char *what, struct error *err)
{
	struct error why;

	report_malformed(r, &why, what);
	if (!r->events.bad)
		return error_copy(err, &why);
	return r->events.bad(r->events.data, r->line, &why, err);
}

static int give_row(struct report *r, struct error *err)
{
	const struct record *c = &r->record;
	const struct header *h = &r->header;
	struct report_row row = {
		.line = r->line,
		.byte = r->byte,
		.report = r->reports,
	};
	char what[96];
	size_t i;

	if (c->problem)
		return bad_row(r, c->problem, err);
	if (c->count != h->columns) {
		snprintf(what, sizeof(what),
			"%zu fields where the header has %zu", c->count,
			h->columns);
		return bad_row(r, what, err);
	}
	if (c->high && !record_is_utf8(c))
		return bad_row(r, "a field is not UTF-8 text", err);
	for (i = 0; i < h->place_count; i++)
		row.field[h->places[i].column] = c->field[h->places[i].index];
	r->rows++;
	return r->events.row(r->events.data, &row, err);
}

static bool has_quote(const unsigned char *p, size_t n)
{
	return n > 0 && memchr(p, '"', n);
}

/*
 * A record with more fields than the header: a row with the next header glued
 * to it, or a bad row. 1 where it was the former.
 */
static int unglue(struct report *r, struct error *err)
{
	const unsigned char *p = r->record.p;
	size_t n = r->record.n, at = header_glued(&r->record), bom;
	int e;

	if (at == 0)
		return 0;
	bom = record_bom(p + at, n - at);
	e = split_record(r, p + at + bom, n - at - bom,
		has_quote(p + at, n - at), err);
	if (e < 0)
		return e;
	if (!header_is(&r->record)) {
		/* back to what it was */
		e = split_record(r, p, n, has_quote(p, n), err);
		return e < 0 ? e : 0;
	}
	e = split_record(r, p, at, has_quote(p, at), err);
	if (e >= 0)
		e = give_row(r, err);
	if (e >= 0)
		e = split_record(r, p + at + bom, n - at - bom,
			has_quote(p + at, n - at), err);
	if (e >= 0) {
		r->byte += at;
		e = read_header(r, err);
		r->byte -= at;
	}
	return e < 0 ? e : 1;
}

static bool is_all_blank(const unsigned char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (p[i] != ' ' && p[i] != '\t' && p[i] != '\r')
			return false;
	return true;
}

/* What some programs write above the header: #TYPE ..., sep=; */
static bool is_preamble(const unsigned char *p, size_t n)
{
	return p[0] == '#' || (n == 5 && memcmp(p, "sep=", 4) == 0);
}

/*
 * The first record, by whichever separator makes a header of it: spreadsheets
 * write semicolons where the comma is in numbers, or tabs. By commas where none
 * does.
 */
static int read_first(struct report *r, const unsigned char *p, size_t n,
	bool quoted, struct error *err)
{
	static const char separators[] = ",;\t,";
	size_t i;
	int e = 0;

	if (is_preamble(p, n))
		return 0;
	for (i = 0; e >= 0 && separators[i]; i++) {
		r->record.separator = (unsigned char)separators[i];
		e = split_record(r, p, n, quoted, err);
		if (e >= 0 && header_is(&r->record))
			break;
	}
	return e < 0 ? e : read_header(r, err);
}

/* One record without its newline. */
static int read_record(struct report *r, const unsigned char *p, size_t n,
	bool quoted, struct error *err)
{
	size_t bom;
	int e;

	if (n > 0 && p[n - 1] == '\r')
		n--;
	bom = record_bom(p, n);
	p += bom;
	n -= bom;
	if (is_all_blank(p, n))
		return 0;
	if (r->header.columns == 0)
		return read_first(r, p, n, quoted, err);
	e = split_record(r, p, n, quoted, err);
	if (e < 0)
		return e;
	if (header_may_be(&r->header, &r->record) && header_is(&r->record))
		return read_header(r, err);
	if (r->record.count > r->header.columns) {
		e = unglue(r, err);
		if (e != 0)
			return e;
	}
	return give_row(r, err);
}

/* ---- The stream ---- */

/*
 * The newline that ends the record from p on, or end. Keeps what it learnt
 * about quotes for when the record goes on in the next piece.
 */
static const unsigned char *record_end(struct report *r,
	const unsigned char *p, const unsigned char *end)
{
	const unsigned char *stop;

	for (;; p = stop + 1) {
		stop = record_find(p, end, '\n');
		while (r->quote < stop) {
			r->open = !r->open;
			r->has_quotes = true;
			r->quote = record_find(r->quote + 1, end, '"');
		}
		if (stop == end || !r->open)
			return stop;
		r->newlines++;
	}
}

static int too_long(struct report *r, const unsigned char *p, size_t n,
	struct error *err)
{
	const char *strange = r->header.columns ? NULL : header_strange(p, n);

	if (strange)
		return report_malformed(r, err, strange);
	return report_malformed(r, err, r->open ?
		"a quote is not closed within 1 MiB" :
		"the line is longer than 1 MiB");
}

static int finish_record(struct report *r, const unsigned char *p, size_t n,
	size_t taken, struct error *err)
{
	int e;

	if (n > REPORT_RECORD_MAX)
		return too_long(r, p, n, err);
	e = read_record(r, p, n, r->has_quotes, err);
	if (e < 0)
		return e;
	r->line += r->newlines + 1;
	r->byte += taken;
	r->newlines = 0;
	r->has_quotes = false;
	r->open = false;
	return 0;
}

static int carry_on(struct report *r, const unsigned char *p, size_t n,
	struct error *err)
{
	if (n > REPORT_RECORD_MAX - r->carry.n)
		return too_long(r, r->carry.n ? r->carry.p : p,
			r->carry.n ? r->carry.n : n, err);
	buf_put(&r->carry, p, n);
	return buf_failed(&r->carry) ? error_memory(err) : 0;
}

static int feed_bytes(struct report *r, const unsigned char *p,
	const unsigned char *end, struct error *err)
{
	const unsigned char *stop;
	int e = 0;

	r->quote = record_find(p, end, '"');
	while (p < end && e >= 0) {
		stop = record_end(r, p, end);
		if (stop == end)
			return carry_on(r, p, (size_t)(end - p), err);
		if (r->carry.n > 0) {
			e = carry_on(r, p, (size_t)(stop - p), err);
			if (e >= 0)
				e = finish_record(r, r->carry.p, r->carry.n,
					r->carry.n + 1, err);
			buf_reset(&r->carry);
		} else {
			e = finish_record(r, p, (size_t)(stop - p),
				(size_t)(stop - p) + 1, err);
		}
		p = stop + 1;
	}
	return e;
}

/* Everything before it in its record lies in `carry`. */
static int nul_byte(struct report *r, struct error *err)
{
	const char *strange = NULL;

	buf_put_byte(&r->carry, '\0');
	if (r->header.columns == 0 && !buf_failed(&r->carry))
		strange = header_strange(r->carry.p, r->carry.n);
	return report_malformed(r, err, strange ? strange : "a NUL byte");
}

int report_feed(struct report *r, const void *bytes, size_t n,
	struct error *err)
{
	const unsigned char *p = bytes, *end, *nul;
	int e;

	if (r->failed)
		return error_set(err, ERROR_MALFORMED,
			"the credential report was given up before");
	if (n == 0)
		return 0;
	end = p + n;
	nul = record_find(p, end, '\0');
	e = feed_bytes(r, p, nul, err);
	if (e >= 0 && nul != end)
		e = nul_byte(r, err);
	r->failed = e < 0;
	return e;
}

int report_feed_any(void *data, const unsigned char *p, size_t n,
	struct error *err)
{
	return report_feed(data, p, n, err);
}

int report_finish(struct report *r, struct error *err)
{
	int e = 0;

	if (r->failed)
		return report_feed(r, "", 0, err);
	if (r->open)
		e = report_malformed(r, err, "a quote is not closed");
	else if (r->carry.n > 0)
		e = finish_record(r, r->carry.p, r->carry.n, r->carry.n, err);
	buf_reset(&r->carry);
	if (e >= 0 && r->reports == 0)
		e = error_set(err, ERROR_MALFORMED,
			"the credential report is empty");
	r->failed = e < 0;
	return e;
}
