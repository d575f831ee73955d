/* SPDX-License-Identifier: Apache-2.0 */
/* Prompt, PIN and touch. */
#include "bridge/prompt/touch.h"

#include "bridge/prompt/pin.h"

static void prompt_touch(const struct run *run, const struct touch *t)
{
	char who[ATTACHED_WHO_LEN];

	fido_set_deadline(t->fido, run_touch_deadline(run));
	attached_who(t->token, t->label, who);
	run_say(run, "Touch %s %s.", who, t->what);
}

/* One try, with or without the PIN. */
typedef int attempt_fn(const struct touch *t, const struct buf *client_data,
	const struct secret *pin, void *arg, struct error *err);

/* What is tried, until it holds. */
struct trial {
	const struct run *run;
	const struct touch *touch;
	enum proof_type type;
	attempt_fn *attempt;
	void *arg; /* of attempt */
};

static int try_once(const struct trial *x, const struct buf *client_data,
	bool with_pin, struct error *err)
{
	struct secret pin = SECRET_INIT;
	int r = 0;

	if (with_pin)
		r = pin_get(x->run, x->touch->token, x->touch->label,
			x->touch->fido, &pin, err);
	if (r == 0) {
		prompt_touch(x->run, x->touch);
		r = x->attempt(x->touch, client_data, with_pin ? &pin : NULL,
			x->arg, err);
	}
	secret_done(&pin);
	return r;
}

static int try_until_good(const struct trial *x, bool with_pin,
	struct error *err)
{
	const struct touch *t = x->touch;
	CLEANUP(buf_done) struct buf client_data;
	struct error e;
	int r;

	buf_init(&client_data, 1024);
	r = proof_client_data(&client_data, x->type, t->rp_id, t->purpose, err);
	if (r < 0)
		return r;
	for (;;) {
		r = try_once(x, &client_data, with_pin, &e);
		if (r == -ERROR_PIN_WRONG && with_pin &&
			pin_may_retry(x->run, t->fido))
			continue;
		if (r == -ERROR_PIN && !with_pin &&
			t->token->fido.client_pin == FIDO_ON) {
			with_pin = true;
			continue;
		}
		return r < 0 ? error_copy(err, &e) : 0;
	}
}

static int touch_make(const struct touch *t, const struct buf *client_data,
	const struct secret *pin, void *arg, struct error *err)
{
	return fido_make_credential(t->fido, t->rp_id, client_data, pin, arg,
		err);
}

int touch_make_credential(const struct run *run, const struct touch *t,
	struct attestation *ret, struct error *err)
{
	const struct trial x = { run, t, PROOF_CREATE, touch_make, ret };

	return try_until_good(&x,
		t->verify || pin_needed_to_make(&t->token->fido), err);
}

struct assertion_found {
	struct assertion *ret;
	bool *ret_found;
};

static int get_assertion(const struct touch *t, const struct buf *client_data,
	const struct secret *pin, void *arg, struct error *err)
{
	const struct assertion_found *g = arg;
	const struct fido_assertion_request q = {
		.rp_id = t->rp_id,
		.client_data = client_data,
		.credential = { t->credential, t->credential_n },
		.touch = true,
		.pin = pin,
	};

	return fido_get_assertion(t->fido, &q, g->ret, g->ret_found, err);
}

int touch_get_assertion(const struct run *run, const struct touch *t,
	struct assertion *ret, bool *ret_found, struct error *err)
{
	struct assertion_found g = { ret, ret_found };
	const struct trial x = { run, t, PROOF_GET, get_assertion, &g };

	return try_until_good(&x,
		t->verify || pin_needed_to_assert(&t->token->fido), err);
}
