/* SPDX-License-Identifier: Apache-2.0 */
/* Cue, PIN and touch. */
#include "bridge/prompt/touch.h"

#include "bridge/prompt/pin.h"
#include "bridge/terminal/ui.h"

#define SILENT_MS 10000

static int cue(const struct touch *t, struct error *err)
{
	deadline_t until;
	char who[200];
	int r;

	r = attached_touch_deadline(t->app, &until, err);
	if (r < 0)
		return r;
	fido_set_deadline(t->fido, until);
	attached_describe(t->token, who, sizeof(who));
	ui_say("Touch the token (%s) %s.", who, t->what);
	return 0;
}

/* One try, with or without the PIN. */
typedef int attempt_fn(const struct touch *t, const struct buf *client_data,
	const struct secret *pin, void *arg, struct error *err);

static int try_once(const struct touch *t, const struct buf *client_data,
	bool with_pin, attempt_fn *attempt, void *arg, struct error *err)
{
	struct secret pin = SECRET_INIT;
	int r = 0;

	if (with_pin)
		r = pin_get(t->app, t->fido, &pin, err);
	if (r == 0)
		r = cue(t, err);
	if (r == 0)
		r = attempt(t, client_data, with_pin ? &pin : NULL, arg, err);
	secret_done(&pin);
	return r;
}

static int try_until_good(const struct touch *t, enum proof_type type,
	bool with_pin, attempt_fn *attempt, void *arg, struct error *err)
{
	CLEANUP(buf_done) struct buf client_data;
	struct error e;
	int r;

	buf_init(&client_data, 1024);
	r = proof_client_data(&client_data, type, t->rp_id, t->purpose, err);
	if (r < 0)
		return r;
	for (;;) {
		r = try_once(t, &client_data, with_pin, attempt, arg, &e);
		if (r == -ERROR_PIN_WRONG && with_pin &&
			pin_may_retry(t->app, t->fido))
			continue;
		if (r == -ERROR_PIN && !with_pin &&
			t->token->fido.client_pin == FIDO_ON) {
			with_pin = true;
			continue;
		}
		return r < 0 ? error_copy(err, &e) : 0;
	}
}

static int make(const struct touch *t, const struct buf *client_data,
	const struct secret *pin, void *arg, struct error *err)
{
	return fido_make_credential(t->fido, t->rp_id, client_data, pin, arg,
		err);
}

int touch_make_credential(const struct touch *t, struct attestation *ret,
	struct error *err)
{
	return try_until_good(t, PROOF_CREATE,
		t->verify || pin_needed_to_make(&t->token->fido), make, ret,
		err);
}

struct get {
	const void *credential;
	size_t credential_n;
	struct assertion *ret;
	bool *ret_found;
};

static int get(const struct touch *t, const struct buf *client_data,
	const struct secret *pin, void *arg, struct error *err)
{
	const struct get *g = arg;
	const struct fido_assertion_request q = {
		.rp_id = t->rp_id,
		.client_data = client_data,
		.credential = { g->credential, g->credential_n },
		.touch = true,
		.pin = pin,
	};

	return fido_get_assertion(t->fido, &q, g->ret, g->ret_found, err);
}

int touch_get_assertion(const struct touch *t, const void *credential,
	size_t credential_n, struct assertion *ret, bool *ret_found,
	struct error *err)
{
	struct get g = { credential, credential_n, ret, ret_found };

	return try_until_good(t, PROOF_GET, t->verify, get, &g, err);
}

int touch_has_credential(struct fido *f, const char *rp_id,
	const void *credential, size_t credential_n, bool *ret_has,
	struct error *err)
{
	CLEANUP(assertion_done) struct assertion a;
	CLEANUP(buf_done) struct buf client_data;
	const struct fido_assertion_request q = {
		.rp_id = rp_id,
		.client_data = &client_data,
		.credential = { credential, credential_n },
	};
	int r;

	assertion_init(&a);
	buf_init(&client_data, 1024);
	r = proof_client_data(&client_data, PROOF_GET, rp_id, "lookup", err);
	if (r < 0)
		return r;
	fido_set_deadline(f, deadline_in(SILENT_MS));
	return fido_get_assertion(f, &q, &a, ret_has, err);
}
