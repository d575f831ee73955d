/* SPDX-License-Identifier: Apache-2.0 */
/* Every binding of one token. */
#include "bridge/revoke/token.h"

#include "base/shell.h"
#include "bridge/account/sight.h"
#include "bridge/registry/lookup.h"
#include "bridge/revoke/here.h"

#include <stdio.h>
#include <string.h>

int revoke_find_token(struct registry *reg, const char *what,
	struct registry_tokens *ret, struct error *err)
{
	char names[256] = "", name[REGISTRY_TOKEN_NAME_LEN];
	size_t i, used = 0;
	int r = registry_lookup(reg, what, ret, err);

	if (r < 0 || ret->n == 1)
		return r;
	for (i = 0; i < ret->n && used < sizeof(names); i++) {
		registry_token_name(&ret->p[i], name);
		used += (size_t)snprintf(names + used, sizeof(names) - used,
			"%s%.8s (%s)", i ? ", " : "", ret->p[i].id, name);
	}
	return error_set(err, ERROR_USAGE,
		"'%s' means %zu tokens: %s; give the beginning of an id", what,
		ret->n, names);
}

static bool is_any(const struct registry_binding *b, const void *arg)
{
	(void)b;
	(void)arg;
	return true;
}

/* By the name that the user has now; the one of the record where AWS knows none
 * any more. */
static int take_device(struct revoke_work *w, const struct registry_binding *b,
	struct error *err)
{
	struct iam_user user;
	bool found = false;
	struct error e;
	int r = 0;

	if (!w->lost)
		r = account_find_user(w->aws, b->user_name, b->user ? b->user :
			"", &user, &found, &e);
	if (r == -ERROR_INTERRUPTED)
		return error_copy(err, &e);
	w->lost = w->lost || (r < 0 && revoke_is_unknown(&e));
	if (r == 0 && !found && !b->user_name) {
		revoke_leave(w, "device", b->device, NULL,
			"neither AWS nor the registry knows a name of its user",
			NULL);
		return 0;
	}
	return revoke_device(w, found ? user.name : b->user_name ?
		b->user_name : "", b->device, err);
}

static int take_devices(struct revoke_work *w,
	const struct registry_bindings *list, struct error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < list->n; i++) {
		const struct registry_binding *b = &list->p[i];

		if (b->removed || b->kind != REGISTRY_AWS || !b->device)
			continue;
		if (revoke_is_elsewhere(w, b))
			revoke_tell_elsewhere(w, b);
		else
			r = take_device(w, b, err);
	}
	return r;
}

int revoke_token(struct revoke_work *w, const char *what, struct error *err)
{
	CLEANUP(registry_tokens_done) struct registry_tokens list = { 0 };
	int r = revoke_find_token(w->reg, what, &list, err);

	if (r == 0)
		r = revoke_here(w, &list.p[0].bindings, is_any, NULL, err);
	if (r == 0)
		r = revoke_settle(w, err);
	if (r == 0)
		r = revoke_tell_undeleted(w, NULL, list.p[0].id, err);
	return r < 0 ? r : take_devices(w, &list.p[0].bindings, err);
}
