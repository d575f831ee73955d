/* SPDX-License-Identifier: Apache-2.0 */
/* The list of a delivery, or of kept keys. */
#include "bridge/lifecycle/delivery.h"

#include "base/encode.h"
#include "base/file.h"
#include "base/text.h"
#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum column {
	COLUMN_OTHER,
	COLUMN_SERIAL,
	COLUMN_LABEL,
	COLUMN_AAGUID,
	COLUMN_PRODUCT,
	COLUMN_LOT,
	COLUMN_HOLDER,
	COLUMN_COUNT,
};

struct parser {
	const char *p, *end;
	size_t line;
	char separator;
	enum intake_kind kind;
	size_t column; /* of the field that is looked at, from 1; 0: none is */
	enum column columns[INTAKE_COLUMNS_MAX];
	size_t columns_n;
	struct intake_list list;
	/* the fields of one line, unquoted, each ended by a NUL */
	char text[INTAKE_COLUMNS_MAX * (TEXT_MAX + 1)];
	const char *fields[INTAKE_COLUMNS_MAX];
	size_t fields_n;
};

static void row_done(struct intake_row *row)
{
	free(row->label);
	free(row->holder);
	free(row->product);
	free(row->lot);
}

void intake_list_done(struct intake_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		row_done(&list->p[i]);
	free(list->p);
	memset(list, 0, sizeof(*list));
}

static int bad(const struct parser *x, struct error *err, const char *why)
{
	if (x->column)
		return error_set(err, ERROR_MALFORMED, "line %zu, column %zu: %s",
			x->line, x->column, why);
	return error_set(err, ERROR_MALFORMED, "line %zu: %s", x->line, why);
}

/* ---- fields ---- */

/* What stands between quotes, behind the first of them. */
static int quoted(struct parser *x, char *to, size_t *ret_n, struct error *err)
{
	size_t n = 0;

	while (x->p < x->end && *x->p != '\n') {
		if (*x->p == '"' && (++x->p == x->end || *x->p != '"')) {
			*ret_n = n;
			return 0;
		}
		if (n == TEXT_MAX)
			return bad(x, err, "a field is too long");
		to[n++] = *x->p++;
	}
	return bad(x, err, "a quote is not closed");
}

static bool ends_field(const struct parser *x)
{
	return x->p == x->end || *x->p == x->separator || *x->p == '\n' ||
		(*x->p == '\r' && (x->p + 1 == x->end || x->p[1] == '\n'));
}

static int plain(struct parser *x, char *to, size_t *ret_n, struct error *err)
{
	size_t n = 0;

	for (; !ends_field(x); x->p++) {
		if (*x->p == '"')
			return bad(x, err, "a quote inside a field");
		if (n == TEXT_MAX)
			return bad(x, err, "a field is too long");
		to[n++] = *x->p;
	}
	while (n > 0 && to[n - 1] == ' ')
		n--;
	*ret_n = n;
	return 0;
}

static void pass_blanks(struct parser *x)
{
	while (x->p < x->end && *x->p == ' ')
		x->p++;
}

static int read_field(struct parser *x, char *to, size_t *ret_n,
	struct error *err)
{
	int r;

	pass_blanks(x);
	if (x->p == x->end || *x->p != '"')
		return plain(x, to, ret_n, err);
	x->p++;
	r = quoted(x, to, ret_n, err);
	pass_blanks(x);
	if (r == 0 && !ends_field(x))
		r = bad(x, err, "something stands behind a closing quote");
	return r;
}

static int take_field(struct parser *x, char **to, struct error *err)
{
	size_t n = 0;
	int r;

	if (x->fields_n == INTAKE_COLUMNS_MAX)
		return bad(x, err, "too many columns");
	x->column = x->fields_n + 1;
	r = read_field(x, *to, &n, err);
	if (r == 0 && !utf8_is_clean(*to, n))
		r = bad(x, err, "control characters, or no UTF-8");
	if (r < 0)
		return r;
	x->column = 0;
	(*to)[n] = '\0';
	x->fields[x->fields_n++] = *to;
	*to += n + 1;
	return 0;
}

/* One line into x->fields. */
static int delivery_read_line(struct parser *x, struct error *err)
{
	char *to = x->text;
	int r;

	x->fields_n = 0;
	for (;;) {
		r = take_field(x, &to, err);
		if (r < 0 || x->p == x->end || *x->p != x->separator)
			break;
		x->p++;
	}
	if (x->p < x->end && *x->p == '\r')
		x->p++;
	if (x->p < x->end && *x->p == '\n')
		x->p++;
	return r;
}

/* As spreadsheets leave them at the end. */
static bool delivery_is_blank(const struct parser *x)
{
	size_t i;

	for (i = 0; i < x->fields_n; i++)
		if (x->fields[i][0])
			return false;
	return true;
}

/* ---- the first line ---- */

static enum column column_of(const char *name, enum intake_kind kind)
{
	static const char *const names[COLUMN_COUNT] = {
		[COLUMN_SERIAL] = "serial",
		[COLUMN_LABEL] = "label",
		[COLUMN_AAGUID] = "aaguid",
		[COLUMN_PRODUCT] = "product",
		[COLUMN_LOT] = "lot",
		[COLUMN_HOLDER] = "holder",
	};
	int i, n = kind == INTAKE_KEPT ? COLUMN_COUNT : COLUMN_HOLDER;

	for (i = 1; i < n; i++)
		if (strcasecmp(names[i], name) == 0)
			return (enum column)i;
	return COLUMN_OTHER;
}

static void ignore_column(struct intake_list *list, const char *name)
{
	size_t used = strlen(list->ignored);

	if (used + strlen(name) + 3 < sizeof(list->ignored))
		snprintf(list->ignored + used, sizeof(list->ignored) - used,
			"%s%s", used ? ", " : "", name);
}

static int read_columns(struct parser *x, struct error *err)
{
	bool has[COLUMN_COUNT] = { false };
	enum column c;
	size_t i;
	int r;

	r = delivery_read_line(x, err);
	for (i = 0; r == 0 && i < x->fields_n; i++) {
		c = column_of(x->fields[i], x->kind);
		if (c == COLUMN_OTHER)
			ignore_column(&x->list, x->fields[i]);
		else if (has[c])
			r = bad(x, err, "a column stands twice");
		has[c] = true;
		x->columns[i] = c;
	}
	x->columns_n = x->fields_n;
	if (r == 0 && x->kind == INTAKE_KEPT && !has[COLUMN_SERIAL])
		r = bad(x, err, "the first line names the columns, and one of "
			"them is 'serial'");
	if (r == 0 && !has[COLUMN_SERIAL] && !has[COLUMN_LABEL])
		r = bad(x, err, "the first line names the columns, and one of "
			"them is 'serial' or 'label'");
	return r;
}

/* ---- rows ---- */

static int take_serial(struct parser *x, struct intake_row *row,
	const char *value, struct error *err)
{
	uint64_t serial;

	if (text_parse_u64(value, UINT32_MAX, &serial) < 0)
		return bad(x, err, "a serial number has other characters than "
			"digits, or too many");
	if (serial == 0)
		return bad(x, err, "no key has the serial number 0");
	row->serial = (uint32_t)serial;
	row->has_serial = true;
	return 0;
}

static int take_aaguid(struct parser *x, struct intake_row *row,
	const char *value, struct error *err)
{
	char digits[33];
	size_t n = 0;

	for (; *value && n < sizeof(digits) - 1; value++)
		if (*value != '-')
			digits[n++] = *value;
	if (*value || n != 32 || hex_decode(digits, n, row->aaguid,
			    sizeof(row->aaguid)) != 16)
		return bad(x, err, "an AAGUID is not 32 hex digits");
	row->has_aaguid = true;
	return 0;
}

/* They go into the registry and from there into other people's tables. */
static int take_text(struct parser *x, char **to, const char *value,
	struct error *err)
{
	if (strchr("=+-@", value[0]))
		return bad(x, err, "a field begins like a formula of a "
			"spreadsheet");
	if (text_check(value, "a field", NULL) < 0)
		return bad(x, err, "a field begins or ends with a blank");
	*to = strdup(value);
	return *to ? 0 : error_memory(err);
}

static int take_value(struct parser *x, struct intake_row *row, enum column c,
	const char *value, struct error *err)
{
	switch (c) {
	case COLUMN_SERIAL:
		return take_serial(x, row, value, err);
	case COLUMN_LABEL:
		return take_text(x, &row->label, value, err);
	case COLUMN_AAGUID:
		return take_aaguid(x, row, value, err);
	case COLUMN_PRODUCT:
		return take_text(x, &row->product, value, err);
	case COLUMN_LOT:
		return take_text(x, &row->lot, value, err);
	case COLUMN_HOLDER:
		return take_text(x, &row->holder, value, err);
	default:
		return 0;
	}
}

static int fill_row(struct parser *x, struct intake_row *row,
	struct error *err)
{
	size_t i;
	int r = 0;

	row->line = x->line;
	if (x->fields_n != x->columns_n)
		return bad(x, err, "not as many fields as the first line");
	for (i = 0; r == 0 && i < x->fields_n; i++) {
		x->column = i + 1;
		if (x->fields[i][0])
			r = take_value(x, row, x->columns[i], x->fields[i],
				err);
	}
	if (r < 0)
		return r;
	x->column = 0;
	if (x->kind == INTAKE_KEPT && !row->has_serial)
		return bad(x, err, "no serial number");
	if (!row->has_serial && !row->label)
		r = bad(x, err, "neither a serial number nor a label");
	return r;
}

static int delivery_add_row(struct parser *x, struct error *err)
{
	struct intake_list *list = &x->list;
	void *p;

	if (list->n == INTAKE_ROWS_MAX)
		return bad(x, err, "too many rows");
	if ((list->n & (list->n - 1)) == 0) { /* full at every power of two */
		p = reallocarray(list->p, list->n ? 2 * list->n : 1,
			sizeof(*list->p));
		if (!p)
			return error_memory(err);
		list->p = p;
	}
	memset(&list->p[list->n], 0, sizeof(*list->p));
	return fill_row(x, &list->p[list->n++], err);
}

/* ---- twice ---- */

static int by_serial(const void *a, const void *b)
{
	const struct intake_row *x = *(const struct intake_row *const *)a;
	const struct intake_row *y = *(const struct intake_row *const *)b;

	if (x->has_serial != y->has_serial)
		return x->has_serial ? -1 : 1;
	return x->serial < y->serial ? -1 : x->serial > y->serial;
}

static int by_label(const void *a, const void *b)
{
	const struct intake_row *x = *(const struct intake_row *const *)a;
	const struct intake_row *y = *(const struct intake_row *const *)b;

	return strcmp(x->label ? x->label : "", y->label ? y->label : "");
}

static int check_order(const struct intake_row **rows, size_t n,
	int (*compare)(const void *, const void *), struct error *err)
{
	size_t i;

	qsort(rows, n, sizeof(*rows), compare);
	for (i = 1; i < n; i++) {
		bool given = compare == by_serial ? rows[i]->has_serial :
						    rows[i]->label != NULL;
		size_t a = rows[i - 1]->line, b = rows[i]->line;

		if (given && compare(&rows[i - 1], &rows[i]) == 0)
			return error_set(err, ERROR_MALFORMED,
				"lines %zu and %zu have the same %s",
				a < b ? a : b, a < b ? b : a,
				compare == by_serial ? "serial number" :
						       "label");
	}
	return 0;
}

static int check_twice(const struct intake_list *list, struct error *err)
{
	CLEANUP(free_p) const struct intake_row **rows = NULL;
	size_t i;
	int r;

	rows = calloc(list->n, sizeof(*rows));
	if (!rows)
		return error_memory(err);
	for (i = 0; i < list->n; i++)
		rows[i] = &list->p[i];
	r = check_order(rows, list->n, by_serial, err);
	return r < 0 ? r : check_order(rows, list->n, by_label, err);
}

/* ---- all ---- */

/* Whichever the first line has first. */
static char separator_of(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n && p[i] != '\n'; i++)
		if (p[i] == ',' || p[i] == ';')
			return p[i];
	return ',';
}

static int parse(struct parser *x, struct error *err)
{
	int r;

	x->line = 1;
	r = read_columns(x, err);
	while (r == 0 && x->p < x->end) {
		x->line++;
		r = delivery_read_line(x, err);
		if (r == 0 && !delivery_is_blank(x))
			r = delivery_add_row(x, err);
	}
	if (r == 0 && x->list.n == 0)
		r = bad(x, err, "the list has no row");
	return r < 0 ? r : check_twice(&x->list, err);
}

int intake_list_parse(const char *p, size_t n, enum intake_kind kind,
	struct intake_list *ret, struct error *err)
{
	CLEANUP(free_p) struct parser *x = calloc(1, sizeof(*x));
	int r;

	if (!x)
		return error_memory(err);
	if (n >= 2 && (memcmp(p, "\xff\xfe", 2) == 0 ||
			      memcmp(p, "\xfe\xff", 2) == 0))
		return error_set(err, ERROR_MALFORMED,
			"the list is UTF-16: save it as UTF-8");
	if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
		p += 3;
		n -= 3;
	}
	x->p = p;
	x->end = p + n;
	x->kind = kind;
	x->separator = separator_of(p, n);
	r = parse(x, err);
	if (r < 0)
		intake_list_done(&x->list);
	else
		*ret = x->list;
	return r;
}

int intake_list_read(const char *path, enum intake_kind kind,
	struct intake_list *ret, struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	struct error e;
	int r;

	buf_init(&b, INTAKE_FILE_MAX);
	r = file_read(path, FILE_ANY, &b, NULL, err);
	if (r < 0)
		return r;
	r = intake_list_parse(buf_str(&b), b.n, kind, ret, &e);
	return r < 0 ? error_set(err, e.code, "'%s', %s", path, e.text) : 0;
}
