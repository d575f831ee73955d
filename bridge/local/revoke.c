/* SPDX-License-Identifier: Apache-2.0 */
/* revoke --local */
#include "bridge/local/revoke.h"

#include "bridge/login/user.h"
#include "bridge/run/json.h"

#include <stdio.h>
#include <string.h>

#define PREFIX_MIN 4
#define LISTED_MAX 320 /* of what there is; the rest is left out */

static bool is_named(const struct registry_binding *b, const char *name)
{
	size_t n = strlen(name);

	if (b->removed || (b->kind != REGISTRY_PAM && b->kind != REGISTRY_SSH))
		return false;
	return strcmp(name, "all") == 0 || (n >= PREFIX_MIN &&
		(strncmp(b->id, name, n) == 0 ||
			strncmp(b->token, name, n) == 0));
}

int local_unbind(struct record *record, const struct registry_binding *b,
	struct error *err)
{
	char journal[ID_LEN], reason[ID_LEN];
	json_t *body;
	int r;

	r = id_new(journal, err);
	if (r == 0 && record->reason)
		r = registry_name_put(record->reg, "reason", record->reason,
			reason, err);
	if (r < 0)
		return r;
	record->journal = journal;
	body = json_pack("{s:s}", "binding", b->id);
	if (body && record->reason)
		json_member(&body, "reason", json_string(reason));
	r = record_event(record, EVENT_BINDING_REMOVED, RECORD_BINDING_REMOVED,
		body, err);
	return r;
}

static int remove_named(struct record *record,
	const struct registry_bindings *list, const char *name,
	json_t **removed, struct error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < list->n; i++) {
		const struct registry_binding *b = &list->p[i];

		if (!is_named(b, name))
			continue;
		r = local_unbind(record, b, err);
		if (r == 0)
			json_row(removed, json_pack("{s:s,s:s,s:o}",
				"binding", b->id, "kind",
				registry_binding_kind_names[b->kind], "token",
				json_of_text(b->token)));
	}
	return r == 0 && !*removed ? error_memory(err) : r;
}

/*
 * Under every name that the user has. Who has left may be no user any more, and
 * then goes by the name that was given; where NSS cannot be asked, too.
 */
static int find_bindings(const struct run *run,
	const struct local_revocation *q, struct registry_bindings *ret,
	struct error *err)
{
	struct user_names names = *USER_NAMED(q->user);
	struct local_user user;
	struct error e;
	bool found = false;

	if (local_user_look(q->user, &user, &found, &e) < 0)
		run_warn(run, "%s: what is recorded under another name of the "
			"user stays", e.text);
	if (found)
		names = local_user_names(&user);
	return registry_bindings_by_local_user(q->reg, names.p, names.n, ret,
		err);
}

/* What there is in place of what was named. */
static int refuse_named(const struct local_revocation *q,
	const struct registry_bindings *list, struct error *err)
{
	char have[LISTED_MAX] = "";
	size_t i, n = 0;

	for (i = 0; i < list->n; i++) {
		const struct registry_binding *b = &list->p[i];

		if (!is_named(b, "all") || n + 1 >= sizeof(have))
			continue;
		n += (size_t)snprintf(have + n, sizeof(have) - n,
			"%s%.8s (%s, token %.8s)", n > 0 ? ", " : "", b->id,
			registry_binding_kind_names[b->kind], b->token);
	}
	if (n == 0)
		return error_set(err, ERROR_FAILED, "no token lets '%s' in "
			"here: there is nothing to take away", q->user);
	return error_set(err, ERROR_FAILED,
		"'%s' has no login by '%s'; there are: %s", q->user, q->what,
		have);
}

int local_revoke(const struct run *run, const struct local_revocation *q,
	struct local_revoked *ret, struct error *err)
{
	CLEANUP(registry_bindings_done) struct registry_bindings list = { 0 };
	CLEANUP(json_decrefp) json_t *removed = json_array();
	struct record record = { .reg = q->reg, .reason = q->reason };
	int r;

	r = registry_actor(q->reg, NULL, run->ticket, &record.actor, err);
	if (r == 0)
		r = find_bindings(run, q, &list, err);
	if (r == 0)
		r = remove_named(&record, &list, q->what, &removed, err);
	if (r < 0)
		return r;
	if (json_array_size(removed) == 0)
		return refuse_named(q, &list, err);
	ret->removed = steal(&removed);
	ret->head = record.head;
	return 0;
}
