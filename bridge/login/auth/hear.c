/* SPDX-License-Identifier: Apache-2.0 */
/* What a token's process reports, held against what it was asked. */
#include "bridge/login/auth/hear.h"

#include "base/utf8.h"
#include "base/wire.h"
#include "bridge/login/auth/touch.h"
#include "token/fido/proof.h"

#include <stdio.h>

#define FRAME_MS 1000 /* for a token's process to write a frame */
#define NOT_ASKED "it answers what nobody asked"

/* It drops out; the attempt goes on with the others. */
static void drop_false(struct prove *x, struct plugged *t, const char *token,
	const char *why)
{
	snprintf(x->alert, sizeof(x->alert), "%.40s (%.60s) answers falsely "
		"for token %.8s: %.90s", t->path, t->product, token, why);
	utf8_sanitise(x->alert);
	plugged_drop(t, LOGIN_FALSE, why);
}

/* What cannot be judged here proves nothing, and is no false answer. */
static void drop_unproved(struct prove *x, struct plugged *t,
	const char *token, const struct error *e)
{
	if (e->code == ERROR_UNSUPPORTED)
		plugged_drop(t, LOGIN_FAILED, e->text);
	else
		drop_false(x, t, token, e->text);
}

static bool is_pending(const struct plugged *t)
{
	return t->state == PLUGGED_LOOKING || t->state == PLUGGED_HELD;
}

/* What the token signed, with what it was asked. */
static void take_assertion(const struct agent_report *r,
	const struct login_credential *c, const struct buf *client_data,
	struct assertion *ret)
{
	assertion_init(ret);
	snprintf(ret->rp_id, sizeof(ret->rp_id), "%s", c->rp);
	buf_put(&ret->client_data, client_data->p, client_data->n);
	buf_put(&ret->auth_data, r->auth_data.p, r->auth_data.n);
	buf_put(&ret->signature, r->signature.p, r->signature.n);
}

static int check_silent(const struct plugged *t,
	const struct login_credential *c, const struct agent_report *r,
	struct error *err)
{
	CLEANUP(assertion_done) struct assertion a;
	struct proof_facts facts;

	take_assertion(r, c, &t->look_data, &a);
	return proof_check_signature(&a, c->public_key, c->public_key_n,
		&facts, err);
}

/* By what it says of itself: fit, with a PIN or without one, or out of it. */
static void take_facts(struct prove *x, struct plugged *t,
	const struct agent_facts *facts)
{
	enum login_result result;
	struct error e;

	t->facts = *facts;
	result = choose_fitness(&x->demand, t->credential, facts, t->is_signed,
		&t->wants_pin, &e);
	if (result == LOGIN_READY)
		t->state = PLUGGED_FIT;
	else
		plugged_drop(t, result, e.text);
}

static void take_looked(struct prove *x, struct plugged *t,
	const struct agent_report *r)
{
	const struct login_credential *c;
	struct error e = { .code = ERROR_FAILED, .text = "it says that it has "
		"the credential, and signs nothing" };

	if (r->credential == AGENT_NO_CREDENTIAL) {
		plugged_drop(t, LOGIN_NO_TOKEN,
			"no token that is plugged in is the user's");
		return;
	}
	c = &x->credentials->p[r->credential];
	/* only U2F, which takes no PIN, may leave that to the touch */
	if (r->is_signed ? check_silent(t, c, r, &e) < 0 : r->facts.ctap2) {
		drop_unproved(x, t, c->token, &e);
		return;
	}
	t->credential = c;
	t->index = r->credential;
	t->is_signed = r->is_signed;
	take_facts(x, t, &r->facts);
}

static bool is_for_proof(const struct plugged *t, const struct agent_report *r)
{
	return t->state == PLUGGED_PROVING && r->credential == t->index;
}

/* Said once at most, by one of which that was not known. */
static void take_wish(struct prove *x, struct plugged *t,
	const struct agent_report *r)
{
	if (is_for_proof(t, r) && t->facts.brief && !x->pin)
		take_facts(x, t, &r->facts);
	else
		plugged_drop(t, LOGIN_FAILED, NOT_ASKED);
}

/* What was signed decides, not what was asked for. */
static enum login_result check_proved(struct prove *x, struct plugged *t,
	const struct agent_report *r, struct error *err)
{
	const struct login_credential *c = t->credential;
	CLEANUP(assertion_done) struct assertion a;
	struct steps steps = { .n = 0 };
	struct proof_facts facts = { 0 };

	take_assertion(r, c, &t->prove_data, &a);
	/* counters are compared by the caller, which has the last one */
	proof_verify(&a, c->public_key, c->public_key_n,
		/* last_counter= */ -1, &steps, &facts);
	if (steps.n != 1 || steps.rows[0].status != STEP_PASS) {
		error_set(err, steps.n && steps.rows[0].verdict ==
			VERDICT_UNDECIDED ? ERROR_UNSUPPORTED : ERROR_FAILED,
			"%s", steps.n ? steps.rows[0].text :
			"nothing was checked");
		return LOGIN_FALSE;
	}
	if ((x->demand.verify || c->verify_required) &&
		!(facts.flags & AUTHDATA_UV)) {
		error_set(err, ERROR_FAILED,
			"the signed flags do not say that the user was "
			"verified");
		return LOGIN_FALSE;
	}
	x->counter = facts.counter;
	x->flags = facts.flags;
	return LOGIN_GRANTED;
}

static void take_proved(struct prove *x, struct plugged *t,
	const struct agent_report *r)
{
	struct error e;

	if (!is_for_proof(t, r)) {
		plugged_drop(t, LOGIN_FAILED, NOT_ASKED);
		return;
	}
	touch_prompt(x, t);
	if (check_proved(x, t, r, &e) == LOGIN_GRANTED)
		x->token = t;
	else
		drop_unproved(x, t, t->credential->token, &e);
}

/* Where it was asked to prove the login. */
static enum login_result result_of(int code)
{
	static const struct {
		int code;
		enum login_result result;
	} rows[] = {
		{ ERROR_TOUCH, LOGIN_NOT_TOUCHED },
		{ ERROR_TIMEOUT, LOGIN_NOT_TOUCHED },
		{ ERROR_PIN_WRONG, LOGIN_PIN_WRONG },
		{ ERROR_PIN_BLOCKED, LOGIN_PIN_BLOCKED },
		{ ERROR_NO_TOKEN, LOGIN_NO_TOKEN },
		{ ERROR_BUSY, LOGIN_BUSY },
		{ ERROR_MALFORMED, LOGIN_FALSE },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].code == code)
			return rows[i].result;
	return LOGIN_FAILED;
}

static void take_failed(struct prove *x, struct plugged *t,
	const struct agent_report *r)
{
	enum login_result result = result_of((int)r->code);

	if (t->state != PLUGGED_PROVING)
		plugged_drop(t, r->code == ERROR_TIMEOUT ? LOGIN_SILENT :
							   LOGIN_NO_TOKEN,
			r->text);
	else if (result == LOGIN_FALSE)
		drop_false(x, t, t->credential->token, r->text);
	else
		plugged_drop(t, result, r->text);
}

static void take_busy(struct plugged *t, const struct agent_report *r)
{
	t->state = PLUGGED_HELD;
	snprintf(t->why, sizeof(t->why), "%s", r->text);
}

static void take_report(struct prove *x, struct plugged *t,
	const struct agent_report *r)
{
	switch (r->kind) {
	case AGENT_BUSY:
		if (is_pending(t))
			take_busy(t, r);
		break;
	case AGENT_LOOKED:
		if (is_pending(t))
			take_looked(x, t, r);
		break;
	case AGENT_TOUCH:
		if (t->state == PLUGGED_PROVING)
			touch_prompt(x, t);
		break;
	case AGENT_WANTS_PIN:
		take_wish(x, t, r);
		break;
	case AGENT_PROVED:
		take_proved(x, t, r);
		break;
	case AGENT_FAILED:
		take_failed(x, t, r);
		break;
	}
}

void hear_token(struct prove *x, struct plugged *t)
{
	CLEANUP(agent_report_done) struct agent_report report;
	CLEANUP(buf_done) struct buf b;
	struct error e;
	int r;

	agent_report_init(&report);
	buf_init(&b, WIRE_MAX);
	r = wire_receive(t->socket, &b, -1, deadline_in(FRAME_MS), &e);
	if (r == 0)
		r = agent_report_read(b.p, b.n, x->credentials->n, &report,
			&e);
	if (r == 0)
		take_report(x, t, &report);
	else
		plugged_drop(t, LOGIN_FAILED, e.text);
}
