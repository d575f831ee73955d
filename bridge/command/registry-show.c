/* SPDX-License-Identifier: Apache-2.0 */
/* registry show: tokens with their holders and bindings. */
#include "bridge/command/command.h"
#include "bridge/open/registry.h"
#include "bridge/registry/lookup.h"
#include "bridge/show/rows.h"
#include "bridge/show/unfinished.h"
#include "bridge/terminal/status.h"

static int show_runs(const struct app *app, struct registry *reg,
	struct error *err)
{
	CLEANUP(journal_sights_done) struct journal_sights list = { .p = NULL };
	int r = journal_see_all(&list, registry_path(reg), err);

	if (r == 0)
		r = show_unfinished(reg, &list, app->json, err);
	return r < 0 ? r : list.unread.code ? STATUS_INCOMPLETE : STATUS_DONE;
}

/* All, with bindings that no token is known of; or the one that is named. */
static int registry_show(struct app *app, struct error *err)
{
	CLEANUP(registry_bindings_done) struct registry_bindings all = { 0 };
	CLEANUP(registry_tokens_done) struct registry_tokens list = { NULL, 0 };
	CLEANUP(registry_free) struct registry *reg = NULL;
	struct show_rows rows = { NULL, &list, &all };
	const char *what = app_argument(app, 0);
	const struct table_view view = app_view(app);
	int r;

	r = show_rows_check_view(&view, err);
	if (r == 0)
		r = open_registry_read(&app->options, &reg, err);
	if (r == 0 && option_is_set(&app->options, OPTION_UNFINISHED))
		return show_runs(app, reg, err);
	if (r == 0)
		r = what ? registry_lookup(reg, what, &list, err) :
			   registry_tokens_all(reg, &list, err);
	if (r == 0 && !what)
		r = registry_bindings_all(reg, &all, err);
	if (r < 0)
		return r;
	rows.reg = reg;
	if (app->json)
		return show_rows_json(&rows, err);
	show_rows_text(&rows, &view);
	return 0;
}

const struct verb verb_registry_show = {
	.command = "registry",
	.name = "show",
	.group = GROUP_RECORD,
	.summary = "tokens with their holders and bindings",
	.help = "Shows all tokens, or the one that TOKEN names: by its label, "
		"its serial number or the first digits of its id. With "
		"--unfinished the enrollments and revocations at AWS that are "
		"not finished: since when, why, and what ends them.\n",
	.example = "  tokenbridge registry show\n"
		"  tokenbridge registry show blue-7 --json\n"
		"  tokenbridge registry show --unfinished\n",
	.arguments = { { "TOKEN", VALUE_REGISTERED } },
	.options = { OPTION_UNFINISHED, OPTION_REGISTRY, OPTION_WIDE, OPTION_COLUMNS, OPTION_JSON,
		OPTION_FORMAT },
	.run = registry_show,
};
