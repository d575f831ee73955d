/* SPDX-License-Identifier: Apache-2.0 */
/* registry move, retire: into other hands, or out of use. */
#include "bridge/command/registry-place.h"
#include "bridge/command/registry-verbs.h"
#include "bridge/lifecycle/move.h"
#include "bridge/show/lifecycle.h"
#include "bridge/terminal/status.h"
#include "bridge/terminal/ui.h"

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
			"NAME, --state stock and --state lost");
	q->holder.name = holder ? holder : place;
	q->holder.kind = place ? REGISTRY_PLACE : REGISTRY_PERSON;
	q->to = REGISTRY_ASSIGNED;
	if (!state)
		return 0;
	q->to = (enum registry_state)registry_word(registry_state_names,
		state);
	if (q->to != REGISTRY_STOCK && q->to != REGISTRY_LOST)
		return error_set(err, ERROR_USAGE,
			"--state '%s': stock or lost (others come by handover "
			"and retire)", state);
	return 0;
}

typedef int move_fn(const struct run *run, const struct move_request *q,
	struct moved *ret, struct error *err);

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
	ui_warn("AWS still lets it in: see `tokenbridge registry show %.8s`, "
		"then `tokenbridge revoke`", done.row.id);
	return STATUS_INCOMPLETE;
}

static int registry_move(struct app *app, struct error *err)
{
	struct move_request q = { .what = NULL };
	int r = read_target(&app->options, &q, err);

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
	.help = "Writes down that TOKEN is with somebody else (--holder, "
		"--place), back in the stock (--state stock) or lost (--state "
		"lost). What is bound stays with its user, so a bound token is "
		"moved only as lost, or with --force; so is one with which a "
		"run at AWS is not finished. After a loss: `tokenbridge "
		"revoke`.\n",
	.example = "  tokenbridge registry move blue-7 --holder bob\n"
		"  tokenbridge registry move blue-7 --state lost --reason "
		"'left in a taxi'\n",
	.arguments = { { "TOKEN", VALUE_REGISTERED } },
	.min_arguments = 1,
	.options = { OPTION_HOLDER, OPTION_PLACE, OPTION_STATE, OPTION_REASON,
		OPTION_FORCE, OPTION_REGISTRY, OPTION_LOGIN_DB, OPTION_TICKET,
		OPTION_JSON, OPTION_FORMAT },
	.stray = OPTION_HOLDER,
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
