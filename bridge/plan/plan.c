/* SPDX-License-Identifier: Apache-2.0 */
/* The plan of a rollout. */
#include "bridge/plan/plan.h"

#include "aws/config/arn.h"
#include "base/encode.h"
#include "base/file.h"
#include "base/text.h"
#include "bridge/hash/chain.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const names[PLAN_COLUMNS] = {
	[PLAN_OTHER] = "",
	[PLAN_ACCOUNT] = "account",
	[PLAN_USER] = "user",
	[PLAN_HOLDER] = "holder",
	[PLAN_METHOD] = "method",
	[PLAN_LABEL] = "label",
	[PLAN_SERIAL] = "serial",
};

const char *plan_column_name(enum plan_column c)
{
	return names[c];
}

void plan_done(struct plan *p)
{
	size_t i, k;

	for (i = 0; i < p->n; i++) {
		for (k = 0; p->rows[i].fields && k < p->columns_n; k++)
			free(p->rows[i].fields[k]);
		free(p->rows[i].fields);
	}
	for (k = 0; k < p->columns_n; k++)
		free(p->names[k]);
	free(p->rows);
	memset(p, 0, sizeof(*p));
}

/* ---- problems ---- */

void plan_complain(struct plan *p, const struct plan_row *row,
	enum plan_column c, const char *fmt, ...)
{
	struct plan_problem *x;
	struct error e;
	va_list ap;

	if (p->problems_n++ >= PLAN_PROBLEMS_MAX)
		return;
	x = &p->problems[p->problems_n - 1];
	x->line = row->line;
	x->column = p->where[c];
	va_start(ap, fmt);
	error_setv(&e, ERROR_MALFORMED, fmt, ap);
	va_end(ap);
	snprintf(x->text, sizeof(x->text), "%.*s",
		(int)sizeof(x->text) - 1, e.text);
	utf8_sanitise(x->text); /* a character may have been cut */
}

void plan_problem_text(const struct plan *p, const struct plan_problem *x,
	char *ret, size_t size)
{
	if (x->column)
		snprintf(ret, size, "line %zu, column %zu (%s): %s", x->line,
			x->column, p->names[x->column - 1], x->text);
	else
		snprintf(ret, size, "line %zu: %s", x->line, x->text);
}

/* ---- the first line ---- */

static enum plan_column plan_column_of(const char *name)
{
	int i;

	for (i = 1; i < PLAN_COLUMNS; i++)
		if (strcasecmp(names[i], name) == 0)
			return (enum plan_column)i;
	return PLAN_OTHER;
}

static int take_names(struct plan *p, const struct csv *x, struct error *err)
{
	enum plan_column c;
	size_t i;

	for (i = 0; i < x->n; i++) {
		c = plan_column_of(x->fields[i]);
		if (c && p->where[c])
			return error_set(err, ERROR_MALFORMED,
				"line %zu, column %zu: a second column '%s'",
				x->line, i + 1, names[c]);
		p->where[c] = c ? i + 1 : 0;
		p->names[i] = strdup(x->fields[i]);
		if (!p->names[i])
			return error_memory(err);
		p->columns_n++;
	}
	return 0;
}

static int plan_read_columns(struct plan *p, struct csv *x, struct error *err)
{
	int r = csv_next(x, err);
	int c;

	if (r == 0)
		return error_set(err, ERROR_MALFORMED, "line 1, column 1: it "
			"is empty: the first line names the columns account, "
			"user, holder, method and label");
	if (r > 0)
		r = take_names(p, x, err);
	for (c = PLAN_ACCOUNT; r == 0 && c < PLAN_SERIAL; c++)
		if (!p->where[c])
			r = error_set(err, ERROR_MALFORMED,
				"line %zu, column 1: the first line names the "
				"columns, and none of them is '%s'", x->line,
				names[c]);
	return r;
}

/* ---- rows ---- */

static const char *field_of(const struct plan *p, const struct plan_row *row,
	enum plan_column c)
{
	return p->where[c] ? row->fields[p->where[c] - 1] : "";
}

static void check_account(struct plan *p, struct plan_row *row)
{
	const char *s = row->account;

	if (!*s)
		plan_complain(p, row, PLAN_ACCOUNT,
			"the account must stand in every row");
	else if (!arn_is_account(s, strlen(s)))
		plan_complain(p, row, PLAN_ACCOUNT,
			"'%.40s' is no AWS account: 12 digits%s", s,
			text_is_digits(s, strlen(s)) ?
			" (a spreadsheet drops zeros in front)" : "");
}

/* They go into the registry, and from there into other people's tables. */
static void check_words(struct plan *p, struct plan_row *row,
	enum plan_column c, const char *s)
{
	struct error e;

	if (!*s)
		return;
	if (strchr("=+-@", *s))
		plan_complain(p, row, c,
			"it begins like a formula of a spreadsheet");
	else if (text_check(s, names[c], &e) < 0)
		plan_complain(p, row, c, "%s", e.text);
}

static void check_serial(struct plan *p, struct plan_row *row, const char *s)
{
	uint64_t serial;

	row->printed = "";
	if (!*s)
		return;
	if (strcmp(row->method, "hardware-totp") == 0) {
		row->printed = s;
		check_words(p, row, PLAN_SERIAL, s);
		return;
	}
	if (text_parse_u64(s, UINT32_MAX, &serial) < 0 || serial == 0) {
		plan_complain(p, row, PLAN_SERIAL, "'%.40s' is no serial "
			"number: digits, at most %u", s, UINT32_MAX);
		return;
	}
	row->serial = (uint32_t)serial;
	row->has_serial = true;
}

static void judge_row(struct plan *p, struct plan_row *row)
{
	row->account = field_of(p, row, PLAN_ACCOUNT);
	row->user = field_of(p, row, PLAN_USER);
	row->holder = field_of(p, row, PLAN_HOLDER);
	row->method = field_of(p, row, PLAN_METHOD);
	row->label = field_of(p, row, PLAN_LABEL);
	check_account(p, row);
	if (!arn_is_user_name(row->user))
		plan_complain(p, row, PLAN_USER, !*row->user ?
			"the user must stand in every row" :
			"'%.80s' is no name of an IAM user: "
			ARN_USER_NAME_RULE, row->user);
	if (!*row->method)
		plan_complain(p, row, PLAN_METHOD,
			"the method must stand in every row");
	check_words(p, row, PLAN_HOLDER, row->holder);
	check_words(p, row, PLAN_LABEL, row->label);
	check_serial(p, row, field_of(p, row, PLAN_SERIAL));
	if (!*row->holder)
		row->holder = row->user;
}

static int fill_fields(struct plan *p, struct plan_row *row,
	const struct csv *x, struct error *err)
{
	size_t i;

	row->line = x->line;
	row->fields = calloc(p->columns_n, sizeof(*row->fields));
	if (!row->fields)
		return error_memory(err);
	for (i = 0; i < p->columns_n; i++) {
		row->fields[i] = strdup(x->fields[i]);
		if (!row->fields[i])
			return error_memory(err);
	}
	return 0;
}

static int plan_add_row(struct plan *p, const struct csv *x, struct error *err)
{
	void *grown;
	int r;

	if (x->n != p->columns_n)
		return error_set(err, ERROR_MALFORMED,
			"line %zu, column %zu: %zu fields, and the first line "
			"has %zu", x->line,
			x->n < p->columns_n ? x->n : p->columns_n + 1, x->n,
			p->columns_n);
	if (p->n == PLAN_ROWS_MAX)
		return error_set(err, ERROR_MALFORMED,
			"line %zu, column 1: more than %d rows: make several "
			"plans (--split)", x->line, PLAN_ROWS_MAX);
	if ((p->n & (p->n - 1)) == 0) { /* full at every power of two */
		grown = reallocarray(p->rows, p->n ? 2 * p->n : 1,
			sizeof(*p->rows));
		if (!grown)
			return error_memory(err);
		p->rows = grown;
	}
	memset(&p->rows[p->n], 0, sizeof(*p->rows));
	r = fill_fields(p, &p->rows[p->n++], x, err);
	if (r == 0)
		judge_row(p, &p->rows[p->n - 1]);
	return r;
}

/* ---- twice ---- */

/* What must stand once: compared as 0, by the row that stands later. */
struct once {
	enum plan_column column; /* that the sentence is about */
	const char *what;
	int (*compare)(const struct plan_row *a, const struct plan_row *b);
};

static int by_serial_number(const struct plan_row *a, const struct plan_row *b)
{
	if (!a->has_serial || !b->has_serial)
		return a->has_serial - b->has_serial;
	return a->serial < b->serial ? -1 : a->serial > b->serial;
}

static int by_row_printed(const struct plan_row *a, const struct plan_row *b)
{
	return strcmp(a->printed, b->printed);
}

static int by_row_label(const struct plan_row *a, const struct plan_row *b)
{
	return strcmp(a->label, b->label);
}

/* IAM knows no two users that differ by case alone. */
static int by_row_user(const struct plan_row *a, const struct plan_row *b)
{
	int r = strcmp(a->account, b->account);

	if (r == 0)
		r = strcasecmp(a->user, b->user);
	return r ? r : strcmp(a->label, b->label);
}

static bool counts(const struct once *o, const struct plan_row *row)
{
	return o->compare == by_serial_number ? row->has_serial :
		o->compare == by_row_printed ? *row->printed :
		o->compare == by_row_label ? *row->label : *row->user;
}

static const struct once onces[] = {
	{ PLAN_SERIAL, "serial number", by_serial_number },
	{ PLAN_SERIAL, "serial number", by_row_printed },
	{ PLAN_LABEL, "label", by_row_label },
	{ PLAN_USER, "user, and no label tells them apart", by_row_user },
};

static int compare_rows(const void *a, const void *b, void *arg)
{
	const struct plan_row *x = *(struct plan_row *const *)a;
	const struct plan_row *y = *(struct plan_row *const *)b;
	const struct once *o = arg;
	int r = o->compare(x, y);

	return r ? r : x->line < y->line ? -1 : x->line > y->line;
}

static void check_once(struct plan *p, struct plan_row **rows,
	const struct once *o)
{
	bool is_user = o->compare == by_row_user;
	struct once copy = *o;
	size_t i;

	qsort_r(rows, p->n, sizeof(*rows), compare_rows, &copy);
	for (i = 1; i < p->n; i++) {
		/* a label that stands twice is said as such */
		if (!counts(o, rows[i]) || (is_user && *rows[i]->label) ||
			o->compare(rows[i - 1], rows[i]) != 0)
			continue;
		plan_complain(p, rows[i], o->column,
			"line %zu has the same %s", rows[i - 1]->line,
			o->what);
	}
}

static int check_all_once(struct plan *p, struct error *err)
{
	CLEANUP(free_p) struct plan_row **rows = calloc(p->n, sizeof(*rows));
	size_t i, k;

	if (!rows)
		return error_memory(err);
	for (k = 0; k < ARRAY_LEN(onces); k++) {
		for (i = 0; i < p->n; i++)
			rows[i] = &p->rows[i];
		check_once(p, rows, &onces[k]);
	}
	return 0;
}

/* ---- all ---- */

static int plan_parse_all(struct plan *p, struct csv *x, struct error *err)
{
	int r = plan_read_columns(p, x, err);

	if (r < 0)
		return r;
	while ((r = csv_next(x, err)) > 0) {
		r = plan_add_row(p, x, err);
		if (r < 0)
			return r;
	}
	if (r == 0 && p->n == 0)
		r = error_set(err, ERROR_MALFORMED,
			"line %zu, column 1: the plan has no row", x->next);
	return r < 0 ? r : check_all_once(p, err);
}

int plan_parse(const char *p, size_t n, struct plan *ret, struct error *err)
{
	CLEANUP(free_p) struct csv *x = malloc(sizeof(*x));
	CLEANUP(free_p) struct plan *plan = calloc(1, sizeof(*plan));
	int r;

	if (!x || !plan)
		return error_memory(err);
	r = csv_begin(x, p, n, err);
	if (r == 0)
		r = plan_parse_all(plan, x, err);
	if (r < 0)
		plan_done(plan);
	else
		*ret = *plan;
	return r;
}

int plan_read(const char *path, struct plan *ret, struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	struct error e;
	int r;

	buf_init(&b, CSV_FILE_MAX);
	r = file_read(path, FILE_ANY, &b, NULL, err);
	if (r < 0)
		return r;
	r = plan_parse(buf_str(&b), b.n, ret, &e);
	return r < 0 ? error_set(err, e.code, "'%s', %s", path, e.text) : 0;
}

int plan_digest(const struct plan *p, size_t n, char ret[65],
	struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	unsigned char sha[SHA256_LEN];
	size_t i;
	int r;

	buf_init(&b, 2 * CSV_FILE_MAX);
	for (i = 0; i < n; i++) {
		const struct plan_row *row = &p->rows[i];
		const char *const fields[] = { row->account, row->user,
			row->holder, row->method, row->label };
		size_t k;

		for (k = 0; k < ARRAY_LEN(fields); k++)
			buf_put(&b, fields[k], strlen(fields[k]) + 1);
		buf_printf(&b, "%u%s", row->has_serial ? row->serial : 0,
			row->printed);
		buf_put_byte(&b, '\0');
	}
	r = buf_check(&b, "the plan", err);
	if (r == 0)
		r = chain_digest(buf_str(&b), b.n, sha, err);
	if (r == 0)
		hex_encode(sha, sizeof(sha), ret);
	return r;
}
