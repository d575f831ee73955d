/* SPDX-License-Identifier: Apache-2.0 */
/* revoke --local */
#include "bridge/revoke-local.h"

#include "bridge/ledger.h"
#include "bridge/login-publish.h"
#include "bridge/record.h"
#include "bridge/ui.h"

#include <stdio.h>
#include <string.h>

#define PREFIX_MIN 4

static bool is_named(const struct registry_binding *b, const char *name)
{
	size_t n = strlen(name);

	if (b->removed || (b->kind != REGISTRY_PAM && b->kind != REGISTRY_SSH))
		return false;
	return strcmp(name, "all") == 0 || (n >= PREFIX_MIN &&
		(strncmp(b->id, name, n) == 0 ||
			strncmp(b->token, name, n) == 0));
}

static int remove_binding(struct record *record,
	const struct registry_binding *b, struct error *err)
{
	char journal[EVENT_ID_LEN], reason[EVENT_ID_LEN];
	json_t *body;
	int r;

	r = event_id_new(journal, err);
	if (r == 0 && record->reason)
		r = registry_name_put(record->reg, "reason", record->reason,
			reason, err);
	if (r < 0)
		return r;
	record->journal = journal;
	body = json_pack("{s:s}", "binding", b->id);
	if (body && record->reason)
		json_object_set_new(body, "reason", json_string(reason));
	r = record_event(record, EVENT_BINDING_REMOVED, RECORD_BINDING_REMOVED,
		body, err);
	if (r == 0)
		printf("removed  %.8s  %s  token %.8s\n", b->id,
			registry_binding_kind_names[b->kind],
			b->token[0] ? b->token : "-");
	return r;
}

static int remove_named(struct record *record,
	const struct registry_bindings *list, const char *name, size_t *ret_n,
	struct error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < list->n; i++) {
		if (!is_named(&list->p[i], name))
			continue;
		r = remove_binding(record, &list->p[i], err);
		*ret_n += r == 0;
	}
	return r;
}

int revoke_local(struct app *app, struct error *err)
{
	CLEANUP(registry_bindings_done) struct registry_bindings list = { 0 };
	CLEANUP(registry_free) struct registry *reg = NULL;
	const struct options *o = &app->options;
	const char *user = app_argument(app, 0);
	struct record record = { .reason = option(o, OPTION_REASON) };
	size_t n = 0;
	int r;

	r = ledger_open_write(app, &reg, err);
	record.reg = reg;
	if (r == 0)
		r = registry_actor(reg, NULL, option(o, OPTION_TICKET),
			&record.actor, err);
	if (r == 0)
		r = registry_bindings_by_local_user(reg, user, &list, err);
	if (r == 0)
		r = remove_named(&record, &list, app_argument(app, 1), &n, err);
	if (r < 0)
		return r;
	if (n == 0)
		return error_set(err, ERROR_FAILED,
			"'%s' has no login by '%s': `tokenbridge registry show "
			"--json` lists bindings", user, app_argument(app, 1));
	ledger_log_head(&record.head);
	return login_publish_change(app, reg, err);
}
