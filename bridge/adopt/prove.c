/* SPDX-License-Identifier: Apache-2.0 */
/* One device, and the attached token that makes its codes. */
#include "bridge/adopt/adopting.h"

#include "bridge/codes/proof.h"

#include <stdio.h>
#include <string.h>

static int prove_device(struct adopting *a, const struct code_proof *x,
	struct error *err)
{
	struct adopted_device d = { .kind = x->device.kind,
		.enabled = x->device.enabled };

	if (d.kind != DEVICE_VIRTUAL)
		return error_set(err, ERROR_USAGE,
			"'%s' is no virtual device, and no OATH credential "
			"makes its codes: `tokenbridge registry adopt "
			"--from-aws` takes it in", x->device.serial);
	memcpy(d.user, x->user.name, sizeof(d.user));
	memcpy(d.user_id, x->user.id, sizeof(d.user_id));
	memcpy(d.serial, x->device.serial, sizeof(d.serial));
	return adopting_add(a, &d, err);
}

/* Known, and without a token; else there is nothing to prove. */
static bool wants_proof(const struct adopted_device *d)
{
	return d->what == ADOPT_NEW ||
		(d->what == ADOPT_PRESENT && !d->token[0]);
}

static int prove_find_token(const struct adopting *a, struct code_proof *x,
	struct adopted_device *d, struct error *err)
{
	const struct card_place *place = &x->source.target.place;
	char known[ID_LEN];
	int r = code_source_find(&x->source, d->serial, err);

	if (r < 0)
		return r;
	d->is_held = true;
	d->held_by = place->has_serial ? place->serial : 0;
	snprintf(d->oath_account, sizeof(d->oath_account), "%s",
		x->source.account);
	snprintf(d->oath_id, sizeof(d->oath_id), "%s", place->id);
	/* one that is lost is told of before it is touched */
	return adopting_find_row(a, d, known, err);
}

/* ---- the proof ---- */

static int prove_by_sts(struct adopting *a, struct code_proof *x,
	struct adopted_device *d, struct error *err)
{
	bool taken = false;
	int r;

	r = code_proof_read(x, err);
	if (r == 0)
		r = code_proof_ask_sts(x, &taken, &a->ret->why, err);
	if (r == 0 && taken)
		d->proof = ADOPT_CODE_TAKEN;
	else if (r == 0)
		run_say(a->run, "STS does not take it: %s", a->ret->why.text);
	return r;
}

static int prove_by_pair(struct adopting *a, struct code_proof *x,
	struct adopted_device *d, struct error *err)
{
	struct error e;
	int r;

	r = code_proof_send_pair(x, &e);
	if (r < 0 && e.code != ERROR_REMOTE)
		return error_copy(err, &e);
	if (r == 0) {
		d->proof = ADOPT_CODES_TAKEN;
		return 0;
	}
	a->ret->why = e;
	adopting_change(a->ret, d, ADOPT_NOT_PROVED);
	return 0;
}

/* Before it is touched. */
static void say_proof(const struct run *run, bool by_sts)
{
	run_say(run, "%s", by_sts ?
		"The proof: STS is asked to take a code (GetSessionToken). The "
		"code is spent, and nothing else changes." :
		"The proof: IAM is asked to take two codes in a row "
		"(ResyncMFADevice). That sets right what AWS keeps of the "
		"device's clock, and changes nothing else.");
}

static int prove(struct adopting *a, struct code_proof *x,
	struct adopted_device *d, struct error *err)
{
	bool by_sts = code_proof_is_callers(x);
	int r = 0;

	say_proof(a->run, by_sts);
	if (a->q->only_look)
		return 0;
	if (by_sts)
		r = prove_by_sts(a, x, d, err);
	if (r < 0 || d->proof)
		return r;
	if (by_sts)
		say_proof(a->run, false);
	return prove_by_pair(a, x, d, err);
}

int mfa_adopt_proved(const struct run *run, const struct adopt_request *q,
	struct adopted *ret, struct error *err)
{
	CLEANUP(adopting_done) struct adopting a = { run, q, ret };
	CLEANUP(code_proof_done) struct code_proof x = CODE_PROOF(run, q->aws,
		q->reg);
	int r;

	ret->users = 1;
	r = registry_head(q->reg, &ret->head, err);
	if (r == 0)
		r = code_proof_find_device(&x, q->user, q->device, err);
	if (r == 0)
		r = prove_device(&a, &x, err);
	if (r == 0)
		r = adopting_judge(&a, err);
	if (r < 0 || !wants_proof(ret->p))
		return r;
	r = prove_find_token(&a, &x, ret->p, err);
	if (r == 0)
		r = prove(&a, &x, ret->p, err);
	return r < 0 || !ret->p->proof ? r : adopting_write(&a, err);
}
