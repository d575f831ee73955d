/* SPDX-License-Identifier: Apache-2.0 */
/* registry show: tokens with their holders and bindings. */
#include "bridge/command/command.h"
#include "bridge/ledger/counts.h"
#include "bridge/ledger/filter.h"
#include "bridge/mfa/witness.h"
#include "bridge/open/registry.h"
#include "bridge/open/when.h"
#include "bridge/registry/lookup.h"
#include "bridge/show/root/unfinished.h"
#include "bridge/show/rows.h"
#include "bridge/show/unfinished.h"
#include "bridge/terminal/status.h"
#include "bridge/terminal/ui.h"

#define STATES "adopted stock assigned handed-over lost retired"
#define STATES_SAID "adopted, stock, assigned, handed-over, lost, retired"

static int show_runs(const struct app *app, struct registry *reg,
	struct error *err)
{
	CLEANUP(journal_sights_done) struct journal_sights list = { .p = NULL };
	CLEANUP(root_sights_done) struct root_sights roots = { .p = NULL };
	struct show_unfinished x = { &list, 0, "" };
	int r = journal_see_all(&list, registry_path(reg), err);

	if (r == 0)
		r = root_see_all(&roots, registry_path(reg), err);
	if (r < 0)
		return r;
	x.others = roots.n;
	x.problem = roots.unread.code ? roots.unread.text : "";
	if (!app->json)
		show_root_unfinished_text(&roots);
	r = show_unfinished(reg, &x, show_root_unfinished_json(&roots),
		app->json, err);
	return r < 0 ? r : list.unread.code || roots.unread.code ?
		STATUS_INCOMPLETE : STATUS_DONE;
}

static int read_filter(const struct app *app, struct row_filter *ret,
	struct error *err)
{
	const struct options *o = &app->options;

	*ret = (struct row_filter){
		.holder = option(o, OPTION_HOLDER),
		.user = option(o, OPTION_USER),
		.label = option(o, OPTION_LABEL),
		.state = option(o, OPTION_STATE),
	};
	if (!ret->state || registry_word(registry_state_names, ret->state) >= 0)
		return 0;
	return error_set(err, ERROR_USAGE,
		"--state '%s': " STATES_SAID " are the states", ret->state);
}

/* All, with bindings that no token is known of; or the one that is named. */
static int find_rows(const struct app *app, struct show_rows *rows,
	struct registry_tokens *tokens, struct registry_bindings *bindings,
	struct error *err)
{
	const char *what = app_argument(app, 0);
	struct row_filter f;
	int r = read_filter(app, &f, err);

	if (r == 0 && rows->at)
		r = registry_go_back(rows->reg, rows->at, err);
	if (r == 0)
		r = what ? registry_lookup(rows->reg, what, tokens, err) :
			   registry_tokens_all(rows->reg, tokens, err);
	if (r == 0 && !what)
		r = registry_bindings_all(rows->reg, bindings, err);
	if (r < 0)
		return r;
	rows->picked = f.holder || f.user || f.label || f.state;
	filter_tokens(&f, tokens);
	filter_bindings(&f, bindings);
	filter_users(&f, tokens, bindings, rows->users);
	return 0;
}

/* Of few users: all events are gone through for it. */
static int find_counts(const struct app *app, struct show_rows *rows,
	json_t **ret, struct error *err)
{
	const struct counts_wanted w = {
		.user = option(&app->options, OPTION_USER),
		.tokens = rows->tokens,
		.bindings = rows->bindings,
		.at = rows->at,
	};

	if (!rows->picked && !app_argument(app, 0))
		return 0;
	return counts_find(rows->reg, &w, ret, err);
}

static void counts_free(json_t **counts)
{
	json_decref(*counts);
}

/* What a later run may settle, of what is shown. */
static void hint_unsettled(const struct registry_tokens *list)
{
	size_t i, n = 0;

	for (i = 0; i < list->n; i++)
		n += witness_unsettled(&list->p[i].bindings, NULL);
	if (n)
		ui_say("%zu device%s here %s not rest on an event of "
			"CloudTrail, which may tell of it by now: `tokenbridge "
			"registry adopt --from-aws` asks.", n,
			n == 1 ? "" : "s", n == 1 ? "does" : "do");
}

static int registry_show(struct app *app, struct error *err)
{
	CLEANUP(registry_bindings_done) struct registry_bindings all = { 0 };
	CLEANUP(registry_tokens_done) struct registry_tokens list = { NULL, 0 };
	CLEANUP(registry_free) struct registry *reg = NULL;
	CLEANUP(counts_free) json_t *counts = NULL;
	struct show_rows rows = { .tokens = &list, .bindings = &all };
	const struct table_view view = app_view(app);
	int r;

	r = show_rows_check_view(&view, err);
	if (r == 0)
		r = open_when(&app->options, OPTION_AT, OPEN_LAST, &rows.at,
			err);
	if (r == 0)
		r = open_registry_read(&app->options, &reg, err);
	if (r == 0 && option_is_set(&app->options, OPTION_UNFINISHED))
		return show_runs(app, reg, err);
	rows.reg = reg;
	if (r == 0)
		r = find_rows(app, &rows, &list, &all, err);
	if (r == 0)
		r = find_counts(app, &rows, &counts, err);
	rows.counts = counts;
	if (r < 0)
		return r;
	if (app->json)
		return show_rows_json(&rows, err);
	show_rows_text(&rows, &view);
	if (!rows.at)
		hint_unsettled(&list);
	return 0;
}

const struct verb verb_registry_show = {
	.command = "registry",
	.name = "show",
	.group = GROUP_RECORD,
	.summary = "tokens with their holders and bindings",
	.help = "Shows all tokens, or those that TOKEN and the options name: "
		"TOKEN by label, serial number or the first digits of an id. "
		"--at shows them as they were then. Where "
		"any are named, it also tells when `audit --record` last counted "
		"their users' MFA devices. With --unfinished the "
		"enrollments and revocations at AWS that are not finished.\n",
	.example = "  tokenbridge registry show blue-7 --json\n"
		"  tokenbridge registry show --holder alice --at 2026-01-31\n"
		"  tokenbridge registry show --unfinished\n",
	.arguments = { { "TOKEN", VALUE_REGISTERED } },
	.options = { OPTION_HOLDER, OPTION_USER, OPTION_LABEL, OPTION_STATE,
		OPTION_AT, OPTION_UNFINISHED, OPTION_WIDE, OPTION_COLUMNS,
		OPTION_REGISTRY, OPTION_JSON, OPTION_FORMAT },
	.takes = { { OPTION_STATE, VALUE_WORDS, STATES },
		{ OPTION_AT, VALUE_WORDS, "now" } },
	.combinations = {
		{ OPTION_UNFINISHED, GOES_WITHOUT, { OPTION_HOLDER, OPTION_USER,
			OPTION_LABEL, OPTION_STATE, OPTION_AT } },
	},
	.run = registry_show,
};
