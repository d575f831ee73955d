/* authenticatorConfig. */
#include "pin.h"
#include "uv.h"

#include <string.h>

enum { P_SUB = 1, P_PARAMS, P_PROTOCOL, P_AUTH };
enum { ENTERPRISE = 1, TOGGLE_ALWAYS_UV, SET_MIN_PIN };
enum { NEW_MIN = 1, RPS, FORCE_CHANGE };

#define PIN_MAX 63

static int authorize(struct token *t, const struct cbor *req, uint64_t sub,
		     const struct cbor *params)
{
	g_autoptr(GByteArray) message = g_byte_array_new();
	struct cbor mac;
	bool uv = false;

	/* who has locked himself out by alwaysUv may switch it off again */
	if (!uv_is_protected(t) &&
	    (!t->policy.always_uv || sub == TOGGLE_ALWAYS_UV))
		return CTAP2_OK;
	if (!cbor_int_key(req, P_AUTH, &mac) || mac.n == 0)
		return CTAP2_ERR_PUAT_REQUIRED;
	for (int i = 0; i < 32; i++)
		put8(message, 0xff);
	put8(message, 0x0d);
	put8(message, (unsigned)sub);
	if (params)
		put(message, params->raw, params->rawlen);
	return pin_authorize(t, req, P_AUTH, P_PROTOCOL, message->data,
			     message->len, PERM_ACFG, NULL, true, &uv);
}

static int enable_enterprise(struct token *t)
{
	if (!t->p.ep)
		return CTAP1_ERR_INVALID_PARAMETER;
	t->policy.enterprise = true;
	return CTAP2_OK;
}

/* all of them texts, and not too many */
static int check_rps(const struct cbor *rps)
{
	struct cbor rp;

	for (uint64_t i = 0; cbor_at(rps, i, &rp); i++)
		if (rp.major != CBOR_TEXT)
			return CTAP2_ERR_CBOR_UNEXPECTED_TYPE;
	return rps->n > MIN_PIN_RPS ? CTAP2_ERR_KEY_STORE_FULL : CTAP2_OK;
}

static void keep_rps(struct token *t, const struct cbor *rps)
{
	struct cbor rp;

	g_ptr_array_set_size(t->policy.rps, 0);
	for (uint64_t i = 0; cbor_at(rps, i, &rp); i++)
		g_ptr_array_add(t->policy.rps,
				g_strndup((const char *)rp.s, rp.n));
}

static int set_min_pin(struct token *t, const struct cbor *params)
{
	struct cbor n = { .n = t->policy.min_pin }, rps, c;
	bool has_n, has_rps, force = false;
	int r;

	if ((r = ctap2_may(params, NEW_MIN, CBOR_UINT, &has_n, &n)) ||
	    (r = ctap2_may(params, RPS, CBOR_ARRAY, &has_rps, &rps)))
		return r;
	if (cbor_int_key(params, FORCE_CHANGE, &c)) {
		if (!cbor_is_bool(&c))
			return CTAP2_ERR_CBOR_UNEXPECTED_TYPE;
		force = cbor_is_true(&c);
	}
	if (!has_n)
		n.n = t->policy.min_pin;
	/* it can only grow, until a reset */
	if (n.n < t->policy.min_pin || n.n > PIN_MAX)
		return CTAP2_ERR_PIN_POLICY_VIOLATION;
	if (force && !t->pin_set)
		return CTAP2_ERR_PIN_NOT_SET;
	if (has_rps && (r = check_rps(&rps)))
		return r;
	if (has_rps)
		keep_rps(t, &rps);
	t->policy.min_pin = (unsigned)n.n;
	if (force || (t->pin_set && t->policy.pin_length < n.n)) {
		t->policy.force_change = true;
		t->pin.permissions = 0;
	}
	return CTAP2_OK;
}

int ctap2_config(struct token *t, const struct call *c, GByteArray *out)
{
	struct cbor sub, params;
	bool has;
	int r;

	(void)out;
	if ((r = ctap2_need(&c->req, P_SUB, CBOR_UINT, &sub)) ||
	    (r = ctap2_may(&c->req, P_PARAMS, CBOR_MAP, &has, &params)))
		return r;
	if (sub.n < ENTERPRISE || sub.n > SET_MIN_PIN)
		return CTAP1_ERR_INVALID_PARAMETER;
	if ((r = authorize(t, &c->req, sub.n, has ? &params : NULL)))
		return r;
	if (sub.n == ENTERPRISE) {
		r = enable_enterprise(t);
	} else if (sub.n == TOGGLE_ALWAYS_UV) {
		t->policy.always_uv = !t->policy.always_uv;
	} else {
		if (!has)
			return CTAP2_ERR_MISSING_PARAMETER;
		r = set_min_pin(t, &params);
	}
	token_save(t);
	return r;
}
