/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of which nobody has seen the token. */
#include "bridge/mfa/bare.h"

#include "bridge/run/json.h"

#include <string.h>

bool bare_is_row(const struct registry_token *t)
{
	return t->identifiers_n == 0 && t->credentials_n == 0 &&
		t->verdict < 0 && (t->state == REGISTRY_ADOPTED ||
			t->state == REGISTRY_ASSIGNED);
}

static bool is_in_way(const struct registry_tokens *list, const char *holder)
{
	const struct registry_token *t = &list->p[0];

	if (list->n != 1 || !bare_is_row(t))
		return true;
	return t->holder_name && strcmp(t->holder_name, holder) != 0;
}

int bare_check_device(struct registry *reg, const char *device,
	const char *holder, struct error *err)
{
	CLEANUP(registry_bindings_done) struct registry_bindings list = { 0 };
	size_t i;
	int r = registry_bindings_by_device(reg, device, &list, err);

	for (i = 0; r == 0 && i < list.n; i++) {
		CLEANUP(registry_tokens_done) struct registry_tokens row = { 0 };

		if (list.p[i].removed)
			continue;
		r = registry_tokens_by_id(reg, list.p[i].token, &row, err);
		if (r == 0 && is_in_way(&row, holder))
			r = error_set(err, ERROR_CONFLICT,
				"the registry has '%s' as the device of another "
				"token already (%.8s)", device,
				list.p[i].token);
	}
	return r;
}

static int retire(struct record *record, const struct registry_binding *b,
	struct error *err)
{
	int r = record_event(record, EVENT_BINDING_REMOVED,
		RECORD_BINDING_REMOVED, json_pack("{s:s}", "binding", b->id),
		err);

	return r < 0 ? r : record_event(record, EVENT_TOKEN_STATE, RECORD_STATE,
		json_pack("{s:s,s:s}", "token", b->token,
			"state", registry_state_names[REGISTRY_RETIRED]), err);
}

int bare_supersede(struct record *record, const char *device,
	const char *binding, struct error *err)
{
	CLEANUP(registry_bindings_done) struct registry_bindings list = { 0 };
	size_t i;
	int r = registry_bindings_by_device(record->reg, device, &list, err);

	for (i = 0; r == 0 && i < list.n; i++) {
		CLEANUP(registry_tokens_done) struct registry_tokens row = { 0 };
		const struct registry_binding *b = &list.p[i];

		if (b->removed || strcmp(b->id, binding) == 0)
			continue;
		r = registry_tokens_by_id(record->reg, b->token, &row, err);
		if (r == 0 && row.n == 1 && bare_is_row(&row.p[0]))
			r = retire(record, b, err);
	}
	return r;
}
