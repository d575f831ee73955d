/* SPDX-License-Identifier: Apache-2.0 */
/* One login over many tokens. */
#include "bridge/login/auth/prove.h"

#include "base/utf8.h"
#include "base/wire.h"
#include "bridge/login/auth/arrivals.h"
#include "token/fido/proof.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#define FRAME_MS 1000 /* for a token's process to write or take a frame */
/* after the first token that takes a PIN: how long others may need that answer
 * already, beside as long again as that one took */
#define GRACE_MIN_MS 20
#define GRACE_MAX_MS 300
#define INSERT_MS 1000 /* after which a silent one is no reason not to ask */

static bool is_pending(const struct plugged *t)
{
	return t->state == PLUGGED_LOOKING || t->state == PLUGGED_HELD;
}

static size_t count(const struct prove *x, enum plugged_state state)
{
	size_t i, n = 0;

	for (i = 0; i < x->tokens->n; i++)
		n += x->tokens->p[i].state == state;
	return n;
}

static size_t count_pending(const struct prove *x)
{
	return count(x, PLUGGED_LOOKING) + count(x, PLUGGED_HELD);
}

static void drop_with(struct plugged *t, enum login_result result,
	const struct error *why)
{
	plugged_drop(t, result, why->text);
}

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

/* ---- orders ---- */

static int give_order(struct plugged *t, const struct agent_order *o,
	struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	int r;

	buf_init(&b, WIRE_MAX);
	agent_order_write(o, &b);
	r = buf_check(&b, "an order", err);
	return r < 0 ? r : wire_send(t->socket, b.p, b.n,
		deadline_in(FRAME_MS), err);
}

static bool any_verify_required(const struct prove *x)
{
	size_t i;

	for (i = 0; i < x->credentials->n; i++)
		if (x->credentials->p[i].verify_required)
			return true;
	return false;
}

/* Each over a challenge of its own: no token's answer serves another. The origin
 * is ours, whichever relying party the credential was made for: no browser
 * signs this. */
static int order_look(struct prove *x, struct plugged *t, struct error *err)
{
	CLEANUP(agent_order_done) struct agent_order o;
	int r;

	agent_order_init(&o);
	o.kind = AGENT_LOOK;
	o.pin_facts = x->demand.verify || any_verify_required(x);
	r = proof_client_data(&t->look_data, PROOF_GET, PROOF_RP_LOGIN,
		"lookup", err);
	if (r < 0)
		return r;
	buf_put(&o.client_data, t->look_data.p, t->look_data.n);
	return give_order(t, &o, err);
}

static int order_prove(struct prove *x, struct plugged *t, struct error *err)
{
	CLEANUP(agent_order_done) struct agent_order o;
	int r;

	agent_order_init(&o);
	o.kind = AGENT_PROVE;
	o.credential = t->index;
	r = proof_client_data(&t->prove_data, PROOF_GET, PROOF_RP_LOGIN,
		"login", err);
	if (r == 0 && t->wants_pin)
		r = secret_set(&o.pin, x->pin->p, x->pin->n, err);
	if (r < 0)
		return r;
	buf_put(&o.client_data, t->prove_data.p, t->prove_data.n);
	return give_order(t, &o, err);
}

static void start_proving(struct prove *x, struct plugged *t)
{
	struct error e;

	if (!x->cued)
		x->prompt(LOGIN_PROMPT_TOUCH, t->credential->token, x->arg);
	x->cued = true;
	t->state = PLUGGED_PROVING;
	if (order_prove(x, t, &e) < 0)
		drop_with(t, LOGIN_FAILED, &e);
}

/* ---- reports ---- */

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

static void take_looked(struct prove *x, struct plugged *t,
	const struct agent_report *r)
{
	const struct login_credential *c;
	enum login_result result;
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
	t->facts = r->facts;
	t->credential = c;
	t->index = r->credential;
	result = choose_fitness(&x->demand, c, &t->facts, r->is_signed,
		&t->wants_pin, &e);
	if (result == LOGIN_READY)
		t->state = PLUGGED_FIT;
	else
		drop_with(t, result, &e);
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

	if (t->state != PLUGGED_PROVING || r->credential != t->index) {
		plugged_drop(t, LOGIN_FAILED, "it answers what nobody asked");
		return;
	}
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

static void take_report(struct prove *x, struct plugged *t,
	const struct agent_report *r)
{
	switch (r->kind) {
	case AGENT_BUSY:
		t->state = PLUGGED_HELD;
		snprintf(t->why, sizeof(t->why), "%s", r->text);
		break;
	case AGENT_LOOKED:
		if (is_pending(t))
			take_looked(x, t, r);
		break;
	case AGENT_PROVED:
		take_proved(x, t, r);
		break;
	case AGENT_FAILED:
		take_failed(x, t, r);
		break;
	}
}

static void hear(struct prove *x, struct plugged *t)
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
		drop_with(t, LOGIN_FAILED, &e);
}

/* ---- what comes next ---- */

#define GO_ON ((enum login_result)0)

static enum login_result tell_reason(const struct prove *x, struct error *err)
{
	enum login_result result = LOGIN_NO_TOKEN;
	const char *why = x->tokens->n ?
		"no token that is plugged in is the user's" :
		"no token is plugged in";
	size_t i;

	for (i = 0; i < x->tokens->n; i++) {
		const struct plugged *t = &x->tokens->p[i];

		if (t->state != PLUGGED_DROPPED ||
			choose_reason(t->result, result) != t->result)
			continue;
		result = t->result;
		why = t->why;
	}
	error_set(err, ERROR_FAILED, "%s", why);
	return result;
}

/* All that did not come to an end by now did so by the clock. */
static enum login_result end_by_deadline(struct prove *x, struct error *err)
{
	size_t i;

	for (i = 0; i < x->tokens->n; i++) {
		struct plugged *t = &x->tokens->p[i];

		if (t->state == PLUGGED_PROVING)
			plugged_drop(t, LOGIN_NOT_TOUCHED,
				"the token was not touched in time");
		else if (t->state == PLUGGED_HELD)
			plugged_drop(t, LOGIN_BUSY, t->why);
		else if (t->state == PLUGGED_LOOKING)
			plugged_drop(t, LOGIN_SILENT,
				"a token does not answer");
	}
	return tell_reason(x, err);
}

/* With a PIN one that takes it; NULL: none. */
static struct plugged *first_fit(const struct prove *x)
{
	size_t i;

	for (i = 0; i < x->tokens->n; i++)
		if (x->tokens->p[i].state == PLUGGED_FIT &&
			(!x->pin || x->tokens->p[i].wants_pin))
			return &x->tokens->p[i];
	return NULL;
}

/* The PIN goes to that one; the others take part no more. */
static void give_pin(struct prove *x, struct plugged *chosen)
{
	size_t i;

	for (i = 0; i < x->tokens->n; i++)
		if (&x->tokens->p[i] != chosen &&
			x->tokens->p[i].state != PLUGGED_DROPPED)
			plugged_drop(&x->tokens->p[i], LOGIN_NO_TOKEN,
				"another token is asked");
	start_proving(x, chosen);
}

static void let_blink(struct prove *x)
{
	size_t i;

	for (i = 0; i < x->tokens->n; i++)
		if (x->tokens->p[i].state == PLUGGED_FIT &&
			!x->tokens->p[i].wants_pin)
			start_proving(x, &x->tokens->p[i]);
}

/* From the first one that is fit on, the clock is the attempt's. */
static void start_clock(struct prove *x)
{
	int64_t took = deadline_now() - x->begun;

	if (x->grace_until != DEADLINE_NEVER)
		return;
	took = took < GRACE_MIN_MS ? GRACE_MIN_MS :
		took > GRACE_MAX_MS ? GRACE_MAX_MS : took;
	x->grace_until = deadline_in(took);
	x->until = deadline_in(x->timeout_ms);
}

static enum login_result decide_with_fit(struct prove *x, struct plugged *fit)
{
	start_clock(x);
	if (x->pin) {
		give_pin(x, fit);
		return GO_ON;
	}
	let_blink(x);
	fit = first_fit(x);
	if (!fit || count(x, PLUGGED_PROVING) > 0 ||
		(count_pending(x) > 0 && !deadline_passed(x->grace_until)))
		return GO_ON;
	x->token = fit;
	return LOGIN_READY;
}

static bool is_waiting(const struct prove *x)
{
	return x->arrivals >= 0 && !deadline_passed(x->wait_until);
}

static void ask_to_insert(struct prove *x)
{
	if (x->insert_cued || !is_waiting(x) ||
		(count_pending(x) > 0 &&
			deadline_now() < x->begun + INSERT_MS))
		return;
	x->insert_cued = true;
	x->prompt(LOGIN_PROMPT_INSERT, "", x->arg);
}

static enum login_result decide(struct prove *x, struct error *err)
{
	struct plugged *fit = first_fit(x);
	enum login_result result = GO_ON;

	if (x->token)
		return LOGIN_GRANTED;
	if (fit)
		result = decide_with_fit(x, fit);
	if (result != GO_ON || count(x, PLUGGED_PROVING) > 0 || first_fit(x))
		return result;
	ask_to_insert(x);
	return count_pending(x) > 0 || is_waiting(x) ? GO_ON :
		tell_reason(x, err);
}

/* ---- the loop ---- */

static void take_arrival(struct prove *x)
{
	struct plugged *t = NULL;
	struct error e;

	if (arrivals_take(x->arrivals, x->tokens, &t, &e) < 0)
		close_p(&x->arrivals);
	else if (t && order_look(x, t, &e) < 0)
		drop_with(t, LOGIN_FAILED, &e);
}

/* When something is to be decided that no descriptor tells. */
static deadline_t wake_at(const struct prove *x)
{
	deadline_t wake = x->until;

	if (first_fit(x) && count(x, PLUGGED_PROVING) == 0)
		wake = deadline_min(wake, x->grace_until);
	if (is_waiting(x)) {
		wake = deadline_min(wake, x->wait_until);
		if (!x->insert_cued)
			wake = deadline_min(wake, deadline_in(INSERT_MS));
	}
	return wake;
}

static int wait_for_any(struct prove *x, struct error *err)
{
	struct pollfd fds[PLUGGED_MAX + 2];
	size_t i, n = x->tokens->n;
	int r;

	for (i = 0; i < n; i++)
		fds[i] = (struct pollfd){ .fd = x->tokens->p[i].socket,
			.events = POLLIN };
	fds[n] = (struct pollfd){ .fd = x->arrivals, .events = POLLIN };
	fds[n + 1] = (struct pollfd){ .fd = x->cancel_fd, .events = POLLIN };
	r = poll(fds, n + 2, deadline_left(wake_at(x)));
	if (r < 0)
		return errno == EINTR ? 0 : error_errno(err, ERROR_FAILED,
			errno, "cannot wait for the tokens");
	if (fds[n + 1].revents)
		return error_set(err, ERROR_INTERRUPTED, "interrupted");
	for (i = 0; i < n && !x->token; i++)
		if (fds[i].revents)
			hear(x, &x->tokens->p[i]);
	if (fds[n].revents)
		take_arrival(x);
	return 0;
}

/* One touch in all: those that blink still are told to stop. */
static void let_go(struct plugged_list *tokens)
{
	size_t i;

	for (i = 0; i < tokens->n; i++)
		close_p(&tokens->p[i].socket);
}

static enum login_result prove_by_any(struct prove *x, struct error *err)
{
	enum login_result result;
	size_t i;

	x->begun = deadline_now();
	x->grace_until = DEADLINE_NEVER;
	x->until = deadline_in(x->timeout_ms);
	if (x->arrivals >= 0 && x->wait_until > x->until)
		x->until = x->wait_until;
	for (i = 0; i < x->tokens->n; i++)
		if (order_look(x, &x->tokens->p[i], err) < 0)
			drop_with(&x->tokens->p[i], LOGIN_FAILED, err);
	while ((result = decide(x, err)) == GO_ON) {
		if (deadline_passed(x->until))
			return end_by_deadline(x, err);
		if (wait_for_any(x, err) < 0)
			return LOGIN_FAILED;
	}
	return result;
}

enum login_result prove_login(struct prove *x, struct error *err)
{
	enum login_result result = prove_by_any(x, err);

	let_go(x->tokens);
	return result;
}
