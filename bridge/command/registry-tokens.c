/* SPDX-License-Identifier: Apache-2.0 */
/* registry: a token on its way from the delivery to its end. */
#include "bridge/command/registry-tokens.h"

#include "bridge/lifecycle/intake.h"
#include "bridge/open/login.h"
#include "bridge/open/registry.h"
#include "bridge/open/token.h"
#include "bridge/open/trust.h"
#include "bridge/registry/lookup.h"
#include "bridge/show/lifecycle.h"
#include "bridge/show/rows.h"
#include "bridge/terminal/status.h"
#include "bridge/terminal/ui.h"

/* ---- show ---- */

/* All, with bindings that no token is known of; or the one that is named. */
int registry_show(struct app *app, struct error *err)
{
	CLEANUP(registry_bindings_done) struct registry_bindings all = { 0 };
	CLEANUP(registry_tokens_done) struct registry_tokens list = { NULL, 0 };
	CLEANUP(registry_free) struct registry *reg = NULL;
	struct show_rows rows = { NULL, &list, &all };
	const char *what = app_argument(app, 1);
	int r;

	r = open_registry_read(&app->options, &reg, err);
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
	show_rows_text(&rows);
	return 0;
}

/* ---- intake ---- */

int registry_intake(struct app *app, struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = NULL;
	CLEANUP(trust_done) struct trust trust = { .mds = NULL };
	CLEANUP(intake_list_done) struct intake_list list = { .n = 0 };
	struct intake_request q = {
		.list = &list,
		.trust = &trust,
		.force = option(&app->options, OPTION_FORCE),
		.readers = option_is_set(&app->options, OPTION_READERS),
		.only_look = option_is_set(&app->options, OPTION_DRY_RUN),
	};
	size_t left;
	int r;

	r = intake_list_read(app_argument(app, 1), &list, err);
	if (r == 0 && !q.only_look)
		r = open_trust(&app->options, &trust, err);
	if (r == 0)
		r = q.only_look ? open_registry_read(&app->options, &reg, err) :
			open_registry_write(&app->options, &reg, err);
	q.reg = reg;
	if (r == 0)
		r = lifecycle_intake(&app->run, &q, &left, err);
	return r < 0 ? r : left > 0 ? STATUS_INCOMPLETE : STATUS_DONE;
}

/* ---- changes ---- */

/* *reg is owned by the caller, also after a failure. */
static int open_place(const struct app *app, struct registry **reg,
	struct change_place *ret, struct error *err)
{
	int r = open_registry_write(&app->options, reg, err);

	ret->reg = *reg;
	return r < 0 ? r : open_login_db(&app->options, *reg, &ret->login_db,
		err);
}

static void log_head(const struct registry_head *head)
{
	char text[REGISTRY_HEAD_LEN];

	registry_log_head(head);
	registry_head_format(head, text);
	ui_say("Head: %s", text);
}

int registry_handover(struct app *app, struct error *err)
{
	const struct options *o = &app->options;
	CLEANUP(registry_free) struct registry *reg = NULL;
	CLEANUP(trust_done) struct trust trust = { .mds = NULL };
	struct handover_request q = {
		.trust = &trust,
		.what = app_argument(app, 1),
		.holder = option(o, OPTION_HOLDER),
		.label = option(o, OPTION_LABEL),
		.reason = option(o, OPTION_REASON),
		.force = option(o, OPTION_FORCE),
		.own_pin = option_is_set(o, OPTION_OWN_PIN),
	};
	struct handed_over done = { .changed = false };
	int r, shown = 0;

	if (!q.holder)
		return error_set(err, ERROR_USAGE,
			"registry handover: who takes it over? --holder NAME");
	r = open_place(app, &reg, &q.place, err);
	if (r == 0)
		r = open_trust(o, &trust, err);
	q.wanted = open_wanted(o, reg);
	if (r == 0)
		r = lifecycle_handover(&app->run, &q, &done, err);
	if (done.changed) {
		shown = show_handed_over(&done, q.holder, app->json,
			r < 0 ? NULL : err);
		log_head(&done.head);
	}
	return r < 0 ? r : shown;
}

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

	q->what = app_argument(app, 1);
	q->reason = option(&app->options, OPTION_REASON);
	q->force = option(&app->options, OPTION_FORCE);
	r = open_place(app, &reg, &q->place, err);
	if (r == 0)
		r = move(&app->run, q, &done, err);
	/* what was written is shown, also where it could not be published */
	if (r == 0 || done.changed)
		shown = show_moved(&done, q->to == REGISTRY_RETIRED ?
			"retired" : "moved", app->json, r < 0 ? NULL : err);
	if (done.changed)
		log_head(&done.head);
	if (r < 0 || shown < 0)
		return r < 0 ? r : shown;
	if (!done.changed || !done.stays_at_aws)
		return STATUS_DONE;
	ui_warn("AWS still lets it in: see `tokenbridge registry show %.8s`, "
		"then `tokenbridge revoke`", done.row.id);
	return STATUS_INCOMPLETE;
}

int registry_move(struct app *app, struct error *err)
{
	struct move_request q = { .what = NULL };
	int r = read_target(&app->options, &q, err);

	return r < 0 ? r : change(app, &q, lifecycle_move, err);
}

int registry_retire(struct app *app, struct error *err)
{
	struct move_request q = { .to = REGISTRY_RETIRED };

	return change(app, &q, lifecycle_retire, err);
}
