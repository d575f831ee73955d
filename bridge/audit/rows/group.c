/* SPDX-License-Identifier: Apache-2.0 */
/* Rows that are put right in the same way. */
#include "bridge/audit/rows/group.h"

#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_LIMIT (1U << 20)
#define BETWEEN "; " /* of the parts of what was seen */

/* ---- one text for many rows ---- */

/* What a name may consist of: a shorter one may stand in a longer one. */
static bool is_of_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(c >= '0' && c <= '9') || (c && strchr("_+=,.@-", c));
}

static bool stands_alone(const char *text, const char *p, size_t n)
{
	return (p == text || !is_of_name(p[-1])) && !is_of_name(p[n]);
}

/* The text with a word in place of the name; NULL without memory. */
static char *with_word(const char *text, const char *name, const char *word)
{
	CLEANUP(buf_done) struct buf b;
	size_t n = strlen(name);
	const char *p, *from = text;

	buf_init(&b, TEXT_LIMIT);
	if (n == 0)
		return strdup(text);
	for (p = strstr(text, name); p; p = strstr(p + 1, name)) {
		if (p < from || !stands_alone(text, p, n))
			continue;
		buf_put(&b, from, (size_t)(p - from));
		buf_put_str(&b, word);
		from = p + n;
	}
	buf_put_str(&b, from);
	return buf_failed(&b) ? NULL : buf_steal(&b);
}

/* A text of a row as it reads for each of its kind. */
static char *general(const struct audit_row *row, const char *text)
{
	CLEANUP(free_p) char *deviceless = with_word(text, row->device,
		"DEVICE");

	if (!deviceless || strcmp(row->subject, AUDIT_ROOT_SUBJECT) == 0)
		return steal(&deviceless);
	return with_word(deviceless, row->subject, "USER");
}

/* The same for each account, too. */
static char *general_remedy(const struct audit_row *row)
{
	CLEANUP(free_p) char *text = general(row, row->remedy);

	return text ? with_word(text, row->account, "ACCOUNT") : NULL;
}

/* ---- sorting ---- */

/* A row with its remedy as it reads for each of its kind. */
struct keyed {
	const struct audit_row *row;
	char *remedy; /* owned */
};

static int compare_numbers(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* Negative, 0, positive; 0 for rows of one group. */
static int compare_kinds(const struct keyed *a, const struct keyed *b)
{
	int c = compare_numbers(audit_rows_rank(a->row->status),
		audit_rows_rank(b->row->status));

	if (c == 0)
		c = compare_numbers(b->row->severity, a->row->severity);
	if (c == 0)
		c = compare_numbers(a->row->check, b->row->check);
	if (c == 0)
		c = strcmp(a->remedy, b->remedy);
	if (c == 0)
		c = strcmp(a->row->missing, b->row->missing);
	return c ? c : strcmp(a->row->literal, b->row->literal);
}

static int compare_rows(const void *pa, const void *pb)
{
	const struct keyed *a = pa, *b = pb;
	int c = compare_kinds(a, b);

	if (c == 0)
		c = strcmp(a->row->account, b->row->account);
	/* lines of a report by their number, not as words */
	if (c == 0 && a->row->subject[0] == b->row->subject[0] &&
		strncmp(a->row->subject, "line ", 5) == 0)
		c = compare_numbers(a->row->line, b->row->line);
	if (c == 0)
		c = strverscmp(a->row->subject, b->row->subject);
	if (c == 0)
		c = strcmp(a->row->device, b->row->device);
	return c ? c : compare_numbers(a->row->number, b->row->number);
}

/* ---- what a group has in common ---- */

/* Whether `part` of n bytes is one of the parts of the text. */
static bool has_part(const char *text, const char *part, size_t n)
{
	size_t at = strlen(BETWEEN);
	const char *p = text;

	for (;;) {
		const char *end = strstr(p, BETWEEN);
		size_t len = end ? (size_t)(end - p) : strlen(p);

		if (len == n && memcmp(p, part, n) == 0)
			return true;
		if (!end)
			return false;
		p = end + at;
	}
}

/* The parts of `text` that `other` has too, or that it has not. */
static char *parts_of(const char *text, const char *other, bool has)
{
	CLEANUP(buf_done) struct buf b;
	const char *p = text, *end;
	size_t n;

	buf_init(&b, TEXT_LIMIT);
	buf_put_str(&b, "");
	for (; p; p = end ? end + strlen(BETWEEN) : NULL) {
		end = strstr(p, BETWEEN);
		n = end ? (size_t)(end - p) : strlen(p);
		if (has_part(other, p, n) != has)
			continue;
		if (b.n > 0)
			buf_put_str(&b, BETWEEN);
		buf_put(&b, p, n);
	}
	if (buf_failed(&b))
		return NULL;
	return b.n > 0 ? buf_steal(&b) : strdup("");
}

char *audit_group_rest(const struct audit_group *g,
	const struct audit_row *row)
{
	CLEANUP(free_p) char *all = NULL;

	if (g->n == 1)
		return strdup("");
	all = general(row, row->seen);
	return all ? parts_of(all, g->seen, false) : NULL;
}

/* One may be the beginning of another: "iam:ListMFADevices as Root". */
static bool has_source(const char *all, const char *one)
{
	size_t n;

	for (; *all; all += n + strspn(all + n, ", ")) {
		n = strcspn(all, ",");
		if (n == strlen(one) && memcmp(all, one, n) == 0)
			return true;
	}
	return false;
}

/* Adds what `source` has and *all has not yet. */
static int add_source(char **all, const char *source)
{
	CLEANUP(buf_done) struct buf b;
	size_t n;

	buf_init(&b, TEXT_LIMIT);
	buf_put_str(&b, *all);
	for (; *source; source += n + strspn(source + n, ", ")) {
		CLEANUP(free_p) char *one = NULL;

		n = strcspn(source, ",");
		one = strndup(source, n);
		if (!one)
			return -1;
		if (!has_source(*all, one))
			buf_printf(&b, "%s%s", b.n > 0 ? ", " : "", one);
	}
	if (buf_failed(&b))
		return -1;
	if (b.n > 0) {
		free(*all);
		*all = buf_steal(&b);
	}
	return 0;
}

static int join_row(struct audit_group *g, const struct audit_row *row)
{
	CLEANUP(free_p) char *all = general(row, row->seen), *both = NULL;

	if (!all || add_source(&g->source, row->source) < 0)
		return -1;
	both = parts_of(g->seen, all, true);
	if (!both)
		return -1;
	free(g->seen);
	g->seen = steal(&both);
	if (g->account && strcmp(g->account, row->account) != 0)
		g->account = NULL;
	g->lacks_time |= row->when == 0;
	if (row->when && (!g->from || row->when < g->from))
		g->from = row->when;
	if (row->when > g->to)
		g->to = row->when;
	return 0;
}

/* Of the rows that are there; the remedy is given. */
static int describe(struct audit_group *g)
{
	size_t i;

	g->account = g->row[0]->account;
	g->source = strdup("");
	g->seen = g->n == 1 ? strdup(g->row[0]->seen) :
		general(g->row[0], g->row[0]->seen);
	if (g->n == 1) {
		free(g->remedy);
		g->remedy = strdup(g->row[0]->remedy);
	}
	if (!g->source || !g->seen || !g->remedy)
		return -1;
	if (g->n == 1) {
		g->from = g->to = g->row[0]->when;
		g->lacks_time = g->from == 0;
		return add_source(&g->source, g->row[0]->source);
	}
	for (i = 0; i < g->n; i++)
		if (join_row(g, g->row[i]) < 0)
			return -1;
	if (!g->account)
		return 0;
	free(g->remedy);
	g->remedy = general(g->row[0], g->row[0]->remedy);
	return g->remedy ? 0 : -1;
}

/* ---- all ---- */

void audit_groups_done(struct audit_groups *g)
{
	size_t i;

	for (i = 0; i < g->n; i++) {
		free(g->p[i].remedy);
		free(g->p[i].seen);
		free(g->p[i].source);
	}
	free(g->p);
	*g = (struct audit_groups){ NULL, 0 };
}

static int cut_groups(const struct audit_row **all, struct keyed *keys,
	size_t n, struct audit_groups *g)
{
	size_t i, k;

	for (i = 0; i < n; i = k) {
		struct audit_group *one = &g->p[g->n++];

		for (k = i; k < n && compare_kinds(&keys[i], &keys[k]) == 0;
			k++)
			all[k] = keys[k].row;
		one->row = all + i;
		one->n = k - i;
		one->remedy = steal(&keys[i].remedy);
		/* the first is compared with no more */
		if (describe(one) < 0)
			return -1;
	}
	return 0;
}

static void keys_done(struct keyed *keys, size_t n)
{
	size_t i;

	for (i = 0; keys && i < n; i++)
		free(keys[i].remedy);
	free(keys);
}

int audit_groups_of(const struct audit_row **all, size_t n,
	struct audit_groups *ret, struct error *err)
{
	struct keyed *keys = calloc(n ? n : 1, sizeof(*keys));
	CLEANUP(audit_groups_done) struct audit_groups g = {
		calloc(n ? n : 1, sizeof(struct audit_group)), 0 };
	bool good = keys && g.p;
	size_t i;

	for (i = 0; good && i < n; i++) {
		keys[i].row = all[i];
		keys[i].remedy = general_remedy(all[i]);
		good = keys[i].remedy != NULL;
	}
	if (good) {
		qsort(keys, n, sizeof(*keys), compare_rows);
		good = cut_groups(all, keys, n, &g) >= 0;
	}
	keys_done(keys, n);
	if (!good)
		return error_memory(err);
	*ret = g;
	g = (struct audit_groups){ NULL, 0 };
	return 0;
}
