/* SPDX-License-Identifier: Apache-2.0 */
/* The holder proves to have the token. */
#include "bridge/lifecycle/handover.h"

#include "bridge/lifecycle/settled.h"
#include "base/encode.h"
#include "base/text.h"
#include "bridge/verify/admission.h"
#include "bridge/verify/verify.h"

#include <stdio.h>
#include <string.h>

#define WHAT_LEN 80 /* of the touch prompt, behind "to prove ..." */

/* One handover under way. */
struct handover {
	const struct run *run;
	const struct handover_request *q;
	struct attached attached;
	const struct token *token; /* the chosen one */
	struct fido *fido;         /* owned */
	char named[ID_LEN];  /* the row that is named; "" if none */
	struct verification v;
	struct record record;
	char journal[ID_LEN];
};

static void handover_done(struct handover *h)
{
	fido_free(&h->fido);
	verification_done(&h->v);
	attached_done(&h->attached);
}

/* What the record says against it: asked before a touch where it can be. */
static int check_row(const struct handover *h, const struct registry_token *row,
	struct error *err)
{
	int r;

	r = lifecycle_check(row, REGISTRY_HANDED_OVER, err);
	if (r == 0)
		r = lifecycle_check_settled(h->run, h->q->place.reg, row,
			h->q->force != NULL, err);
	return r < 0 ? r : admission_check_row(row, h->q->holder, err);
}

static int find_row(struct handover *h, struct error *err)
{
	struct registry_token row = { .holder_name = NULL };
	int r;

	r = registry_actor(h->q->place.reg, NULL, h->run->ticket,
		&h->record.actor, err);
	if (r < 0 || !h->q->what)
		return r;
	r = lifecycle_find(h->q->place.reg, h->q->what, &row, err);
	if (r == 0)
		r = check_row(h, &row, err);
	if (r == 0)
		memcpy(h->named, row.id, sizeof(h->named));
	registry_token_done(&row);
	return r;
}

static int handover_find_token(struct handover *h, struct error *err)
{
	int r;

	r = attached_find_open(h->run, &h->q->wanted, &h->attached, &h->fido,
		err);
	h->token = h->attached.chosen;
	if (r == 0)
		r = attached_check(h->token, err);
	return r < 0 ? r : attached_open(h->run, h->token, &h->fido, err);
}

static bool verifies_user(const struct handover *h)
{
	return h->token->fido.client_pin == FIDO_ON;
}

/* A PIN that whoever prepared the token knows is nobody's own. */
static int ask_own_pin(struct handover *h, struct error *err)
{
	char question[TEXT_MAX + 80];
	bool yes = false;
	int r;

	if (!verifies_user(h)) {
		run_warn(h->run,
			"the token has no PIN: who finds it can use it");
		return 0;
	}
	if (h->q->own_pin)
		return 0;
	snprintf(question, sizeof(question), "Has %.*s set a PIN that nobody "
		"else knows? [y/N] ", TEXT_MAX, h->q->holder);
	r = run_confirm(h->run, question, &yes, err);
	if (r == 0 && !yes)
		r = error_set(err, ERROR_REFUSED,
			"the holder sets a new PIN first, by `tokenbridge pin "
			"change`; --own-pin says that it was done");
	return r;
}

static int check_proof(const struct handover *h, struct error *err)
{
	const struct admission admission = { h->q->trust, NULL, h->q->force };
	const struct verification *v = &h->v;
	char name[REGISTRY_TOKEN_NAME_LEN];
	int r;

	if (!v->known)
		return error_set(err, ERROR_REFUSED,
			"the registry does not know this token: take it into "
			"the stock first (registry intake, or verify "
			"--record)");
	r = admission_check_token(h->run, &admission, v, err);
	if (r < 0)
		return r;
	registry_token_name(&v->row, name);
	if (!v->proved)
		return error_set(err, ERROR_REFUSED,
			"token %s has no identity credential to prove itself "
			"by: run `tokenbridge verify --record` first", name);
	if (verifies_user(h) && !(v->proof.flags & AUTHDATA_UV))
		return error_set(err, ERROR_REFUSED,
			"the signed flags do not say that the user was "
			"verified by the PIN");
	if (h->named[0] && strcmp(h->named, v->row.id) != 0)
		return error_set(err, ERROR_REFUSED,
			"the attached token is %s (id %.8s), not the one with "
			"id %.8s", name, v->row.id, h->named);
	return check_row(h, &v->row, err);
}

static int handover_prove(struct handover *h, struct error *err)
{
	char what[WHAT_LEN];
	const struct verify_request q = {
		.token = h->token,
		.fido = h->fido,
		.reg = h->q->place.reg,
		.holder = h->q->holder,
		.trust = h->q->trust,
		.purpose = what,
		.sign_for = "handover",
		.verify_user = verifies_user(h),
	};
	int r;

	snprintf(what, sizeof(what), "%.50s takes it over", h->q->holder);
	r = verify_token(h->run, &q, &h->v, err);
	run_forget_secrets(h->run);
	return r < 0 ? r : check_proof(h, err);
}

static int write_record(struct handover *h, struct error *err)
{
	int r;

	h->record.reg = h->q->place.reg;
	h->record.journal = h->journal;
	h->record.holder.name = h->q->holder;
	h->record.holder.kind = REGISTRY_PERSON;
	h->record.label = h->q->label;
	h->record.reason = h->q->reason ? h->q->reason : h->q->force;
	r = id_new(h->journal, err);
	if (r == 0)
		r = record_verification(&h->record, &h->v, err);
	return r < 0 ? r :
		record_state(&h->record, REGISTRY_HANDED_OVER, true, err);
}

static void take_result(const struct handover *h, struct handed_over *ret)
{
	*ret = (struct handed_over){ .changed = true };
	memcpy(ret->token, h->v.row.id, sizeof(ret->token));
	registry_token_name(&h->v.row, ret->name);
	ret->verdict = h->v.verdict;
	ret->user_verified = h->v.proof.flags & AUTHDATA_UV;
	ret->counter = h->v.proof.counter;
	if (h->record.has_evidence)
		hex_encode(h->record.evidence, SHA256_LEN, ret->evidence);
	ret->head = h->record.head;
}

int lifecycle_handover(const struct run *run,
	const struct handover_request *q, struct handed_over *ret,
	struct error *err)
{
	static int (*const steps[])(struct handover *, struct error *) = {
		find_row,
		handover_find_token,
		ask_own_pin,
		handover_prove,
		write_record,
	};
	CLEANUP(handover_done) struct handover h = { .run = run, .q = q };
	size_t i;
	int r = 0;

	verification_init(&h.v);
	for (i = 0; r == 0 && i < ARRAY_LEN(steps); i++)
		r = steps[i](&h, err);
	if (r < 0)
		return r;
	take_result(&h, ret);
	return lifecycle_publish(run, &q->place, &h.v.row, err);
}
