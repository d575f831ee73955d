/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of tokens by what a person calls them. */
#include "bridge/registry/lookup.h"

#include "base/near.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

void registry_hint_label(struct registry *reg, const char *what,
	char ret[REGISTRY_HINT_LEN])
{
	CLEANUP(registry_tokens_done) struct registry_tokens list = { NULL, 0 };
	struct near n = { .word = what };
	size_t i;

	ret[0] = '\0';
	if (registry_tokens_all(reg, &list, NULL) < 0)
		return;
	for (i = 0; i < list.n; i++)
		if (list.p[i].label)
			near_look(&n, list.p[i].label);
	if (n.best && n.distance > 0)
		snprintf(ret, REGISTRY_HINT_LEN, "; did you mean '%s'?",
			n.best);
}

/* ---- by what a person calls them ---- */

enum kind {
	KIND_SERIAL,
	KIND_LABEL,
	KIND_ID,
	KIND_COUNT,
};

struct hits {
	struct registry_tokens of[KIND_COUNT]; /* owned */
};

static void hits_done(struct hits *h)
{
	for (int k = 0; k < KIND_COUNT; k++)
		registry_tokens_done(&h->of[k]);
}

static int find_hits(struct registry *reg, const char *what, struct hits *h,
	struct error *err)
{
	uint64_t serial;
	int r = 0;

	if (text_parse_u64(what, UINT32_MAX, &serial) == 0)
		r = registry_tokens_by_identifier(reg, REGISTRY_ID_SERIAL,
			what, &h->of[KIND_SERIAL], err);
	if (r == 0)
		r = registry_tokens_by_label(reg, what, &h->of[KIND_LABEL],
			err);
	if (r == 0 && strlen(what) >= 4 &&
		strspn(what, "0123456789abcdef") == strlen(what))
		r = registry_tokens_by_id(reg, what, &h->of[KIND_ID], err);
	return r;
}

static bool are_the_same(const struct registry_tokens *a,
	const struct registry_tokens *b)
{
	return a->n == 1 && b->n == 1 && strcmp(a->p[0].id, b->p[0].id) == 0;
}

/* "the label of token 'blue-7' (1f2e3d4c)", of the first one of several */
static void describe_hit(enum kind kind, const struct registry_tokens *list,
	char *ret, size_t size)
{
	static const char *const words[KIND_COUNT] = {
		[KIND_SERIAL] = "the serial number",
		[KIND_LABEL] = "the label",
		[KIND_ID] = "the beginning of the id",
	};
	char name[REGISTRY_TOKEN_NAME_LEN];

	registry_token_name(&list->p[0], name);
	snprintf(ret, size, "%s of token %s (%.8s)", words[kind], name,
		list->p[0].id);
}

/* *ret is the first kind of hits; KIND_COUNT: none. Nothing is guessed where
 * another kind leads elsewhere. */
static int choose_kind(const char *what, const struct hits *h, enum kind *ret,
	struct error *err)
{
	char one[160], other[160];
	int k, first = KIND_COUNT;

	for (k = KIND_COUNT - 1; k >= 0; k--)
		if (h->of[k].n)
			first = k;
	*ret = (enum kind)first;
	for (k = first + 1; k < KIND_COUNT; k++) {
		if (!h->of[k].n || are_the_same(&h->of[first], &h->of[k]))
			continue;
		describe_hit(*ret, &h->of[first], one, sizeof(one));
		describe_hit((enum kind)k, &h->of[k], other, sizeof(other));
		return error_set(err, ERROR_USAGE,
			"'%s' is %s and %s: name the one that is meant by the "
			"digits of its id", what, one, other);
	}
	return 0;
}

int registry_lookup(struct registry *reg, const char *what,
	struct registry_tokens *ret, struct error *err)
{
	CLEANUP(hits_done) struct hits h = { 0 };
	char hint[REGISTRY_HINT_LEN];
	enum kind kind = KIND_COUNT;
	int r;

	r = find_hits(reg, what, &h, err);
	if (r == 0)
		r = choose_kind(what, &h, &kind, err);
	if (r < 0)
		return r;
	if (kind < KIND_COUNT) {
		*ret = h.of[kind];
		h.of[kind] = (struct registry_tokens){ NULL, 0 };
		return 0;
	}
	registry_hint_label(reg, what, hint);
	return error_set(err, ERROR_FAILED,
		"no token of the registry has id, label or serial number '%s'"
		"%s", what, strncmp(what, "arn:", 4) == 0 ? "; that is a "
		"device at AWS: `tokenbridge registry show --user USER` has "
		"its user's tokens" : hint);
}

int registry_lookup_one(struct registry *reg, const char *what,
	struct registry_tokens *ret, struct error *err)
{
	int r = registry_lookup(reg, what, ret, err);

	if (r < 0 || ret->n == 1)
		return r;
	return error_set(err, ERROR_USAGE,
		"'%s' is %zu tokens: `tokenbridge registry show` has the id of "
		"each", what, ret->n);
}

void registry_seen_text(const struct registry_token *t, char *ret, size_t size)
{
	char when[TEXT_TIME_LEN];

	ret[0] = '\0';
	if (!t->seen)
		return;
	text_format_time(t->seen, when);
	snprintf(ret, size, "last seen %s%s%s", when,
		t->seen_host ? " on " : "", t->seen_host ? t->seen_host : "");
}

const char *registry_label_of(const struct registry_tokens *rows,
	char room[REGISTRY_LABEL_LEN])
{
	const char *label = NULL;
	size_t i, live = 0;

	for (i = 0; i < rows->n; i++)
		if (rows->p[i].state != REGISTRY_RETIRED) {
			label = rows->p[i].label;
			live++;
		}
	if (live != 1 || !label)
		return NULL;
	snprintf(room, REGISTRY_LABEL_LEN, "%s", label);
	return room;
}

const char *registry_label_by_serial(struct registry *reg, uint32_t serial,
	char room[REGISTRY_LABEL_LEN])
{
	CLEANUP(registry_tokens_done) struct registry_tokens rows = { NULL, 0 };
	char digits[16];

	snprintf(digits, sizeof(digits), "%u", serial);
	return registry_tokens_by_identifier(reg, REGISTRY_ID_SERIAL, digits,
		&rows, NULL) < 0 ? NULL : registry_label_of(&rows, room);
}
