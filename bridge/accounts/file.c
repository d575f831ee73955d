/* SPDX-License-Identifier: Apache-2.0 */
/* A file of accounts: one a line. */
#include "bridge/accounts/list.h"

#include "base/file.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define WORD_MAX 2048 /* bytes; an ARN */

/* One line, and where it is being read. */
struct line {
	const char *p, *end;
	size_t number;
};

struct word {
	const char *p;
	size_t n;
};

static int bad_line(const struct line *l, struct error *err, const char *why,
	const char *what, size_t n)
{
	return error_set(err, ERROR_MALFORMED, "line %zu: '%.*s' %s",
		l->number, (int)(n < 200 ? n : 200), what, why);
}

static bool parts_words(char c)
{
	return c == ' ' || c == '\t';
}

static bool next_word(struct line *l, struct word *ret)
{
	while (l->p < l->end && parts_words(*l->p))
		l->p++;
	ret->p = l->p;
	while (l->p < l->end && !parts_words(*l->p))
		l->p++;
	ret->n = (size_t)(l->p - ret->p);
	return ret->n > 0;
}

static int keep_line(char **ret, const struct word *value, struct error *err)
{
	*ret = strndup(value->p, value->n);
	return *ret ? 0 : error_memory(err);
}

/* ---- what may stand behind an id ---- */

static bool is_role_of(const struct word *v, const char *id)
{
	struct arn arn;

	if (v->n < 4 || memcmp(v->p, "arn:", 4) != 0)
		return accounts_is_role_name(v->p, v->n);
	return arn_parse(v->p, v->n, &arn) &&
		arn_part_is(arn.service, "iam") &&
		arn_part_is(arn.account, id) && arn.resource.n > 5 &&
		memcmp(arn.resource.p, "role/", 5) == 0 &&
		accounts_is_role_name(arn.resource.p + 5, arn.resource.n - 5);
}

static bool is_external_id(const struct word *v)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz0123456789_+=,.@:/-";
	size_t i;

	for (i = 0; i < v->n; i++)
		if (!memchr(allowed, v->p[i], sizeof(allowed) - 1))
			return false;
	return v->n >= 2 && v->n < ROLE_EXTERNAL_ID_MAX;
}

static int set_role(const struct line *l, struct accounts_item *item,
	const struct word *v, struct error *err)
{
	if (!is_role_of(v, item->id))
		return bad_line(l, err, "is neither a role's name nor the ARN "
			"of a role of this account", v->p, v->n);
	if (item->way != ACCOUNTS_NOT_SAID)
		return bad_line(l, err, "is a second way in", v->p, v->n);
	item->way = ACCOUNTS_BY_ROLE;
	return keep_line(&item->by, v, err);
}

static int set_profile(const struct line *l, struct accounts_item *item,
	const struct word *v, struct error *err)
{
	if (v->n > TEXT_MAX)
		return bad_line(l, err, "is too long for a profile", v->p,
			v->n);
	if (item->way != ACCOUNTS_NOT_SAID)
		return bad_line(l, err, "is a second way in", v->p, v->n);
	item->way = ACCOUNTS_BY_PROFILE;
	return keep_line(&item->by, v, err);
}

static int set_external_id(const struct line *l, struct accounts_item *item,
	const struct word *v, struct error *err)
{
	if (!is_external_id(v) || item->external_id)
		return bad_line(l, err, "is no external id, or a second one",
			v->p, v->n);
	return keep_line(&item->external_id, v, err);
}

static int take_way_in(const struct line *l, struct accounts_item *item,
	const struct word *w, struct error *err)
{
	static const struct {
		const char *name;
		int (*set)(const struct line *l, struct accounts_item *item,
			const struct word *value, struct error *err);
	} rows[] = {
		{ "role=", set_role },
		{ "profile=", set_profile },
		{ "external-id=", set_external_id },
	};
	struct word value;
	size_t i, n;

	for (i = 0; i < ARRAY_LEN(rows); i++) {
		n = strlen(rows[i].name);
		if (w->n <= n || memcmp(w->p, rows[i].name, n) != 0)
			continue;
		value = (struct word){ w->p + n, w->n - n };
		return rows[i].set(l, item, &value, err);
	}
	return bad_line(l, err, "is none of role=NAME, role=ARN, profile=NAME, "
		"external-id=ID", w->p, w->n);
}

/* Tabs part words; no other control character has a use here. */
static bool is_plain_line(const char *p, const char *end)
{
	const char *tab;

	while ((tab = memchr(p, '\t', (size_t)(end - p)))) {
		if (!utf8_is_clean(p, (size_t)(tab - p)))
			return false;
		p = tab + 1;
	}
	return utf8_is_clean(p, (size_t)(end - p));
}

static int take_account_line(struct line *l, struct accounts_list *list,
	struct error *err)
{
	struct accounts_item *item;
	struct word w;
	int r = 0;

	if (!is_plain_line(l->p, l->end))
		return error_set(err, ERROR_MALFORMED, "line %zu: it is not "
			"plain text in UTF-8", l->number);
	if (!next_word(l, &w) || w.p[0] == '#')
		return 0;
	if (!arn_is_account(w.p, w.n))
		return bad_line(l, err, "is no account: twelve digits are "
			"wanted", w.p, w.n);
	if (list->n == ACCOUNTS_MAX)
		return error_set(err, ERROR_MALFORMED, "line %zu: there are "
			"more than %d accounts", l->number, ACCOUNTS_MAX);
	item = accounts_list_add(list, w.p);
	if (!item)
		return error_memory(err);
	item->line = l->number;
	while (r == 0 && next_word(l, &w) && w.p[0] != '#')
		r = w.n > WORD_MAX ? bad_line(l, err, "is too long", w.p,
			w.n) : take_way_in(l, item, &w, err);
	if (r == 0 && item->external_id && item->way == ACCOUNTS_BY_PROFILE)
		r = bad_line(l, err, "is of a role, and this is a profile",
			item->external_id, strlen(item->external_id));
	return r;
}

/* ---- the whole ---- */

static int by_id(const void *a, const void *b)
{
	const struct accounts_item *const *x = a, *const *y = b;
	int c = strcmp((*x)->id, (*y)->id);

	return c ? c : ((*x)->line > (*y)->line) - ((*x)->line < (*y)->line);
}

static int refuse_twice(const struct accounts_list *list, struct error *err)
{
	const struct accounts_item **sorted =
		reallocarray(NULL, list->n, sizeof(*sorted));
	size_t i;
	int r = 0;

	if (!sorted)
		return error_memory(err);
	for (i = 0; i < list->n; i++)
		sorted[i] = &list->items[i];
	qsort(sorted, list->n, sizeof(*sorted), by_id);
	for (i = 1; r == 0 && i < list->n; i++)
		if (strcmp(sorted[i - 1]->id, sorted[i]->id) == 0)
			r = error_set(err, ERROR_MALFORMED, "line %zu: "
				"account '%s' is in line %zu already",
				sorted[i]->line, sorted[i]->id,
				sorted[i - 1]->line);
	free(sorted);
	return r;
}

static int take_lines(const char *p, size_t n, struct accounts_list *list,
	struct error *err)
{
	struct line l = { .number = 0 };
	const char *end = p + n;
	int r = 0;

	while (r == 0 && p < end) {
		l.number++;
		l.p = p;
		l.end = memchr(p, '\n', (size_t)(end - p));
		if (!l.end)
			l.end = end;
		p = l.end < end ? l.end + 1 : end;
		if (l.end > l.p && l.end[-1] == '\r')
			l.end--;
		r = take_account_line(&l, list, err);
	}
	return r;
}

int accounts_list_parse(const char *p, size_t n, struct accounts_list *ret,
	struct error *err)
{
	CLEANUP(accounts_list_done) struct accounts_list list = { NULL, 0, 0 };
	int r;

	if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
		p += 3;
		n -= 3;
	}
	r = take_lines(p, n, &list, err);
	if (r == 0 && list.n == 0)
		r = error_set(err, ERROR_MALFORMED, "it names no account");
	if (r == 0)
		r = refuse_twice(&list, err);
	if (r < 0)
		return r;
	*ret = list;
	list = (struct accounts_list){ NULL, 0, 0 };
	return 0;
}

int accounts_list_read(const char *path, struct accounts_list *ret,
	struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	struct error why;
	int r;

	buf_init(&b, ACCOUNTS_FILE_MAX);
	r = file_read(path, FILE_ANY, &b, NULL, err);
	if (r < 0)
		return r;
	r = accounts_list_parse(buf_str(&b), b.n, ret, &why);
	return r < 0 ? error_set(err, why.code, "'%.200s': %s", path,
		why.text) : 0;
}
