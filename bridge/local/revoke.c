/* SPDX-License-Identifier: Apache-2.0 */
/* revoke --local */
#include "bridge/local/revoke.h"

#include "bridge/open/registry.h"
#include "bridge/local/publish.h"
#include "bridge/verify/record.h"
#include "bridge/terminal/status.h"
#include "bridge/terminal/ui.h"

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

	r = id_new(journal, err);
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
	return r;
}

static int remove_named(struct record *record,
	const struct registry_bindings *list, const char *name, json_t *removed,
	struct error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < list->n; i++) {
		const struct registry_binding *b = &list->p[i];

		if (!is_named(b, name))
			continue;
		r = remove_binding(record, b, err);
		if (r == 0)
			json_array_append_new(removed, json_pack(
				"{s:s,s:s,s:s}", "binding", b->id, "kind",
				registry_binding_kind_names[b->kind], "token",
				b->token));
	}
	return r;
}

static int show(const struct app *app, const json_t *removed,
	struct error *err)
{
	const json_t *o;
	size_t i;

	if (app->json)
		return ui_json(json_pack("{s:O}", "removed", removed), err);
	for (i = 0; (o = json_array_get(removed, i)); i++)
		printf("removed  %.8s  %s  token %.8s\n",
			event_str(o, "binding"), event_str(o, "kind"),
			event_str(o, "token")[0] ? event_str(o, "token") : "-");
	return 0;
}

int revoke_local(struct app *app, struct error *err)
{
	CLEANUP(registry_bindings_done) struct registry_bindings list = { 0 };
	CLEANUP(json_decrefp) json_t *removed = json_array();
	CLEANUP(registry_free) struct registry *reg = NULL;
	const struct options *o = &app->options;
	const char *user = app_argument(app, 0);
	struct record record = { .reason = option(o, OPTION_REASON) };
	int r;

	if (option_is_set(o, OPTION_LAST))
		return error_set(err, ERROR_USAGE,
			"--last is about devices at AWS, not about --local");
	r = ledger_open_write(app, &reg, err);
	record.reg = reg;
	if (r == 0)
		r = registry_actor(reg, NULL, option(o, OPTION_TICKET),
			&record.actor, err);
	if (r == 0)
		r = registry_bindings_by_local_user(reg, user, &list, err);
	if (r == 0)
		r = remove_named(&record, &list, app_argument(app, 1), removed,
			err);
	if (r < 0)
		return r;
	if (json_array_size(removed) == 0)
		return error_set(err, ERROR_FAILED,
			"'%s' has no login by '%s': `tokenbridge registry show "
			"--json` lists bindings", user, app_argument(app, 1));
	registry_log_head(&record.head);
	r = show(app, removed, err);
	if (r == 0)
		r = login_publish_change(app, reg, err);
	return r == 0 ? STATUS_INCOMPLETE : r < 0 ? r : STATUS_DONE;
}
