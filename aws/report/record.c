/* SPDX-License-Identifier: Apache-2.0 */
/* Records without a quote, which are nearly all, are split a word at a time. */
#include "aws/report/record.h"

#include "base/text.h"

#include <endian.h>
#include <string.h>

const unsigned char *record_find(const unsigned char *p,
	const unsigned char *end, int c)
{
	const unsigned char *found = NULL;

	if (p < end)
		found = memchr(p, c, (size_t)(end - p));
	return found ? found : end;
}

static void put_field(struct record *c, const unsigned char *p,
	const unsigned char *end)
{
	if (c->count == RECORD_FIELDS_MAX) {
		c->problem = "too many fields";
		return;
	}
	c->field[c->count].p = (const char *)p;
	c->field[c->count].n = (size_t)(end - p);
	c->count++;
}

#define ONES 0x0101010101010101u
#define HIGH 0x8080808080808080u

/* The high bit of every byte of w that is c, and of no other. */
static inline uint64_t bytes_that_are(uint64_t w, unsigned char c)
{
	uint64_t x = w ^ (ONES * c);

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
		hits = bytes_that_are(w, c->separator);
		for (; hits; hits &= hits - 1) {
			const unsigned char *stop =
				p + __builtin_ctzll(hits) / 8;

			put_field(c, start, stop);
			start = stop + 1;
		}
	}
	for (; p < end; p++) {
		all |= *p;
		if (*p == c->separator) {
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
 * where the field ends (separator or end).
 */
static const unsigned char *unquote(struct record *c, struct buf *out,
	const unsigned char *p, const unsigned char *end)
{
	const unsigned char *close, *stop;
	size_t from = out->n;

	for (p++;; p = close + 2) {
		close = record_find(p, end, '"');
		buf_put(out, p, (size_t)(close - p));
		if (close == end) {
			c->problem = "a quote is not closed";
			stop = end;
			break;
		}
		if (end - close >= 2 && close[1] == '"') {
			buf_put_byte(out, '"');
			continue;
		}
		stop = record_find(close + 1, end, c->separator);
		if (stop != close + 1 && !c->problem)
			c->problem = "text behind a closing quote";
		buf_put(out, close + 1, (size_t)(stop - close - 1));
		break;
	}
	put_field(c, out->p + from, out->p + out->n);
	return stop;
}

static const unsigned char *plain_field(struct record *c,
	const unsigned char *p, const unsigned char *end)
{
	const unsigned char *stop = record_find(p, end, c->separator);

	if (record_find(p, stop, '"') != stop && !c->problem)
		c->problem = "a quote inside a field that is not quoted";
	put_field(c, p, stop);
	return stop;
}

/* One field of whatever kind; where it lies, if it can be read there. */
static const unsigned char *one_field(struct record *c, struct buf *out,
	const unsigned char *p, const unsigned char *end)
{
	const unsigned char *close;

	if (p == end || *p != '"')
		return plain_field(c, p, end);
	close = record_find(p + 1, end, '"');
	if (close == end || (close + 1 < end && close[1] != c->separator))
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

int record_split(struct record *c, struct buf *unquoted,
	const unsigned char *p, size_t n, bool quoted, size_t columns,
	struct error *err)
{
	c->p = p;
	c->n = n;
	c->quoted = quoted;
	c->count = 0;
	c->problem = NULL;
	c->high = false;
	if (quoted)
		return split_quoted(c, unquoted, columns, err);
	split_plain(c, columns);
	return 0;
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

bool record_is_utf8(const struct record *c)
{
	size_t i;

	for (i = 0; i < c->count; i++)
		if (!is_utf8(c->field[i]))
			return false;
	return true;
}

size_t record_bom(const unsigned char *p, size_t n)
{
	return n >= 3 && memcmp(p, RECORD_BOM, 3) == 0 ? 3 : 0;
}
