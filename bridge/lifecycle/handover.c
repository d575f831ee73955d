/* SPDX-License-Identifier: Apache-2.0 */
/* The holder proves to have the token. */
#include "bridge/lifecycle/handover.h"

#include "base/encode.h"
#include "base/text.h"
#include "bridge/verify/admission.h"
#include "bridge/lifecycle/state.h"
#include "bridge/terminal/status.h"
#include "bridge/terminal/ui.h"

#include <stdio.h>
#include <string.h>

#define WHAT_LEN 80 /* of the cue, behind "to prove ..." */

struct handover {
	struct app *app;
	const char *holder;   /* borrowed */
	struct registry *reg; /* owned */
	struct attached attached;
	const struct token *token;
	struct fido *fido;    /* owned */
	char named[EVENT_ID_LEN]; /* the row that TOKEN names; "" if none */
	struct verification v;
	struct record record;
	char journal[EVENT_ID_LEN];
};

static void handover_done(struct handover *h)
{
	fido_free(&h->fido);
	verification_done(&h->v);
	attached_done(&h->attached);
	registry_free(&h->reg);
}

/* What the record says against it: asked before a touch where it can be. */
static int check_row(const struct handover *h, const struct registry_token *row,
	struct error *err)
{
	int r;

	r = custody_check(row, REGISTRY_HANDED_OVER, err);
	return r < 0 ? r : admission_check_row(row, h->holder, err);
}

static int open_row(struct handover *h, struct error *err)
{
	const char *what = app_argument(h->app, 1);
	struct registry_token row = { .holder_name = NULL };
	int r;

	h->holder = option(&h->app->options, OPTION_HOLDER);
	if (!h->holder)
		return error_set(err, ERROR_USAGE,
			"registry handover: who takes it over? --holder NAME");
	r = custody_open(h->app, &h->reg, &h->record.actor, err);
	if (r < 0 || !what)
		return r;
	r = custody_find(h->reg, what, &row, err);
	if (r == 0)
		r = check_row(h, &row, err);
	if (r == 0)
		memcpy(h->named, row.id, sizeof(h->named));
	registry_token_done(&row);
	return r;
}

static int open_token(struct handover *h, struct error *err)
{
	int r;

	r = attached_find(h->app, &h->attached, h->reg, &h->token, err);
	if (r == 0)
		r = attached_check(h->token, err);
	return r < 0 ? r : attached_open(h->app, h->token, &h->fido, err);
}

/* A PIN that whoever prepared the token knows is nobody's own. */
static int ask_own_pin(struct handover *h, struct error *err)
{
	char question[TEXT_MAX + 80];
	bool yes = false;
	int r;

	h->v.verify_user = h->token->fido.client_pin == FIDO_ON;
	if (!h->v.verify_user) {
		ui_warn("the token has no PIN: who finds it can use it");
		return 0;
	}
	if (option_is_set(&h->app->options, OPTION_OWN_PIN))
		return 0;
	snprintf(question, sizeof(question), "Has %.*s set a PIN that nobody "
		"else knows? [y/N] ", TEXT_MAX, h->holder);
	r = ui_confirm(question, h->app->cancel_fd, &yes, err);
	if (r == 0 && !yes)
		r = error_set(err, ERROR_REFUSED,
			"the holder sets a new PIN first, by `tokenbridge pin "
			"change`; --own-pin says that it was done");
	return r;
}

static int check_proof(const struct handover *h, struct error *err)
{
	const struct verification *v = &h->v;
	int r;

	if (!v->known)
		return error_set(err, ERROR_REFUSED,
			"the registry does not know this token: take it into "
			"the stock first (registry intake, or verify "
			"--record)");
	r = admission_check_token(h->app, v, NULL, err);
	if (r < 0)
		return r;
	if (!v->proved)
		return error_set(err, ERROR_REFUSED,
			"token %.8s has no identity credential to prove itself "
			"by: run `tokenbridge verify --record` first",
			v->row.id);
	if (v->verify_user && !(v->proof.flags & AUTHDATA_UV))
		return error_set(err, ERROR_REFUSED,
			"the signed flags do not say that the user was "
			"verified by the PIN");
	if (h->named[0] && strcmp(h->named, v->row.id) != 0)
		return error_set(err, ERROR_REFUSED,
			"the attached token is %.8s, not %.8s", v->row.id,
			h->named);
	return check_row(h, &v->row, err);
}

static int prove(struct handover *h, struct error *err)
{
	char what[WHAT_LEN];
	int r;

	snprintf(what, sizeof(what), "%.50s takes it over", h->holder);
	h->v.sign_for = "handover";
	r = verify_token(h->app, h->token, h->fido, h->reg, what, &h->v, err);
	return r < 0 ? r : check_proof(h, err);
}

static int write_record(struct handover *h, struct error *err)
{
	const struct options *o = &h->app->options;
	int r;

	h->record.reg = h->reg;
	h->record.journal = h->journal;
	h->record.holder.name = h->holder;
	h->record.holder.kind = REGISTRY_PERSON;
	h->record.label = option(o, OPTION_LABEL);
	h->record.reason = option(o, OPTION_REASON) ? option(o, OPTION_REASON) :
						      option(o, OPTION_FORCE);
	r = id_new(h->journal, err);
	if (r == 0)
		r = record_verification(&h->record, &h->v, err);
	return r < 0 ? r :
		record_state(&h->record, REGISTRY_HANDED_OVER, true, err);
}

static int show_receipt(const struct handover *h, struct error *err)
{
	char sha[HEX_LEN(CHAIN_LEN)] = "", head[REGISTRY_HEAD_LEN];
	const struct verification *v = &h->v;
	bool verified = v->proof.flags & AUTHDATA_UV;

	if (h->record.has_evidence)
		hex_encode(h->record.evidence, CHAIN_LEN, sha);
	registry_head_format(&h->record.head, head);
	if (h->app->json)
		return ui_json(json_pack(
			"{s:{s:s,s:s,s:s,s:s,s:b,s:I,s:s,s:s}}", "handedOver",
			"token", v->row.id,
			"holder", h->holder,
			"state", registry_state_names[REGISTRY_HANDED_OVER],
			"verdict", verdict_name(v->verdict),
			"userVerified", verified,
			"counter", (json_int_t)v->proof.counter,
			"evidence", sha,
			"head", head), err);
	printf("handed over  %.8s  to %s, %s\n", v->row.id, h->holder,
		verified ? "who proved it by PIN and touch" :
			   "who proved it by a touch");
	if (sha[0])
		printf("evidence     %s\n", sha);
	return 0;
}

int handover_run(struct app *app, struct error *err)
{
	static int (*const steps[])(struct handover *, struct error *) = {
		open_row,
		open_token,
		ask_own_pin,
		prove,
		write_record,
	};
	CLEANUP(handover_done) struct handover h = { .app = app };
	size_t i;
	int r = 0;

	verification_init(&h.v);
	for (i = 0; r == 0 && i < ARRAY_LEN(steps); i++)
		r = steps[i](&h, err);
	if (r == 0)
		r = show_receipt(&h, err);
	if (r == 0)
		r = custody_changed(app, &h.record, &h.v.row, err);
	return r < 0 ? r : STATUS_DONE;
}
