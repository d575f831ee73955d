/* SPDX-License-Identifier: Apache-2.0 */
/* registry move, retire: into other hands, or out of use. */
#include "base/shell.h"
#include "base/text.h"
#include "bridge/command/custodians.h"
#include "bridge/command/registry-lost.h"
#include "bridge/command/registry-place.h"
#include "bridge/command/registry-verbs.h"
#include "bridge/command/replace.h"
#include "bridge/lifecycle/bag.h"
#include "bridge/lifecycle/move.h"
#include "bridge/open/registry.h"
#include "bridge/show/lifecycle.h"
#include "bridge/terminal/status.h"
#include "bridge/terminal/ui.h"

#include <stdio.h>
#include <string.h>

/* Exactly one of --holder, --place, --state. */
static int read_target(const struct options *o, struct move_request *q,
	struct error *err)
{
	const char *holder = option(o, OPTION_HOLDER);
	const char *place = option(o, OPTION_PLACE);
	const char *state = option(o, OPTION_STATE);

	if (!!holder + !!place + !!state != 1)
		return error_set(err, ERROR_USAGE,
			"registry move takes one of --holder NAME, --place "
			"NAME, and --state stock, lost, stolen, out or sealed");
	q->holder.name = holder ? holder : place;
	q->holder.kind = place ? REGISTRY_PLACE : REGISTRY_PERSON;
	q->to = REGISTRY_ASSIGNED;
	if (!state)
		return 0;
	q->to = (enum registry_state)registry_word(registry_state_names,
		state);
	if (q->to != REGISTRY_STOCK && q->to != REGISTRY_LOST)
		return error_set(err, ERROR_USAGE,
			"--state '%s': stock, lost, stolen, out or sealed "
			"(others come by handover and retire)", state);
	return 0;
}

typedef int move_fn(const struct run *run, const struct move_request *q,
	struct moved *ret, struct error *err);

/* The user whose device it is; NULL: root's, erased, or several users. */
static const char *one_user(const struct registry_token *row)
{
	const char *user = NULL;
	size_t i;

	for (i = 0; i < row->bindings.n; i++) {
		const struct registry_binding *b = &row->bindings.p[i];

		if (b->kind != REGISTRY_AWS || b->removed)
			continue;
		if (user || !b->user_name || !b->user ||
			strcmp(b->user, b->account) == 0)
			return NULL;
		user = b->user_name;
	}
	return user;
}

/* A new key comes first, else its holder would be left without any. */
static int warn_of_aws(const struct app *app, const struct registry_token *row,
	struct error *err)
{
	bool typed = app->options.from[OPTION_REGISTRY] == FROM_COMMAND_LINE;
	const char *option_word = typed ? "--registry" : NULL;
	const char *path = typed ? registry_named(app) : NULL;
	const char *user = one_user(row);
	const char *const replace[] = { "tokenbridge", "replace", user,
		row->label, "--method", "totp", option_word, path, NULL };
	char id[9];
	const char *const revoke[] = { "tokenbridge", "revoke", "--token", id,
		option_word, path, NULL };
	bool can_replace = user && row->label;
	CLEANUP(free_p) char *line = NULL;

	snprintf(id, sizeof(id), "%.8s", row->id);
	line = shell_line(can_replace ? replace : revoke);
	if (!line)
		return error_memory(err);
	ui_warn("AWS still lets it in%s: `%s`", can_replace ?
		"; plug a new key in, then" : "", line);
	return 0;
}

static int change(const struct app *app, struct move_request *q,
	move_fn *move, struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = NULL;
	CLEANUP(moved_done) struct moved done = { .changed = false };
	int r, shown = 0;

	q->what = app_argument(app, 0);
	q->reason = option(&app->options, OPTION_REASON);
	q->force = option(&app->options, OPTION_FORCE);
	r = registry_open_place(app, &reg, &q->place, err);
	if (r == 0)
		r = move(&app->run, q, &done, err);
	/* what was written is shown, also where it could not be published */
	if (r == 0 || done.changed)
		shown = show_moved(&done, q->to == REGISTRY_RETIRED ?
			"retired" : "moved", app->json, r < 0 ? NULL : err);
	if (done.changed)
		registry_say_changed(&done.head);
	if (r < 0 || shown < 0)
		return r < 0 ? r : shown;
	if (!done.changed || !done.stays_at_aws)
		return STATUS_DONE;
	r = warn_of_aws(app, &done.row, err);
	return r < 0 ? r : STATUS_INCOMPLETE;
}

/* ---- a safe's bags ---- */

static enum registry_bag wanted_bag(const struct options *o)
{
	const char *state = option(o, OPTION_STATE);
	int word = state ? registry_word(registry_bag_names, state) : 0;

	return word > 0 ? (enum registry_bag)word : REGISTRY_BAG_NONE;
}

static int read_bag(const struct options *o, const struct custodians *c,
	struct record_bag *ret, struct error *err)
{
	bool sealed = ret->state == REGISTRY_BAG_SEALED;

	ret->bag = option(o, OPTION_BAG);
	memcpy(ret->custodians, c->names, sizeof(ret->custodians));
	if (!c->names[0] || sealed != (ret->bag != NULL) ||
		option_is_set(o, OPTION_HOLDER) || option_is_set(o, OPTION_PLACE))
		return error_set(err, ERROR_USAGE, sealed ?
			"--state sealed goes with --bag NUMBER, the new bag's, "
			"and --custodian twice" :
			"--state out goes with --custodian twice");
	return sealed ? text_check(ret->bag, "bag number", err) : 0;
}

static int move_bag(const struct app *app, struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = NULL;
	CLEANUP(custodians_done) struct custodians c = { .text = NULL };
	CLEANUP(bagged_done) struct bagged done = { .row = { .label = NULL } };
	struct bag_request q = {
		.what = app_argument(app, 0),
		.bag = { .state = wanted_bag(&app->options) },
		.reason = option(&app->options, OPTION_REASON),
	};
	int r;

	r = custodians_read(&app->options, &c, err);
	if (r == 0)
		r = read_bag(&app->options, &c, &q.bag, err);
	if (r == 0)
		r = open_registry_write(&app->options, &reg, err);
	q.reg = reg;
	if (r == 0)
		r = lifecycle_bag(&app->run, &q, &done, err);
	if (r == 0)
		r = show_bagged(&done, &q.bag, app->json, err);
	if (r < 0)
		return r;
	registry_say_changed(&done.head);
	return STATUS_DONE;
}

/* What is of a new key, or of AWS, without anything that goes there. */
static int check_alone(const struct options *o, struct error *err)
{
	static const enum option_id ids[] = { OPTION_METHOD, OPTION_SERIAL,
		OPTION_WAIT, OPTION_CODES_FD, OPTION_LABEL,
		OPTION_TOKEN, OPTION_PROFILE, OPTION_REGION,
		OPTION_ENDPOINT_URL, OPTION_ACCOUNT, OPTION_PIN_FD,
		OPTION_OATH_PASSWORD_FD };
	size_t i;

	for (i = 0; i < ARRAY_LEN(ids); i++)
		if (option_is_set(o, ids[i]) &&
			o->from[ids[i]] == FROM_COMMAND_LINE)
			return error_set(err, ERROR_USAGE, "--%s is of --state "
				"stolen, and of --state lost with --method",
				option_rows[ids[i]].name);
	return 0;
}

static int registry_move(struct app *app, struct error *err)
{
	struct move_request q = { .what = NULL };
	int r;

	if (wanted_bag(&app->options) != REGISTRY_BAG_NONE)
		return move_bag(app, err);
	if (option_is_set(&app->options, OPTION_BAG) ||
		option_is_set(&app->options, OPTION_CUSTODIAN))
		return error_set(err, ERROR_USAGE, "--bag and --custodian are "
			"of --state sealed and --state out");
	if (registry_lost_goes_to_aws(&app->options))
		return registry_lost(app, err);
	r = check_alone(&app->options, err);
	if (r == 0)
		r = read_target(&app->options, &q, err);

	return r < 0 ? r : change(app, &q, lifecycle_move, err);
}

static int registry_retire(struct app *app, struct error *err)
{
	struct move_request q = { .to = REGISTRY_RETIRED };

	return change(app, &q, lifecycle_retire, err);
}

const struct verb verb_registry_move = {
	.command = "registry",
	.name = "move",
	.group = GROUP_RECORD,
	.summary = "to another holder, into the stock, or lost",
	.help = "Writes down that TOKEN is with somebody else, in the stock, "
		"lost, or (--state out, sealed) out of or in a bag. A bound one "
		"is moved only as lost, or with --force. --state stolen takes "
		"away at AWS what it lets in; with --method a new key "
		"replaces it, of a lost one before that.\n",
	.example = "  tokenbridge registry move blue-7 --holder bob\n"
		"  tokenbridge registry move blue-7 --state lost --reason "
		"'left in a taxi'\n",
	.arguments = { { "TOKEN", VALUE_REGISTERED } },
	.min_arguments = 1,
	.options = { OPTION_HOLDER, OPTION_PLACE, OPTION_STATE, OPTION_METHOD,
		OPTION_SERIAL, OPTION_WAIT, OPTION_CODES_FD, OPTION_LABEL,
		OPTION_BAG, OPTION_CUSTODIAN, OPTION_REASON, OPTION_FORCE,
		OPTION_TOKEN, OPTION_REGISTRY, OPTION_PROFILE,
		OPTION_REGION, OPTION_ENDPOINT_URL, OPTION_ACCOUNT,
		OPTION_PIN_FD, OPTION_OATH_PASSWORD_FD, OPTION_TOUCH_TIMEOUT,
		OPTION_LOGIN_DB, OPTION_TICKET, OPTION_JSON, OPTION_FORMAT },
	.in_manual = { OPTION_BAG, OPTION_CUSTODIAN, OPTION_SERIAL,
		OPTION_WAIT },
	.stray = OPTION_HOLDER,
	.needs_network = registry_lost_goes_to_aws,
	.takes = { { OPTION_STATE, VALUE_WORDS, "stock lost stolen out sealed" },
		{ OPTION_METHOD, VALUE_WORDS, REPLACE_METHODS } },
	.run = registry_move,
};

const struct verb verb_registry_retire = {
	.command = "registry",
	.name = "retire",
	.group = GROUP_RECORD,
	.summary = "a token that is not used any more",
	.help = "The row of TOKEN stays, and is never used again. Refused while "
		"it is bound: `tokenbridge revoke` takes bindings away; and "
		"while a run at AWS is not finished with it, unless it is "
		"lost.\n",
	.example = "  tokenbridge registry retire blue-7 --reason 'broken "
		"plug'\n",
	.arguments = { { "TOKEN", VALUE_REGISTERED } },
	.min_arguments = 1,
	.options = { OPTION_REASON, OPTION_REGISTRY, OPTION_LOGIN_DB,
		OPTION_TICKET, OPTION_JSON, OPTION_FORMAT },
	.run = registry_retire,
};
