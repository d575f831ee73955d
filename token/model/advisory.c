/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of firmware advisories. */
#include "token/model/advisory.h"

#include "base/file.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS 12
#define MODEL_COLUMNS 4
#define ROWS_MAX 1024
#define NEVER (PRODUCT_FIRMWARE_MAX + 1) /* no fix is known */

static const char *const applications[] = { "fido", "oath", "piv", "openpgp",
	"otp" };
static const char *const severities[] = { "none", "low", "medium", "high",
	"critical" };

void advisories_done(struct advisories *t)
{
	free(t->rows);
	free(t->models);
	memset(t, 0, sizeof(*t));
}

/* ---- columns ---- */

struct column {
	const char *p;
	size_t n;
};

/* Takes what stands before the next `mark`; false at the end. */
static bool next_column(struct column *rest, char mark, struct column *ret)
{
	const char *end;

	if (!rest->p)
		return false;
	end = memchr(rest->p, mark, rest->n);
	ret->p = rest->p;
	ret->n = end ? (size_t)(end - rest->p) : rest->n;
	rest->n -= ret->n + (end != NULL);
	rest->p = end ? end + 1 : NULL;
	return true;
}

static int split_columns(const char *p, size_t n, struct column *c,
	size_t columns)
{
	struct column rest = { p, n };
	size_t i;

	for (i = 0; i < columns; i++)
		if (!next_column(&rest, '\t', &c[i]) || c[i].n == 0)
			return -1;
	return rest.p ? -1 : 0;
}

static bool column_is(const struct column *c, const char *word)
{
	return strlen(word) == c->n && memcmp(c->p, word, c->n) == 0;
}

static int copy_column(char *ret, size_t size, const struct column *c)
{
	if (c->n >= size || !utf8_is_clean(c->p, c->n))
		return -1;
	memcpy(ret, c->p, c->n);
	ret[c->n] = '\0';
	return 0;
}

static int parse_range(const struct column *from, const struct column *before,
	uint32_t *ret_from, uint32_t *ret_before)
{
	if (product_firmware_parse(from->p, from->n, ret_from) < 0)
		return -1;
	*ret_before = NEVER;
	if (!column_is(before, "-") &&
		product_firmware_parse(before->p, before->n, ret_before) < 0)
		return -1;
	return *ret_from < *ret_before ? 0 : -1;
}

static int parse_aaguids(const struct column *c, struct advisory *a)
{
	struct column rest = *c, one;

	if (column_is(c, "-"))
		return 0;
	while (next_column(&rest, ',', &one))
		if (a->aaguids_n == ADVISORY_IDS_MAX ||
			aaguid_parse(one.p, one.n, a->aaguids[a->aaguids_n++]))
			return -1;
	return 0;
}

static int parse_hex4(const char *p, uint16_t *ret)
{
	static const char digits[] = "0123456789abcdef";
	unsigned v = 0;
	int i;

	for (i = 0; i < 4; i++) {
		const char *d = memchr(digits, p[i], 16);

		if (!d)
			return -1;
		v = v << 4 | (unsigned)(d - digits);
	}
	*ret = (uint16_t)v;
	return 0;
}

static int parse_devices(const struct column *c, struct advisory *a)
{
	struct column rest = *c, one;

	if (column_is(c, "-"))
		return 0;
	while (next_column(&rest, ',', &one)) {
		struct advisory_usb *d = &a->devices[a->devices_n];

		if (a->devices_n++ == ADVISORY_IDS_MAX || one.n != 9 ||
			one.p[4] != ':' || parse_hex4(one.p, &d->vendor) < 0 ||
			parse_hex4(one.p + 5, &d->product) < 0)
			return -1;
	}
	return 0;
}

static int parse_serials(const struct column *c, struct advisory *a)
{
	struct column rest = *c, from, to;
	uint64_t lo, hi;

	if (column_is(c, "-"))
		return 0;
	if (!next_column(&rest, '-', &from) ||
		!next_column(&rest, '-', &to) || rest.p ||
		text_parse_u64_n(from.p, from.n, UINT32_MAX, &lo) < 0 ||
		text_parse_u64_n(to.p, to.n, UINT32_MAX, &hi) < 0 || lo > hi)
		return -1;
	a->has_serials = true;
	a->serial_from = (uint32_t)lo;
	a->serial_to = (uint32_t)hi;
	return 0;
}

static int parse_concerns(const struct column *c, unsigned *ret)
{
	struct column rest = *c, one;
	unsigned bits = 0, bit;
	size_t i;

	while (next_column(&rest, ',', &one)) {
		for (i = 0, bit = 0; i < ARRAY_LEN(applications); i++)
			if (column_is(&one, applications[i]))
				bit = 1u << i;
		if (!bit || (bits & bit))
			return -1;
		bits |= bit;
	}
	*ret = bits;
	return 0;
}

static bool is_severity(const char *s)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(severities); i++)
		if (strcmp(s, severities[i]) == 0)
			return true;
	return false;
}

/* ---- lines ---- */

/* Why a line is no row, or NULL. */
static const char *parse_row(const char *p, size_t n, struct advisory *a)
{
	struct column c[COLUMNS];

	memset(a, 0, sizeof(*a));
	if (split_columns(p, n, c, COLUMNS) < 0)
		return "not twelve columns with a tab between them";
	if (copy_column(a->id, sizeof(a->id), &c[0]) < 0 ||
		copy_column(a->alias, sizeof(a->alias), &c[1]) < 0 ||
		copy_column(a->product, sizeof(a->product), &c[2]) < 0)
		return "id, alias or product is too long or not clean";
	if (parse_aaguids(&c[3], a) < 0)
		return "AAGUIDs: with commas, at most 16, or -";
	if (parse_devices(&c[4], a) < 0)
		return "USB ids: vvvv:pppp with commas, at most 16, or -";
	if (parse_serials(&c[5], a) < 0)
		return "serials: FROM-TO or -";
	if (parse_range(&c[6], &c[7], &a->from, &a->before) < 0)
		return "from and before: 5.4.1 and a higher 5.7.4 or -";
	if (parse_concerns(&c[8], &a->concerns) < 0)
		return "concerns: fido, oath, piv, openpgp, otp with commas";
	if (copy_column(a->affects, sizeof(a->affects), &c[9]) < 0 ||
		copy_column(a->link, sizeof(a->link), &c[11]) < 0)
		return "affects or link is too long or not clean";
	if (copy_column(a->severity, sizeof(a->severity), &c[10]) < 0 ||
		!is_severity(a->severity))
		return "severity: none, low, medium, high or critical";
	if (!product_by_name(a->product) && !a->aaguids_n && !a->devices_n)
		return "this product needs AAGUIDs or USB ids to be known by";
	return NULL;
}

static const char *parse_model(const char *p, size_t n,
	struct advisory_model *m)
{
	struct column c[MODEL_COLUMNS];

	if (split_columns(p, n, c, MODEL_COLUMNS) < 0 ||
		aaguid_parse(c[1].p, c[1].n, m->aaguid) < 0 ||
		parse_range(&c[2], &c[3], &m->from, &m->before) < 0)
		return "a model line is: model, AAGUID, from, before";
	return NULL;
}

/* "# date<tab>2026-11-22" */
static const char *parse_comment(const char *p, size_t n, char date[11])
{
	static const char mark[] = "# date\t";
	char moment[32];
	time_t t;

	if (n < sizeof(mark) - 1 || memcmp(p, mark, sizeof(mark) - 1) != 0)
		return NULL;
	p += sizeof(mark) - 1;
	n -= sizeof(mark) - 1;
	snprintf(moment, sizeof(moment), "%.*sT00:00:00Z", (int)(n > 11 ? 11 :
		n), p);
	if (n != 10 || text_parse_time(moment, strlen(moment), &t) < 0)
		return "the date is not of the form 2026-11-22";
	if (date[0])
		return "a second date";
	memcpy(date, p, 10);
	date[10] = '\0';
	return NULL;
}

/* Why row b may not stand behind row a, or NULL. */
static const char *disorder(const struct advisory *a, const struct advisory *b)
{
	int d = strcmp(a->id, b->id);

	d = d ? d : strcmp(a->product, b->product);
	if (d > 0 || (d == 0 && a->from > b->from))
		return "out of order (sorted by id, product, from)";
	if (d == 0 && a->before > b->from)
		return "overlaps the line before it";
	return NULL;
}

static const char *advisory_add_row(struct advisories *t, const char *p,
	size_t n, size_t line)
{
	struct advisory *a = &t->rows[t->n];
	const char *why = t->n == ROWS_MAX ? "too many rows" :
					     parse_row(p, n, a);

	if (!why && t->models_n)
		why = "an advisory behind a model line";
	if (!why && t->n)
		why = disorder(a - 1, a);
	a->line = line;
	t->n += !why;
	return why;
}

static const char *add_model(struct advisories *t, const char *p, size_t n)
{
	struct advisory_model *m = &t->models[t->models_n];
	const char *why = t->models_n == ROWS_MAX ? "too many models" :
						    parse_model(p, n, m);

	if (!why && t->models_n && memcmp(m[-1].aaguid, m->aaguid, 16) >= 0)
		why = "out of order (sorted by AAGUID)";
	t->models_n += !why;
	return why;
}

static const char *advisory_parse_line(struct advisories *t, const char *p,
	size_t n, size_t line)
{
	static const char mark[] = "model\t";

	if (n && p[0] == '#')
		return parse_comment(p, n, t->date);
	if (n >= sizeof(mark) - 1 && memcmp(p, mark, sizeof(mark) - 1) == 0)
		return add_model(t, p, n);
	return advisory_add_row(t, p, n, line);
}

int advisory_parse(const char *p, size_t n, const char *name,
	struct advisories *ret, struct error *err)
{
	CLEANUP(advisories_done) struct advisories t = { 0 };
	struct column rest = { n ? p : NULL, n }, line;
	const char *why = NULL;
	size_t number = 0;

	t.rows = calloc(ROWS_MAX + 1, sizeof(*t.rows));
	t.models = calloc(ROWS_MAX + 1, sizeof(*t.models));
	if (!t.rows || !t.models)
		return error_memory(err);
	while (!why && next_column(&rest, '\n', &line)) {
		number++;
		if (line.n || rest.p) /* behind the last newline is nothing */
			why = advisory_parse_line(&t, line.p, line.n, number);
	}
	if (why)
		return error_set(err, ERROR_MALFORMED, "'%s', line %zu: %s",
			name, number, why);
	*ret = t;
	memset(&t, 0, sizeof(t));
	return 0;
}

/* ---- two tables ---- */

static bool replaces(const struct advisories *t, const struct advisory *a)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (strcmp(t->rows[i].id, a->id) == 0 &&
			strcmp(t->rows[i].product, a->product) == 0)
			return true;
	return false;
}

int advisories_overlay(struct advisories *t, struct advisories *added,
	const char *path, struct error *err)
{
	CLEANUP(advisories_done) struct advisories both = { 0 };
	size_t i;

	if (strlen(path) >= sizeof(both.local))
		return error_set(err, ERROR_USAGE,
			"the path of the table of advisories is too long");
	both.rows = calloc(t->n + added->n + 1, sizeof(*both.rows));
	both.models = calloc(t->models_n + added->models_n + 1,
		sizeof(*both.models));
	if (!both.rows || !both.models)
		return error_memory(err);
	for (i = 0; i < added->n; i++) {
		both.rows[both.n] = added->rows[i];
		both.rows[both.n++].local = true;
	}
	for (i = 0; i < t->n; i++)
		if (!replaces(added, &t->rows[i]))
			both.rows[both.n++] = t->rows[i];
	for (i = 0; i < added->models_n; i++)
		both.models[both.models_n++] = added->models[i];
	for (i = 0; i < t->models_n; i++)
		both.models[both.models_n++] = t->models[i];
	memcpy(both.date, t->date, sizeof(both.date));
	memcpy(both.local_date, added->date, sizeof(both.local_date));
	memcpy(both.local, path, strlen(path) + 1);
	advisories_done(added);
	advisories_done(t);
	*t = both;
	memset(&both, 0, sizeof(both));
	return 0;
}

int advisories_load(const char *path, struct advisories *ret,
	struct error *err)
{
	CLEANUP(advisories_done) struct advisories t = { 0 }, added = { 0 };
	CLEANUP(buf_done) struct buf b;
	const char *table;
	size_t n;
	int r;

	buf_init(&b, ADVISORY_TABLE_MAX);
	table = advisory_builtin(&n);
	r = advisory_parse(table, n, "advisories.tsv", &t, err);
	if (r == 0 && path)
		r = file_read(path, FILE_TRUSTED, &b, NULL, err);
	if (r == 0 && path)
		r = advisory_parse(buf_str(&b), b.n, path, &added, err);
	if (r == 0 && path)
		r = advisories_overlay(&t, &added, path, err);
	if (r < 0)
		return r;
	*ret = t;
	memset(&t, 0, sizeof(t));
	return 0;
}

void advisories_describe(const struct advisories *t, char *ret, size_t size)
{
	const char *date = t->date[0] ? t->date : "no date";

	if (t->local[0])
		snprintf(ret, size, "tables of %s (built in) and %s (%s)", date,
			t->local_date[0] ? t->local_date : "no date", t->local);
	else
		snprintf(ret, size, "table of %s", date);
}
