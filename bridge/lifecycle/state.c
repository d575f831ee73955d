/* SPDX-License-Identifier: Apache-2.0 */
/* The states of a token on its way from the delivery to its end. */
#include "bridge/lifecycle/state.h"

#include "bridge/local/publish.h"
#include "bridge/registry/lookup.h"

#include <stdio.h>
#include <string.h>

#define TO(state) (1u << REGISTRY_##state)

/*
 * What may follow. Nothing goes back to adopted, and nothing comes back from
 * retired: that key, found again, begins a new life by a reset. A lost one that
 * turns up goes into the stock or to a holder first, and proves itself there.
 */
static const unsigned follows[] = {
	[REGISTRY_ADOPTED] = TO(STOCK) | TO(ASSIGNED) | TO(HANDED_OVER) |
		TO(LOST) | TO(RETIRED),
	[REGISTRY_STOCK] = TO(ASSIGNED) | TO(HANDED_OVER) | TO(LOST) |
		TO(RETIRED),
	[REGISTRY_ASSIGNED] = TO(STOCK) | TO(ASSIGNED) | TO(HANDED_OVER) |
		TO(LOST) | TO(RETIRED),
	[REGISTRY_HANDED_OVER] = TO(STOCK) | TO(ASSIGNED) | TO(HANDED_OVER) |
		TO(LOST) | TO(RETIRED),
	[REGISTRY_LOST] = TO(STOCK) | TO(ASSIGNED) | TO(RETIRED),
	[REGISTRY_RETIRED] = 0,
};

bool lifecycle_may(enum registry_state from, enum registry_state to)
{
	return (size_t)from < ARRAY_LEN(follows) &&
		(size_t)to < ARRAY_LEN(follows) && (follows[from] >> to & 1);
}

int lifecycle_check(const struct registry_token *row, enum registry_state to,
	struct error *err)
{
	char list[100] = "", name[REGISTRY_TOKEN_NAME_LEN];
	size_t i, used = 0;

	if (lifecycle_may(row->state, to))
		return 0;
	for (i = 0; i < ARRAY_LEN(follows); i++)
		if (lifecycle_may(row->state, (enum registry_state)i))
			used += (size_t)snprintf(list + used,
				sizeof(list) - used, "%s%s", used ? ", " : "",
				registry_state_names[i]);
	registry_token_name(row, name);
	return error_set(err, ERROR_REFUSED,
		"token %s is %s and cannot become %s: %s%s", name,
		registry_state_names[row->state], registry_state_names[to],
		used ? "only " : "nothing follows", list);
}

int lifecycle_check_unbound(const struct registry_token *row, const char *more,
	struct error *err)
{
	size_t i, used = 0;
	char list[300] = "", name[REGISTRY_TOKEN_NAME_LEN];

	if (registry_bindings_in_force(&row->bindings) == 0)
		return 0;
	for (i = 0; i < row->bindings.n && used < sizeof(list); i++) {
		const struct registry_binding *b = &row->bindings.p[i];

		if (b->removed)
			continue;
		used += (size_t)snprintf(list + used, sizeof(list) - used,
			"%s%s of %s%s%s (%.8s)", used ? ", " : "",
			registry_binding_kind_names[b->kind],
			b->user_name ? b->user_name : b->user,
			b->account[0] ? " in " : "", b->account, b->id);
	}
	registry_token_name(row, name);
	return error_set(err, ERROR_REFUSED, "token %s is still bound: %s; take "
		"them away first: `tokenbridge revoke --token %.8s`%s", name,
		list, row->id, more);
}

int lifecycle_find(struct registry *reg, const char *what,
	struct registry_token *ret, struct error *err)
{
	CLEANUP(registry_tokens_done) struct registry_tokens list = { NULL, 0 };
	int r;

	r = registry_lookup_one(reg, what, &list, err);
	if (r < 0)
		return r;
	*ret = list.p[0];
	memset(&list.p[0], 0, sizeof(list.p[0]));
	return 0;
}

static bool lets_in(const struct registry_token *row)
{
	size_t i;

	for (i = 0; i < row->bindings.n; i++) {
		const struct registry_binding *b = &row->bindings.p[i];

		if (!b->removed && (b->kind == REGISTRY_PAM ||
					   b->kind == REGISTRY_SSH))
			return true;
	}
	return false;
}

int lifecycle_publish(const struct run *run, const struct change_place *p,
	const struct registry_token *row, struct error *err)
{
	int r = 0;

	if (lets_in(row))
		r = login_publish_change(run, p->reg, p->login_db, err);
	return r < 0 ? r : 0;
}
