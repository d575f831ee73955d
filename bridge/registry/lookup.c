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

int registry_lookup(struct registry *reg, const char *what,
	struct registry_tokens *ret, struct error *err)
{
	char hint[REGISTRY_HINT_LEN];
	uint64_t serial;
	int r = 0;

	if (text_parse_u64(what, UINT32_MAX, &serial) == 0)
		r = registry_tokens_by_identifier(reg, REGISTRY_ID_SERIAL,
			what, ret, err);
	if (r == 0 && ret->n == 0)
		r = registry_tokens_by_label(reg, what, ret, err);
	if (r == 0 && ret->n == 0 && strlen(what) >= 4 &&
		strspn(what, "0123456789abcdef") == strlen(what))
		r = registry_tokens_by_id(reg, what, ret, err);
	if (r < 0 || ret->n > 0)
		return r;
	registry_hint_label(reg, what, hint);
	return error_set(err, ERROR_FAILED,
		"no token of the registry has id, label or serial number '%s'"
		"%s", what, hint);
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
