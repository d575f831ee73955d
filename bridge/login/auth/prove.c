/* SPDX-License-Identifier: Apache-2.0 */
/* One login over many tokens. */
#include "bridge/login/auth/prove.h"

#include "base/wire.h"
#include "bridge/login/auth/arrivals.h"
#include "bridge/login/auth/hear.h"
#include "bridge/login/auth/touch.h"
#include "token/fido/proof.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#define FRAME_MS 1000 /* for a token's process to take a frame */
/* after the first token that takes a PIN: how long others may need that answer
 * already, beside as long again as that one took */
#define GRACE_MIN_MS 20
#define GRACE_MAX_MS 300
#define INSERT_MS 1000 /* after which a silent one is no reason not to ask */

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
static int order_look(const struct prove *x, struct plugged *t, struct error *err)
{
	CLEANUP(agent_order_done) struct agent_order o;
	int r;

	agent_order_init(&o);
	o.kind = AGENT_LOOK;
	o.pin_facts = x->pin || x->demand.verify || any_verify_required(x);
	r = proof_client_data(&t->look_data, PROOF_GET, PROOF_RP_LOGIN,
		"lookup", err);
	if (r < 0)
		return r;
	buf_put(&o.client_data, t->look_data.p, t->look_data.n);
	r = give_order(t, &o, err);
	if (r == 0)
		t->state = PLUGGED_LOOKING;
	return r;
}

void prove_ask(struct plugged *t, void *arg)
{
	(void)order_look(arg, t, NULL);
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

	touch_begin(x, t);
	t->state = PLUGGED_PROVING;
	if (order_prove(x, t, &e) < 0)
		plugged_drop(t, LOGIN_FAILED, e.text);
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

static void ask_or_drop(struct prove *x, struct plugged *t)
{
	struct error e;

	if (order_look(x, t, &e) < 0)
		plugged_drop(t, LOGIN_FAILED, e.text);
}

static void take_arrival(struct prove *x)
{
	struct plugged *t = NULL;

	if (arrivals_take(x->arrivals, x->tokens, &t, NULL) < 0)
		close_p(&x->arrivals);
	else if (t)
		ask_or_drop(x, t);
}

/* When something is to be decided that no descriptor tells. */
static deadline_t wake_at(const struct prove *x)
{
	deadline_t wake = deadline_min(x->until, touch_due(x));

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
			hear_token(x, &x->tokens->p[i]);
	if (fds[n].revents)
		take_arrival(x);
	return 0;
}

/*
 * One touch in all: those that blink still are told to stop. The one that was
 * touched ends with the helper, which has an answer to give first.
 */
static void let_go(struct plugged_list *tokens, const struct plugged *touched)
{
	size_t i;

	for (i = 0; i < tokens->n; i++)
		if (&tokens->p[i] != touched)
			close_p(&tokens->p[i].socket);
}

/* The tokens take their time to answer. */
static void prepare_meanwhile(const struct prove *x)
{
	if (x->credentials->n > 0)
		proof_prepare_key(x->credentials->p[0].public_key,
			x->credentials->p[0].public_key_n);
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
		if (x->tokens->p[i].state == PLUGGED_STARTED)
			ask_or_drop(x, &x->tokens->p[i]);
	prepare_meanwhile(x);
	while ((result = decide(x, err)) == GO_ON) {
		if (deadline_passed(x->until))
			return end_by_deadline(x, err);
		touch_prompt_if_due(x);
		if (wait_for_any(x, err) < 0)
			return LOGIN_FAILED;
	}
	return result;
}

enum login_result prove_login(struct prove *x, struct error *err)
{
	enum login_result result = prove_by_any(x, err);

	let_go(x->tokens, result == LOGIN_GRANTED ? x->token : NULL);
	return result;
}
