/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The credential report's CSV, as a stream.
 *
 * A record ends at a newline with an even number of quotes before it, which
 * needs no more than two memchr(). A record that lies whole in the caller's
 * bytes is split where it lies; only one that is cut by the end of a piece is
 * put together in `carry`. Records without a quote, which are nearly all, are
 * split a word at a time.
 */
#include "aws/report/report.h"

#include "base/buf.h"
#include "base/text.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BOM "\xef\xbb\xbf"
#define SPLIT_MAX (2 * REPORT_FIELDS_MAX) /* two headers' worth: see glue */

static const char *const column_names[REPORT_COLUMNS] = {
	[REPORT_USER] = "user",
	[REPORT_ARN] = "arn",
	[REPORT_PASSWORD_ENABLED] = "password_enabled",
	[REPORT_MFA_ACTIVE] = "mfa_active",
	[REPORT_USER_CREATION_TIME] = "user_creation_time",
	[REPORT_PASSWORD_LAST_USED] = "password_last_used",
	[REPORT_PASSWORD_LAST_CHANGED] = "password_last_changed",
	[REPORT_PASSWORD_NEXT_ROTATION] = "password_next_rotation",
	[REPORT_ACCESS_KEY_1_ACTIVE] = "access_key_1_active",
	[REPORT_ACCESS_KEY_1_LAST_ROTATED] = "access_key_1_last_rotated",
	[REPORT_ACCESS_KEY_1_LAST_USED_DATE] = "access_key_1_last_used_date",
	[REPORT_ACCESS_KEY_1_LAST_USED_REGION] =
		"access_key_1_last_used_region",
	[REPORT_ACCESS_KEY_1_LAST_USED_SERVICE] =
		"access_key_1_last_used_service",
	[REPORT_ACCESS_KEY_2_ACTIVE] = "access_key_2_active",
	[REPORT_ACCESS_KEY_2_LAST_ROTATED] = "access_key_2_last_rotated",
	[REPORT_ACCESS_KEY_2_LAST_USED_DATE] = "access_key_2_last_used_date",
	[REPORT_ACCESS_KEY_2_LAST_USED_REGION] =
		"access_key_2_last_used_region",
	[REPORT_ACCESS_KEY_2_LAST_USED_SERVICE] =
		"access_key_2_last_used_service",
	[REPORT_CERT_1_ACTIVE] = "cert_1_active",
	[REPORT_CERT_1_LAST_ROTATED] = "cert_1_last_rotated",
	[REPORT_CERT_2_ACTIVE] = "cert_2_active",
	[REPORT_CERT_2_LAST_ROTATED] = "cert_2_last_rotated",
	[REPORT_ADDITIONAL_CREDENTIALS_INFO] = "additional_credentials_info",
};

#define REQUIRED 4 /* the first so many columns */

/* Where a present column stands in the header. */
struct place {
	unsigned char column;
	unsigned char index;
};

/* A record as split. */
struct record {
	const unsigned char *p;
	size_t n;
	bool quoted;            /* holds a quote */
	size_t count;           /* fields */
	struct report_field field[SPLIT_MAX];
	size_t last_at;         /* raw field of the header's last column */
	size_t last_end;
	const char *problem;    /* first breach of RFC 4180; NULL: none */
	bool high;              /* a byte beyond ASCII */
};

struct report {
	struct report_events events;
	uint64_t line; /* of the next record */
	uint64_t byte;
	uint64_t rows;
	unsigned reports;
	bool failed;

	size_t columns; /* of the header; 0: none read yet */
	struct place places[REPORT_COLUMNS];
	size_t place_count;

	struct buf carry;            /* a record that is not complete */
	bool open;                   /* inside quotes at the end of it */
	bool has_quotes;             /* the record so far */
	uint64_t newlines;           /* in it */
	const unsigned char *quote;  /* next one in this piece, or its end */

	struct buf unquoted;         /* fields of a quoted record */
	struct record record;
};

const char *report_column_name(enum report_column column)
{
	return column < REPORT_COLUMNS ? column_names[column] : "";
}

unsigned report_count(const struct report *r)
{
	return r->reports;
}

uint64_t report_rows(const struct report *r)
{
	return r->rows;
}

int report_new(struct report **ret, const struct report_events *events,
	struct error *err)
{
	struct report *r = calloc(1, sizeof(*r));

	if (!r)
		return error_memory(err);
	r->events = *events;
	r->line = 1;
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

static const unsigned char *find_byte(const unsigned char *p,
	const unsigned char *end, int c)
{
	const unsigned char *found = NULL;

	if (p < end)
		found = memchr(p, c, (size_t)(end - p));
	return found ? found : end;
}

/* ---- Splitting ---- */

static void put_field(struct record *c, const unsigned char *p,
	const unsigned char *end)
{
	if (c->count == SPLIT_MAX) {
		c->problem = "too many fields";
		return;
	}
	c->field[c->count].p = (const char *)p;
	c->field[c->count].n = (size_t)(end - p);
	c->count++;
}

#define ONES 0x0101010101010101u
#define HIGH 0x8080808080808080u

/* The high bit of every byte of w that is a comma, and of no other. */
static inline uint64_t commas(uint64_t w)
{
	uint64_t x = w ^ (ONES * ',');

	return ~(((x & ~HIGH) + ~HIGH) | x | ~HIGH);
}

/* Whether there is a byte beyond ASCII. */
static bool has_high(const unsigned char *p, size_t n)
{
	uint64_t w, all = 0;

	for (; n >= 8; p += 8, n -= 8) {
		memcpy(&w, p, 8);
		all |= w;
	}
	for (; n > 0; p++, n--)
		all |= *p;
	return (all & HIGH) != 0;
}

static void split_plain(struct record *c, size_t columns)
{
	const unsigned char *p = c->p, *end = p + c->n, *start = p;
	uint64_t w, hits, all = 0;

	for (; end - p >= 8; p += 8) {
		memcpy(&w, p, 8);
		w = le64toh(w);
		all |= w;
		for (hits = commas(w); hits; hits &= hits - 1) {
			const unsigned char *comma =
				p + __builtin_ctzll(hits) / 8;

			put_field(c, start, comma);
			start = comma + 1;
		}
	}
	for (; p < end; p++) {
		all |= *p;
		if (*p == ',') {
			put_field(c, start, p);
			start = p + 1;
		}
	}
	put_field(c, start, end);
	c->high = (all & HIGH) != 0;
	if (c->count > columns && columns > 0) {
		c->last_at = (size_t)((const unsigned char *)
			c->field[columns - 1].p - c->p);
		c->last_end = c->last_at + c->field[columns - 1].n;
	}
}

/*
 * A field in quotes from p on that holds quotes, or has text behind the
 * closing one, which is kept, as a problem: its text goes to `out`. Returns
 * where the field ends (comma or end).
 */
static const unsigned char *unquote(struct record *c, struct buf *out,
	const unsigned char *p, const unsigned char *end)
{
	const unsigned char *close, *comma;
	size_t from = out->n;

	for (p++;; p = close + 2) {
		close = find_byte(p, end, '"');
		buf_put(out, p, (size_t)(close - p));
		if (close == end) {
			c->problem = "a quote is not closed";
			comma = end;
			break;
		}
		if (end - close >= 2 && close[1] == '"') {
			buf_put_byte(out, '"');
			continue;
		}
		comma = find_byte(close + 1, end, ',');
		if (comma != close + 1 && !c->problem)
			c->problem = "text behind a closing quote";
		buf_put(out, close + 1, (size_t)(comma - close - 1));
		break;
	}
	put_field(c, out->p + from, out->p + out->n);
	return comma;
}

static const unsigned char *plain_field(struct record *c,
	const unsigned char *p, const unsigned char *end)
{
	const unsigned char *comma = find_byte(p, end, ',');

	if (find_byte(p, comma, '"') != comma && !c->problem)
		c->problem = "a quote inside a field that is not quoted";
	put_field(c, p, comma);
	return comma;
}

/* One field of whatever kind; where it lies, if it can be read there. */
static const unsigned char *one_field(struct record *c, struct buf *out,
	const unsigned char *p, const unsigned char *end)
{
	const unsigned char *close;

	if (p == end || *p != '"')
		return plain_field(c, p, end);
	close = find_byte(p + 1, end, '"');
	if (close == end || (close + 1 < end && close[1] != ','))
		return unquote(c, out, p, end);
	put_field(c, p + 1, close);
	return close + 1;
}

/*
 * Room for all that unquoting can yield, which never makes longer: the memory
 * must not move while fields point into it.
 */
static int make_room(struct buf *out, const struct record *c,
	struct error *err)
{
	buf_reset(out);
	if (out->size <= c->n)
		buf_put(out, c->p, c->n);
	out->n = 0;
	return buf_failed(out) ? error_memory(err) : 0;
}

static int split_quoted(struct record *c, struct buf *out, size_t columns,
	struct error *err)
{
	const unsigned char *p = c->p, *end = p + c->n, *next;
	int r;

	r = make_room(out, c, err);
	if (r < 0)
		return r;
	for (;; p = next + 1) {
		bool last = c->count + 1 == columns;

		next = one_field(c, out, p, end);
		if (last) {
			c->last_at = (size_t)(p - c->p);
			c->last_end = (size_t)(next - c->p);
		}
		if (next == end)
			break;
	}
	c->high = has_high(c->p, c->n);
	return 0;
}

static int split_record(struct report *r, const unsigned char *p, size_t n,
	bool quoted, struct error *err)
{
	struct record *c = &r->record;

	c->p = p;
	c->n = n;
	c->quoted = quoted;
	c->count = 0;
	c->problem = NULL;
	c->high = false;
	if (quoted)
		return split_quoted(c, &r->unquoted, r->columns, err);
	split_plain(c, r->columns);
	return 0;
}

/* ---- Headers ---- */

static int column_of(struct report_field f)
{
	int i;

	for (i = 0; i < REPORT_COLUMNS; i++)
		if (f.n == strlen(column_names[i]) &&
			memcmp(f.p, column_names[i], f.n) == 0)
			return i;
	return -1;
}

/* Whether a field's length and first letter could be those of a column. */
static bool may_be_column(struct report_field f)
{
	static const uint32_t lengths = 1u << 3 | 1u << 4 | 1u << 10 |
		1u << 13 | 1u << 16 | 1u << 18 | 1u << 19 | 1u << 21 |
		1u << 22 | 1u << 25 | 1u << 27 | 1u << 29 | 1u << 30;

	return f.n < 32 && (lengths >> f.n & 1) && strchr("uapmc", f.p[0]);
}

static bool is_header(const struct record *c)
{
	unsigned seen = 0;
	size_t i;
	int column;

	for (i = 0; i < c->count; i++) {
		column = column_of(c->field[i]);
		if (column >= 0 && column < REQUIRED)
			seen |= 1u << column;
	}
	return seen == (1u << REQUIRED) - 1;
}

/*
 * A cheap look before is_header(): does the row name a column where the
 * present header has its first, its user's and its mfa_active's?
 */
static bool may_be_header(const struct report *r)
{
	const struct record *c = &r->record;
	size_t i;

	if (may_be_column(c->field[0]) && column_of(c->field[0]) >= 0)
		return true;
	for (i = 0; i < r->place_count; i++) {
		const struct place *at = &r->places[i];

		if ((at->column != REPORT_USER &&
			    at->column != REPORT_MFA_ACTIVE) ||
			at->index >= c->count)
			continue;
		if (may_be_column(c->field[at->index]) &&
			column_of(c->field[at->index]) >= 0)
			return true;
	}
	return false;
}

/* What an input that has no header seems to be. */
static const char *strange_input(const unsigned char *p, size_t n)
{
	while (n > 0 && strchr(" \t\r\n", *p) && *p)
		p++, n--;
	if ((n >= 2 && (memcmp(p, "\xff\xfe", 2) == 0 ||
			       memcmp(p, "\xfe\xff", 2) == 0 || !p[1])) ||
		(n >= 1 && !p[0]))
		return "this is not UTF-8 but UTF-16 or binary: save it as "
		       "UTF-8";
	if (n >= 1 && *p == '<')
		return "this is HTML or XML, not a credential report";
	if (n >= 1 && (*p == '{' || *p == '['))
		return "this is JSON, not CSV";
	return NULL;
}

static int no_header(const struct report *r, struct error *err)
{
	const struct record *c = &r->record;
	const char *strange = strange_input(c->p, c->n);
	unsigned seen = 0;
	char what[160];
	size_t i;
	int column;

	if (strange)
		return report_malformed(r, err, strange);
	for (i = 0; i < c->count; i++) {
		column = column_of(c->field[i]);
		if (column >= 0 && column < REQUIRED)
			seen |= 1u << column;
	}
	for (i = 0; i < REQUIRED; i++)
		if (!(seen >> i & 1))
			break;
	if (seen == 0)
		return report_malformed(r, err,
			"no header of a credential report "
			"(user,arn,...)");
	snprintf(what, sizeof(what), "the header has no column '%s', without "
		"which nothing can be said", column_names[i]);
	return report_malformed(r, err, what);
}

static int column_twice(const struct report *r, struct report_field f,
	struct error *err)
{
	char what[160];

	snprintf(what, sizeof(what), "the header has the column '%.*s' twice",
		f.n > 80 ? 80 : (int)f.n, f.p);
	return report_malformed(r, err, what);
}

static int check_twice(const struct report *r, struct error *err)
{
	const struct record *c = &r->record;
	size_t i, k;

	for (i = 0; i < c->count; i++)
		for (k = 0; k < i; k++)
			if (c->field[i].n == c->field[k].n &&
				c->field[i].n > 0 &&
				memcmp(c->field[i].p, c->field[k].p,
					c->field[i].n) == 0)
				return column_twice(r, c->field[i], err);
	return 0;
}

static int read_header(struct report *r, struct error *err)
{
	const struct record *c = &r->record;
	size_t i;
	int column, e;

	if (!is_header(c))
		return no_header(r, err);
	if (c->problem)
		return report_malformed(r, err, c->problem);
	if (c->count > REPORT_FIELDS_MAX)
		return report_malformed(r, err,
			"the header has too many columns");
	e = check_twice(r, err);
	if (e < 0)
		return e;
	r->place_count = 0;
	for (i = 0; i < c->count; i++) {
		column = column_of(c->field[i]);
		if (column < 0)
			continue;
		r->places[r->place_count].column = (unsigned char)column;
		r->places[r->place_count].index = (unsigned char)i;
		r->place_count++;
	}
	r->columns = c->count;
	r->reports++;
	return 0;
}

/* ---- Rows ---- */

static int bad_row(struct report *r, const char *what, struct error *err)
{
	struct error why;

	report_malformed(r, &why, what);
	if (!r->events.bad)
		return error_copy(err, &why);
	return r->events.bad(r->events.data, r->line, &why, err);
}

/* UTF-8 between control characters, which a field in quotes may hold. */
static bool is_utf8(struct report_field f)
{
	size_t from = 0, i;

	for (i = 0; i <= f.n; i++) {
		if (i < f.n && (unsigned char)f.p[i] >= ' ' && f.p[i] != 0x7f)
			continue;
		if (!utf8_is_clean(f.p + from, i - from))
			return false;
		from = i + 1;
	}
	return true;
}

static bool fields_are_utf8(const struct record *c)
{
	size_t i;

	for (i = 0; i < c->count; i++)
		if (!is_utf8(c->field[i]))
			return false;
	return true;
}

static int give_row(struct report *r, struct error *err)
{
	const struct record *c = &r->record;
	struct report_row row = {
		.line = r->line,
		.byte = r->byte,
		.report = r->reports,
	};
	char what[96];
	size_t i;

	if (c->problem)
		return bad_row(r, c->problem, err);
	if (c->count != r->columns) {
		snprintf(what, sizeof(what),
			"%zu fields where the header has %zu", c->count,
			r->columns);
		return bad_row(r, what, err);
	}
	if (c->high && !fields_are_utf8(c))
		return bad_row(r, "a field is not UTF-8 text", err);
	for (i = 0; i < r->place_count; i++)
		row.field[r->places[i].column] = c->field[r->places[i].index];
	r->rows++;
	return r->events.row(r->events.data, &row, err);
}

/*
 * Where the last field ends in a column's name that begins a header, as `>>`
 * glues two reports together: the offset of that header in the record, 0 where
 * there is none. The name may be in quotes and behind a byte order mark.
 */
static size_t find_glue(const struct record *c)
{
	const unsigned char *p = c->p;
	size_t end = c->last_end, n, i, at;
	bool quoted = end > c->last_at && p[end - 1] == '"';

	end -= quoted ? 1 : 0;
	for (i = 0; i < REPORT_COLUMNS; i++) {
		n = strlen(column_names[i]) + (quoted ? 1 : 0);
		if (end < c->last_at + n)
			continue;
		at = end - n;
		if (quoted && p[at] != '"')
			continue;
		if (memcmp(p + end - strlen(column_names[i]), column_names[i],
			    strlen(column_names[i])) != 0)
			continue;
		if (at >= c->last_at + 3 && memcmp(p + at - 3, BOM, 3) == 0)
			at -= 3;
		return at;
	}
	return 0;
}

static bool has_quote(const unsigned char *p, size_t n)
{
	return n > 0 && memchr(p, '"', n);
}

static size_t bom_length(const unsigned char *p, size_t n)
{
	return n >= 3 && memcmp(p, BOM, 3) == 0 ? 3 : 0;
}

/*
 * A record with more fields than the header: a row with the next header glued
 * to it, or a bad row. 1 where it was the former.
 */
static int unglue(struct report *r, struct error *err)
{
	const unsigned char *p = r->record.p;
	size_t n = r->record.n, at = find_glue(&r->record), bom;
	int e;

	if (at == 0)
		return 0;
	bom = bom_length(p + at, n - at);
	e = split_record(r, p + at + bom, n - at - bom,
		has_quote(p + at, n - at), err);
	if (e < 0)
		return e;
	if (!is_header(&r->record)) {
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

/* One record without its newline. */
static int read_record(struct report *r, const unsigned char *p, size_t n,
	bool quoted, struct error *err)
{
	size_t bom;
	int e;

	if (n > 0 && p[n - 1] == '\r')
		n--;
	bom = bom_length(p, n);
	p += bom;
	n -= bom;
	if (is_all_blank(p, n))
		return 0;
	e = split_record(r, p, n, quoted, err);
	if (e < 0)
		return e;
	if (r->columns == 0)
		return read_header(r, err);
	if (may_be_header(r) && is_header(&r->record))
		return read_header(r, err);
	if (r->record.count > r->columns) {
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
		stop = find_byte(p, end, '\n');
		while (r->quote < stop) {
			r->open = !r->open;
			r->has_quotes = true;
			r->quote = find_byte(r->quote + 1, end, '"');
		}
		if (stop == end || !r->open)
			return stop;
		r->newlines++;
	}
}

static int too_long(struct report *r, const unsigned char *p, size_t n,
	struct error *err)
{
	const char *strange = r->columns ? NULL : strange_input(p, n);

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

	r->quote = find_byte(p, end, '"');
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
	if (r->columns == 0 && !buf_failed(&r->carry))
		strange = strange_input(r->carry.p, r->carry.n);
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
	nul = find_byte(p, end, '\0');
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
