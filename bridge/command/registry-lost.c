/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry move --state lost|stolen that goes to AWS, too. A lost token is
 * replaced first, then its devices go; a stolen one is contained first: what it
 * lets in goes, also the last, and then a new key is enrolled.
 */
#include "bridge/command/registry-lost.h"

#include "bridge/command/replace.h"
#include "bridge/lifecycle/move.h"
#include "bridge/open/account.h"
#include "bridge/open/login.h"
#include "bridge/open/token.h"
#include "bridge/open/trust.h"
#include "bridge/revoke/replace.h"
#include "bridge/revoke/token.h"
#include "bridge/run/json.h"
#include "bridge/show/lifecycle.h"
#include "bridge/show/mfa.h"
#include "bridge/terminal/status.h"
#include "bridge/terminal/ui.h"

#include <string.h>

static bool is_typed_option(const struct options *o, enum option_id id)
{
	return option_is_set(o, id) && o->from[id] == FROM_COMMAND_LINE;
}

static bool is_state(const struct options *o, const char *state)
{
	return option_is_set(o, OPTION_STATE) &&
		strcmp(option(o, OPTION_STATE), state) == 0;
}

bool registry_lost_goes_to_aws(const struct options *o)
{
	return is_state(o, "stolen") ||
		(is_state(o, "lost") && is_typed_option(o, OPTION_METHOD));
}

struct losing {
	struct app *app;
	struct opened_account a;
	struct trust trust;
	struct mfa_request how;         /* method, and what goes with it */
	struct moved moved;
	bool stolen;
	json_t *replaced;               /* owned; a row each */
	struct revoke_receipt receipt;  /* of containing without replacing */
	struct journal_sights runs;     /* that are not finished */
	bool changed, incomplete;
	struct registry_head head;
};

static void losing_done(struct losing *x)
{
	opened_account_done(&x->a);
	trust_done(&x->trust);
	moved_done(&x->moved);
	json_decref(x->replaced);
	revoke_receipt_done(&x->receipt);
	journal_sights_done(&x->runs);
}

/* ---- a new key in its place ---- */

/* An earlier run still owes the new device, or the end of the old one. */
static bool is_owed(const struct losing *x, const struct registry_binding *b)
{
	size_t i;

	for (i = 0; i < x->runs.n; i++) {
		const struct journal_facts *f = &x->runs.p[i].journal.facts;

		if (replace_is_part(f) && b->device &&
			strcmp(f->serial, b->device) == 0)
			return true;
	}
	return false;
}

static bool is_to_replace(const struct losing *x,
	const struct registry_binding *b)
{
	return b->kind == REGISTRY_AWS && b->device && b->user_name &&
		strcmp(b->account, x->a.aws.caller.account) == 0 &&
		strcmp(b->user, b->account) != 0 &&
		(!b->removed || is_owed(x, b));
}

static void tell_replaced(struct losing *x, const struct replaced *done)
{
	json_row(&x->replaced, json_pack("{s:s,s:s,s:s,s:b,s:b}",
		"user", done->gone.facts.user,
		"old", done->gone.facts.serial,
		"new", done->made.facts.serial,
		"oldFirst", done->old_first,
		"complete", !done->gone.account_left && !done->gone.orphan));
	if (!x->app->json)
		ui_line("replaced  %s  of %s, by %s", done->gone.facts.serial,
			done->gone.facts.user, done->made.facts.serial);
	/* the credential in a token that is away is worth nothing at AWS */
	x->incomplete |= done->gone.orphan;
	x->changed = true;
	x->head = done->gone.head;
}

static int replace_one(struct losing *x, const struct registry_binding *b,
	struct error *err)
{
	const struct options *o = &x->app->options;
	const char *reason = option(o, OPTION_REASON);
	const char *holder = x->moved.row.holder_name;
	const struct replace_request q = {
		.enroll = {
			.aws = &x->a.aws, .reg = x->a.reg, .actor = x->a.actor,
			.trust = &x->trust, .user = b->user_name,
			.wanted = open_wanted(o, x->a.reg),
			.method = x->how.method, .serial = x->how.serial,
			.wait_s = x->how.wait_s,
			.holder = holder ? holder : b->user_name,
			.holder_kind = x->moved.row.holder_kind,
			.label = option(o, OPTION_LABEL),
		},
		.old = b->device,
		.reason = reason ? reason : x->stolen ? "stolen" : "lost",
		.stolen = x->stolen,
	};
	struct replaced done;
	int r = replace_device(&x->app->run, &q, &done, err);

	if (r == 0)
		tell_replaced(x, &done);
	return r;
}

static int replace_all(struct losing *x, struct error *err)
{
	const struct registry_bindings *list = &x->moved.row.bindings;
	size_t i, n = 0;
	int r = journal_see_all(&x->runs, registry_path(x->a.reg), err);

	for (i = 0; r == 0 && i < list->n; i++) {
		if (!is_to_replace(x, &list->p[i]))
			continue;
		n++;
		r = replace_one(x, &list->p[i], err);
	}
	if (r == 0 && n == 0)
		ui_say("Nothing of it is bound in account %s.",
			x->a.aws.caller.account);
	return r;
}

/* ---- contained alone ---- */

/* A credential in a token that is away opens nothing at AWS any more. */
static bool is_contained(const struct revoke_receipt *receipt)
{
	const json_t *row;
	size_t i;

	json_array_foreach(receipt->rows, i, row) {
		const char *what = event_str(row, "what");
		const char *outcome = event_str(row, "outcome");

		if (outcome && strcmp(outcome, "not-revoked") == 0)
			return false;
		if (outcome && strcmp(outcome, "not-reached") == 0 && what &&
			strcmp(what, "oath") != 0)
			return false;
	}
	return true;
}

static int contain(struct losing *x, struct error *err)
{
	const char *reason = option(&x->app->options, OPTION_REASON);
	struct revoke_work w = {
		.run = &x->app->run,
		.aws = &x->a.aws,
		.reg = x->a.reg,
		.actor = x->a.actor,
		.reason = reason ? reason : "stolen",
		.last = true,
		.receipt = &x->receipt,
	};
	int r = registry_head(x->a.reg, &x->receipt.head, err);

	if (r == 0)
		r = revoke_token(&w, x->moved.row.id, err);
	x->changed |= x->receipt.changed;
	x->incomplete |= !is_contained(&x->receipt);
	x->head = x->receipt.head;
	return r;
}

/* ---- together ---- */

static int record_loss(struct losing *x, struct error *err)
{
	const char *reason = option(&x->app->options, OPTION_REASON);
	struct move_request q = {
		.place = { .reg = x->a.reg },
		.what = app_argument(x->app, 0),
		.to = REGISTRY_LOST,
		.reason = reason ? reason : x->stolen ? "stolen" : NULL,
	};
	int r = open_login_db(&x->app->options, x->a.reg, &q.place.login_db,
		err);

	if (r == 0)
		r = lifecycle_move(&x->app->run, &q, &x->moved, err);
	x->changed |= x->moved.changed;
	if (x->moved.changed)
		x->head = x->moved.head;
	return r;
}

static int show_lost(struct losing *x, struct error *err)
{
	const struct show_scope scope = { "token", x->moved.row.id,
		x->a.aws.caller.account, account_endpoint(&x->a.aws), NULL };
	bool contained = json_array_size(x->receipt.rows) > 0;

	if (!x->app->json)
		return contained ? show_revoke_receipt(&x->receipt, &scope,
			false, err) : 0;
	return ui_json(json_pack("{s:b,s:o,s:O,s:O}",
		"changed", x->changed,
		"moved", show_moved_json(&x->moved),
		"replaced", x->replaced,
		"revokedRows", x->receipt.rows), err);
}

int registry_lost(struct app *app, struct error *err)
{
	CLEANUP(losing_done) struct losing x = { .app = app,
		.stolen = is_state(&app->options, "stolen"),
		.replaced = json_array() };
	bool replaces = is_typed_option(&app->options, OPTION_METHOD);
	struct error why;
	int r, shown = 0;

	revoke_receipt_init(&x.receipt);
	r = open_trust(&app->options, &x.trust, err);
	x.how.trust = &x.trust;
	if (r == 0 && replaces)
		r = replace_method(app, &x.how, err);
	if (r == 0)
		r = open_account(&app->run, &app->options, &x.a, err);
	if (r == 0)
		r = record_loss(&x, err);
	if (r < 0)
		return r;
	if (!app->json)
		shown = show_moved(&x.moved, "moved", false, err);
	if (shown < 0)
		return shown;
	r = replaces ? replace_all(&x, &why) : contain(&x, &why);
	if (x.changed)
		registry_log_head(&x.head);
	shown = show_lost(&x, r < 0 ? NULL : err);
	if (r < 0)
		return error_copy(err, &why);
	return shown < 0 ? shown : x.incomplete ? STATUS_INCOMPLETE :
		STATUS_DONE;
}
