/* SPDX-License-Identifier: Apache-2.0 */
/* Another holder, or another state. */
#include "bridge/lifecycle/move.h"

#include "bridge/lifecycle/state.h"
#include "bridge/lifecycle/show.h"
#include "bridge/terminal/status.h"
#include "bridge/terminal/ui.h"

#include <stdio.h>
#include <string.h>

struct change {
	struct app *app;
	struct registry *reg; /* owned */
	struct registry_token row;
	struct record record;
	char journal[EVENT_ID_LEN];
	enum registry_state to;
};

static void change_done(struct change *c)
{
	registry_token_done(&c->row);
	registry_free(&c->reg);
}

static int begin(struct change *c, struct error *err)
{
	const struct options *o = &c->app->options;
	int r;

	r = custody_open(c->app, &c->reg, &c->record.actor, err);
	if (r == 0)
		r = custody_find(c->reg, app_argument(c->app, 1), &c->row,
			err);
	if (r == 0)
		r = id_new(c->journal, err);
	if (r < 0)
		return r;
	c->record.reg = c->reg;
	c->record.journal = c->journal;
	c->record.reason = option(o, OPTION_REASON) ? option(o, OPTION_REASON) :
						      option(o, OPTION_FORCE);
	memcpy(c->record.token, c->row.id, sizeof(c->record.token));
	return 0;
}

/* What the row's holder is called behind the change. */
static const char *holder_after(const struct change *c)
{
	if (c->to == REGISTRY_ASSIGNED)
		return c->record.holder.name;
	return c->to == REGISTRY_STOCK ? NULL : c->row.holder_name;
}

static int show_json(const struct change *c, const char *what,
	struct error *err)
{
	json_t *bindings = json_array();
	char head[REGISTRY_HEAD_LEN];
	size_t i;

	registry_head_format(&c->record.head, head);
	for (i = 0; i < c->row.bindings.n; i++)
		if (!c->row.bindings.p[i].removed)
			json_array_append_new(bindings,
				show_binding_json(&c->row.bindings.p[i]));
	return ui_json(json_pack("{s:{s:s,s:s,s:s,s:o,s:o,s:s}}", what,
		"token", c->row.id,
		"from", registry_state_names[c->row.state],
		"to", registry_state_names[c->to],
		"holder", ui_json_text(holder_after(c)),
		"bindings", bindings,
		"head", head), err);
}

static int show_change(const struct change *c, const char *what,
	struct error *err)
{
	const char *holder = holder_after(c);

	if (c->app->json)
		return show_json(c, what, err);
	printf("%s  %.8s  %s -> %s%s%s\n", what, c->row.id,
		registry_state_names[c->row.state],
		registry_state_names[c->to], holder ? "  " : "",
		holder ? holder : "");
	return 0;
}

static int nothing_to_do(struct change *c, const char *what,
	struct error *err)
{
	int r = registry_head(c->reg, &c->record.head, err);

	if (r < 0)
		return r;
	ui_say("Token %.8s is %s already%s%s: nothing was written.", c->row.id,
		registry_state_names[c->row.state],
		c->to == REGISTRY_ASSIGNED ? ", and its holder is " : "",
		c->to == REGISTRY_ASSIGNED ? c->record.holder.name : "");
	return c->app->json ? show_json(c, what, err) : 0;
}

static int finish(struct change *c, const char *what, struct error *err)
{
	int r = show_change(c, what, err);

	return r < 0 ? r : custody_changed(c->app, &c->record, &c->row, err);
}

/* ---- move ---- */

/* Exactly one of --holder, --place, --state. */
static int read_target(struct change *c, struct error *err)
{
	const struct options *o = &c->app->options;
	const char *holder = option(o, OPTION_HOLDER);
	const char *place = option(o, OPTION_PLACE);
	const char *state = option(o, OPTION_STATE);

	if (!!holder + !!place + !!state != 1)
		return error_set(err, ERROR_USAGE,
			"registry move takes one of --holder NAME, --place "
			"NAME, --state stock and --state lost");
	c->record.holder.name = holder ? holder : place;
	c->record.holder.kind = place ? REGISTRY_PLACE : REGISTRY_PERSON;
	c->to = REGISTRY_ASSIGNED;
	if (!state)
		return 0;
	c->to = (enum registry_state)registry_word(registry_state_names,
		state);
	if (c->to != REGISTRY_STOCK && c->to != REGISTRY_LOST)
		return error_set(err, ERROR_USAGE,
			"--state '%s': stock or lost (others come by handover "
			"and retire)", state);
	return 0;
}

/* Whether nothing would be another than it is. */
static bool is_so(const struct change *c)
{
	const struct registry_token *row = &c->row;

	if (c->to != REGISTRY_ASSIGNED)
		return row->state == c->to;
	return (row->state == REGISTRY_ASSIGNED ||
		       row->state == REGISTRY_HANDED_OVER) &&
		row->holder_name &&
		strcmp(row->holder_name, c->record.holder.name) == 0;
}

/* Another's hands must not have what lets the old holder in. */
static int check_bindings(struct change *c, struct error *err)
{
	const char *force = option(&c->app->options, OPTION_FORCE);

	if (c->to == REGISTRY_LOST)
		return 0;
	if (force) {
		if (custody_bindings(&c->row) > 0)
			ui_warn("%zu bindings stay in force by --force: %s",
				custody_bindings(&c->row), force);
		return 0;
	}
	return custody_check_unbound(&c->row,
		"take them away first (tokenbridge revoke), or give --force "
		"REASON", err);
}

static int write_move(struct change *c, struct error *err)
{
	return c->to == REGISTRY_ASSIGNED ? record_assigned(&c->record, err) :
		record_state(&c->record, c->to, false, err);
}

/* What AWS still lets in by a token that is gone. */
static bool stays_at_aws(const struct change *c)
{
	size_t i;

	for (i = 0; i < c->row.bindings.n; i++)
		if (!c->row.bindings.p[i].removed &&
			c->row.bindings.p[i].kind == REGISTRY_AWS)
			return c->to == REGISTRY_LOST;
	return false;
}

int move_run(struct app *app, struct error *err)
{
	CLEANUP(change_done) struct change c = { .app = app };
	int r;

	r = read_target(&c, err);
	if (r == 0)
		r = begin(&c, err);
	if (r == 0 && is_so(&c))
		return nothing_to_do(&c, "moved", err);
	if (r == 0)
		r = custody_check(&c.row, c.to, err);
	if (r == 0)
		r = check_bindings(&c, err);
	if (r == 0)
		r = write_move(&c, err);
	if (r == 0)
		r = finish(&c, "moved", err);
	if (r < 0)
		return r;
	if (!stays_at_aws(&c))
		return STATUS_DONE;
	ui_warn("AWS still lets it in: see `tokenbridge registry show %.8s`, "
		"then `tokenbridge revoke`", c.row.id);
	return STATUS_INCOMPLETE;
}

/* ---- retire ---- */

int retire_run(struct app *app, struct error *err)
{
	CLEANUP(change_done) struct change c = { .app = app,
		.to = REGISTRY_RETIRED };
	int r;

	r = begin(&c, err);
	if (r == 0 && c.row.state == REGISTRY_RETIRED)
		return nothing_to_do(&c, "retired", err);
	if (r == 0)
		r = custody_check(&c.row, c.to, err);
	if (r == 0)
		r = custody_check_unbound(&c.row,
			"take them away first: tokenbridge revoke", err);
	if (r == 0)
		r = record_state(&c.record, c.to, false, err);
	return r < 0 ? r : finish(&c, "retired", err);
}
