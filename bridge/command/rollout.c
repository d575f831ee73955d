/* SPDX-License-Identifier: Apache-2.0 */
/* rollout: many users from a plan, key by key. */
#include "bridge/rollout/rollout.h"

#include "bridge/command/command.h"
#include "bridge/open/account.h"
#include "bridge/open/registry.h"
#include "bridge/open/trust.h"
#include "bridge/terminal/status.h"
#include "bridge/terminal/ui.h"

#define SPLIT_MAX 1000

/* The registry is opened to be changed, unless nothing is to be. */
static int rollout_open(struct app *app, struct opened_account *a, bool look,
	struct error *err)
{
	return look ? open_account_to_look(&app->run, &app->options, a, err) :
		open_account_lasting(&app->run, &app->options, a, err);
}

static int rollout_keys(struct app *app, struct plan *plan, struct error *err)
{
	CLEANUP(opened_account_done) struct opened_account a = { .reg = NULL };
	CLEANUP(trust_done) struct trust trust = { .mds = NULL };
	CLEANUP(close_p) int typed = ui_open_terminal();
	const struct options *o = &app->options;
	struct rollout_request q = {
		.plan = plan,
		.plan_path = app_argument(app, 0),
		.aws = &a.aws,
		.trust = &trust,
		.force = option(o, OPTION_FORCE),
		.result_path = option(o, OPTION_RESULT),
		.labels_path = option(o, OPTION_LABELS),
		.return_address = option(o, OPTION_RETURN_ADDRESS),
		.pin_folder = option(o, OPTION_INITIAL_PINS),
		.stick = option_is_set(o, OPTION_STICK),
		.typed_fd = typed,
		.only_look = option_is_set(o, OPTION_DRY_RUN),
	};
	size_t left;
	int r;

	r = open_trust(o, &trust, err);
	if (r == 0)
		r = rollout_open(app, &a, q.only_look, err);
	if (r < 0)
		return r;
	q.reg = a.reg;
	q.actor = a.actor;
	q.sign_in = &a.sign_in;
	r = rollout_run(&app->run, &q, &left, err);
	return r < 0 ? r : left > 0 && !q.only_look ? STATUS_INCOMPLETE :
		STATUS_DONE;
}

static int rollout_pack_keys(struct app *app, struct plan *plan,
	struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = NULL;
	CLEANUP(close_p) int typed = ui_open_terminal();
	struct rollout_packing q = {
		.plan = plan,
		.plan_path = app_argument(app, 0),
		.typed_fd = typed,
	};
	size_t left;
	int r;

	r = open_registry_read(&app->options, &reg, err);
	q.reg = reg;
	if (r == 0)
		r = rollout_pack(&app->run, &q, &left, err);
	return r < 0 ? r : left > 0 ? STATUS_INCOMPLETE : STATUS_DONE;
}

static int rollout_split_plan(struct app *app, struct plan *plan, size_t n,
	struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = NULL;
	int r = open_registry_read(&app->options, &reg, err);

	if (r == 0)
		r = rollout_split(&app->run, plan, app_argument(app, 0),
			registry_path(reg), n, err);
	return r < 0 ? r : STATUS_DONE;
}

static int rollout_verb(struct app *app, struct error *err)
{
	CLEANUP(plan_done) struct plan plan = { .n = 0 };
	uint64_t pieces = 0;
	int r = 0;

	if (option_is_set(&app->options, OPTION_SPLIT))
		r = option_number(&app->options, OPTION_SPLIT, SPLIT_MAX,
			&pieces, err);
	if (r == 0)
		r = plan_read(app_argument(app, 0), &plan, err);
	if (r < 0)
		return r;
	if (option_is_set(&app->options, OPTION_PACK))
		return rollout_pack_keys(app, &plan, err);
	if (option_is_set(&app->options, OPTION_SPLIT))
		return rollout_split_plan(app, &plan, (size_t)pieces, err);
	return rollout_keys(app, &plan, err);
}

static bool rollout_needs_network(const struct options *o)
{
	return !option_is_set(o, OPTION_PACK) &&
		!option_is_set(o, OPTION_SPLIT);
}

const struct verb verb_rollout = {
	.command = "rollout",
	.group = GROUP_AWS,
	.summary = "give many users their keys, from a plan",
	.help = "PLAN is a CSV with the columns account, user, holder, method "
		"and label, perhaps serial. All of it is checked before the "
		"first key. Run again it goes on where it was.\n",
	.example = "  tokenbridge rollout plan.csv --dry-run\n"
		"  tokenbridge rollout plan.csv --result done.csv\n",
	.arguments = { { "PLAN", VALUE_FILE } },
	.min_arguments = 1,
	.options = { OPTION_DRY_RUN, OPTION_RESULT, OPTION_LABELS,
		OPTION_INITIAL_PINS, OPTION_STICK, OPTION_PACK, OPTION_SPLIT, OPTION_FORCE,
		OPTION_REGISTRY, OPTION_PROFILE, OPTION_REGION,
		OPTION_ENDPOINT_URL, OPTION_ACCOUNT, OPTION_PIN_FD,
		OPTION_OATH_PASSWORD_FD, OPTION_TOUCH_TIMEOUT, OPTION_TICKET,
		OPTION_JSON, OPTION_FORMAT },
	.combinations = {
		{ OPTION_PACK, GOES_WITHOUT, { OPTION_DRY_RUN, OPTION_RESULT,
			OPTION_LABELS, OPTION_INITIAL_PINS, OPTION_STICK,
			OPTION_SPLIT, OPTION_FORCE } },
		{ OPTION_SPLIT, GOES_WITHOUT, { OPTION_DRY_RUN, OPTION_RESULT,
			OPTION_LABELS, OPTION_INITIAL_PINS, OPTION_STICK,
			OPTION_FORCE } },
		{ OPTION_LABELS, GOES_WITH, { OPTION_STICK } },
	},
	.needs_network = rollout_needs_network,
	.run = rollout_verb,
};
