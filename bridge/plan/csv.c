/* SPDX-License-Identifier: Apache-2.0 */
/* Tables as spreadsheets write them. */
#include "bridge/plan/csv.h"

#include "base/utf8.h"

#include <string.h>

static const char formula[] = "=+-@";

int csv_begin(struct csv *x, const char *p, size_t n, struct error *err)
{
	size_t i;

	if (n >= 2 && (memcmp(p, "\xff\xfe", 2) == 0 ||
			      memcmp(p, "\xfe\xff", 2) == 0))
		return error_set(err, ERROR_MALFORMED,
			"it is UTF-16: save it as UTF-8");
	if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
		p += 3;
		n -= 3;
	}
	x->p = p;
	x->end = p + n;
	x->line = x->next = 1;
	x->n = 0;
	x->separator = ',';
	for (i = 0; i < n && p[i] != '\n'; i++)
		if (p[i] == ',' || p[i] == ';') {
			x->separator = p[i];
			break;
		}
	return 0;
}

static int csv_bad(const struct csv *x, struct error *err, const char *why)
{
	return error_set(err, ERROR_MALFORMED, "line %zu, column %zu: %s",
		x->next, x->n + 1, why);
}

/* ---- one field ---- */

/* Where a field is put; `to` moves on. */
struct room {
	char *to, *end;
};

static int csv_keep(struct csv *x, struct room *room, char c,
	struct error *err)
{
	if (room->end - room->to < 2)
		return csv_bad(x, err, "the fields of this line are too long");
	*room->to++ = c;
	return 0;
}

static bool ends_record(const struct csv *x)
{
	return x->p == x->end || *x->p == '\n' ||
		(*x->p == '\r' && (x->p + 1 == x->end || x->p[1] == '\n'));
}

static bool csv_ends_field(const struct csv *x)
{
	return ends_record(x) || *x->p == x->separator;
}

/* Behind the first quote, up to behind the last. */
static int csv_quoted(struct csv *x, struct room *room, struct error *err)
{
	size_t line = x->next;
	int r = 0;

	while (r == 0 && x->p < x->end) {
		if (*x->p == '"' && (++x->p == x->end || *x->p != '"'))
			return 0;
		x->next += *x->p == '\n';
		r = csv_keep(x, room, *x->p++, err);
	}
	x->next = r == 0 ? line : x->next;
	return r < 0 ? r : csv_bad(x, err, "a quote is not closed");
}

static int csv_plain(struct csv *x, struct room *room, struct error *err)
{
	const char *begin = room->to;
	int r = 0;

	while (r == 0 && !csv_ends_field(x)) {
		if (*x->p == '"')
			return csv_bad(x, err, "a quote inside a field");
		r = csv_keep(x, room, *x->p++, err);
	}
	while (room->to > begin && room->to[-1] == ' ')
		room->to--;
	return r;
}

static void csv_pass_blanks(struct csv *x)
{
	while (x->p < x->end && *x->p == ' ')
		x->p++;
}

/* Line ends and tabs are text here; whoever wants none says so. */
static bool is_text(const char *p, size_t n)
{
	size_t i, from = 0;

	for (i = 0; i <= n; i++) {
		if (i < n && p[i] != '\n' && p[i] != '\r' && p[i] != '\t')
			continue;
		if (!utf8_is_clean(p + from, i - from))
			return false;
		from = i + 1;
	}
	return true;
}

/* Whether it is a formula, behind any number of apostrophes. */
static bool is_formula(const char *s)
{
	s += strspn(s, "'");
	return *s && strchr(formula, *s);
}

/* One apostrophe in front was put there against that. */
static const char *without_guard(const char *s)
{
	return *s == '\'' && is_formula(s) ? s + 1 : s;
}

static int csv_take_field(struct csv *x, struct room *room, struct error *err)
{
	const char *begin = room->to;
	int r;

	if (x->n == CSV_COLUMNS_MAX)
		return csv_bad(x, err, "too many columns");
	csv_pass_blanks(x);
	if (x->p < x->end && *x->p == '"') {
		x->p++;
		r = csv_quoted(x, room, err);
		csv_pass_blanks(x);
		if (r == 0 && !csv_ends_field(x))
			r = csv_bad(x, err,
				"something stands behind a closing quote");
	} else {
		r = csv_plain(x, room, err);
	}
	if (r == 0 && !is_text(begin, (size_t)(room->to - begin)))
		r = csv_bad(x, err, "control characters, or no UTF-8");
	if (r < 0)
		return r;
	*room->to++ = '\0';
	x->fields[x->n++] = without_guard(begin);
	return 0;
}

/* ---- one record ---- */

static int csv_record(struct csv *x, struct error *err)
{
	struct room room = { x->text, x->text + sizeof(x->text) };
	int r;

	x->line = x->next;
	x->n = 0;
	for (;;) {
		r = csv_take_field(x, &room, err);
		if (r < 0 || x->p == x->end || *x->p != x->separator)
			break;
		x->p++;
	}
	if (r < 0)
		return r;
	if (x->p < x->end && *x->p == '\r')
		x->p++;
	if (x->p < x->end && *x->p == '\n') {
		x->p++;
		x->next++;
	}
	return 1;
}

static bool is_empty_record(const struct csv *x)
{
	size_t i;

	for (i = 0; i < x->n; i++)
		if (x->fields[i][0])
			return false;
	return true;
}

int csv_next(struct csv *x, struct error *err)
{
	int r;

	while (x->p < x->end) {
		r = csv_record(x, err);
		if (r < 0 || !is_empty_record(x))
			return r;
	}
	return 0;
}

/* ---- writing ---- */

static bool needs_quotes(const char *s)
{
	size_t n = strlen(s);

	return strpbrk(s, "\",;\r\n\t") || (n > 0 && (s[0] == ' ' ||
		s[n - 1] == ' '));
}

void csv_put(struct buf *b, const char *field, bool first)
{
	bool quotes = needs_quotes(field);

	if (!first)
		buf_put_byte(b, ',');
	if (quotes)
		buf_put_byte(b, '"');
	if (is_formula(field))
		buf_put_byte(b, '\'');
	for (; *field; field++) {
		if (*field == '"')
			buf_put_byte(b, '"');
		buf_put_byte(b, (unsigned char)*field);
	}
	if (quotes)
		buf_put_byte(b, '"');
}

void csv_end(struct buf *b)
{
	buf_put_str(b, "\r\n");
}
