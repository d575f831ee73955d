/* authenticatorClientPIN, and who holds its tokens. */
#include "pin.h"

#include "key.h"
#include "persistent.h"
#include "uv.h"

#include <string.h>

enum {
	GET_RETRIES = 1, GET_AGREEMENT, SET_PIN, CHANGE_PIN, GET_TOKEN,
	GET_TOKEN_UV, GET_UV_RETRIES, GET_TOKEN_PERMISSIONS = 9
};

/* parameters of the command */
enum {
	P_PROTOCOL = 1, P_SUB, P_AGREEMENT, P_AUTH, P_NEW_PIN, P_PIN_HASH,
	P_PERMISSIONS = 9, P_RP = 10
};

#define RETRIES 8
#define FAILURES_PER_POWER_UP 3
/* a PIN/UV auth token is over after this, used or not */
#define TOKEN_LIFE (600 * G_USEC_PER_SEC)

void pin_power_up(struct token *t)
{
	memset(&t->pin, 0, sizeof t->pin);
	p256_new(t->pin.agreement[0]);
	p256_new(t->pin.agreement[1]);
	random_bytes(t->pin.token, sizeof t->pin.token);
}

/* --- what other commands ask ------------------------------------------- */

/* a token is to be used soon, and not for ever */
static bool is_current(const struct token *t)
{
	gint64 age = g_get_monotonic_time() - t->pin.begun;

	return t->pin.protocol && age < TOKEN_LIFE &&
	       (t->pin.used || age < 1000 * (gint64)t->token_window);
}

static int check_token(struct token *t, const struct cbor *mac,
		       int protocol, const uint8_t *message, size_t n,
		       unsigned permission, const uint8_t *rp_hash)
{
	if (!is_current(t) || t->pin.protocol != protocol ||
	    !pin_verify(protocol, t->pin.token, message, n, mac) ||
	    !(t->pin.permissions & permission))
		return CTAP2_ERR_PIN_AUTH_INVALID;
	/* credential management is bound only by a token that was asked for
	 * with an RP: there rp_hash is NULL for "all of them" */
	if (t->pin.rp_bound &&
	    (!rp_hash || memcmp(rp_hash, t->pin.rp_hash, 32)) &&
	    permission != PERM_ACFG && permission != PERM_BE)
		return CTAP2_ERR_PIN_AUTH_INVALID;
	t->pin.used = true;
	if (rp_hash && permission != PERM_CM && t->p.ctap21) {
		memcpy(t->pin.rp_hash, rp_hash, 32);
		t->pin.rp_bound = true;
	}
	return CTAP2_OK;
}

int pin_authorize(struct token *t, const struct cbor *req, int param,
		  int protocol_key, const uint8_t *message, size_t n,
		  unsigned permission, const uint8_t *rp_hash, bool touched,
		  bool *ret_uv)
{
	struct cbor mac, protocol;
	int r;

	if (!cbor_int_key(req, param, &mac))
		return CTAP2_OK;
	if (mac.major != CBOR_BYTES)
		return CTAP2_ERR_CBOR_UNEXPECTED_TYPE;
	if (mac.n == 0) {
		/* the platform only wants to know which key is touched */
		if (!touched)
			return CTAP2_TOUCH;
		return uv_is_protected(t) ? CTAP2_ERR_PIN_INVALID :
		       CTAP2_ERR_PIN_NOT_SET;
	}
	if (!cbor_int_key(req, protocol_key, &protocol))
		return CTAP2_ERR_MISSING_PARAMETER;
	if (protocol.major != CBOR_UINT)
		return CTAP2_ERR_CBOR_UNEXPECTED_TYPE;
	if (!pin_has_protocol(t, protocol.n))
		return CTAP1_ERR_INVALID_PARAMETER;
	if (!uv_is_protected(t))
		return CTAP2_ERR_PIN_NOT_SET;
	r = check_token(t, &mac, (int)protocol.n, message, n, permission,
			rp_hash);
	if (r == CTAP2_OK)
		*ret_uv = true;
	return r;
}

bool pin_lasting(const struct token *t, const struct cbor *req, int param,
		 int protocol_key, const uint8_t *message, size_t n)
{
	struct cbor mac, protocol;
	uint8_t token[32];

	persistent_token(t, token);
	return t->p.lasting && cbor_int_key(req, param, &mac) &&
	       cbor_int_key(req, protocol_key, &protocol) &&
	       protocol.major == CBOR_UINT && t->pin_set &&
	       pin_verify((int)protocol.n, token, message, n, &mac);
}

void pin_use_up(struct token *t)
{
	if (t->p.ctap21)
		t->pin.permissions = 0;
}

/* --- the command ------------------------------------------------------- */

/* 0, or why the PIN may not even be tried */
static int may_try(struct token *t)
{
	if (!t->pin_set)
		return CTAP2_ERR_PIN_NOT_SET;
	if (t->pin_retries == 0)
		return CTAP2_ERR_PIN_BLOCKED;
	if (t->pin.failures >= FAILURES_PER_POWER_UP)
		return CTAP2_ERR_PIN_AUTH_BLOCKED;
	return CTAP2_OK;
}

static int try_pin(struct token *t, const struct shared *s,
		   const struct cbor *hash_enc)
{
	g_autoptr(GByteArray) hash = g_byte_array_new();

	/* counted before it is looked at: pulling the key does not help */
	t->pin_retries--;
	token_save(t);
	if (pin_decrypt(s, hash_enc, hash) && hash->len == 16 &&
	    !memcmp(hash->data, t->pin_hash, 16)) {
		t->pin_retries = RETRIES;
		t->pin.failures = 0;
		uv_give_back(t);
		token_save(t);
		return CTAP2_OK;
	}
	p256_new(t->pin.agreement[s->protocol - 1]);
	t->pin.failures++;
	if (t->pin_retries == 0)
		return CTAP2_ERR_PIN_BLOCKED;
	if (t->pin.failures >= FAILURES_PER_POWER_UP)
		return CTAP2_ERR_PIN_AUTH_BLOCKED;
	return CTAP2_ERR_PIN_INVALID;
}

static int store_pin(struct token *t, const struct shared *s,
		     const struct cbor *new_enc)
{
	g_autoptr(GByteArray) pin = g_byte_array_new();
	glong points;
	uint8_t h[32];
	size_t n;

	if (!pin_decrypt(s, new_enc, pin) || pin->len != 64)
		return CTAP1_ERR_INVALID_PARAMETER;
	n = strnlen((char *)pin->data, 64);
	if (n > 63 || !g_utf8_validate((char *)pin->data, (gssize)n, NULL))
		return CTAP2_ERR_PIN_POLICY_VIOLATION;
	points = g_utf8_strlen((char *)pin->data, (gssize)n);
	sha256(pin->data, n, h);
	/* one that must be changed may not be changed into itself */
	if (points < (glong)t->policy.min_pin ||
	    (t->policy.force_change && !memcmp(h, t->pin_hash, 16)))
		return CTAP2_ERR_PIN_POLICY_VIOLATION;
	memcpy(t->pin_hash, h, 16);
	t->pin_set = true;
	t->pin_retries = RETRIES;
	t->policy.pin_length = (unsigned)points;
	t->policy.force_change = false;
	random_bytes(t->pin.token, sizeof t->pin.token);
	t->pin.permissions = 0;
	t->pin.protocol = 0;
	token_save(t);
	return CTAP2_OK;
}

/* the platform's key and the secret made with it */
static int agree(struct token *t, const struct cbor *req, int protocol,
		 struct shared *s)
{
	struct cbor cose;
	int r = ctap2_need(req, P_AGREEMENT, CBOR_MAP, &cose);

	return r ? r : pin_shared(t, protocol, &cose, s);
}

static int set_pin(struct token *t, const struct cbor *req, int protocol)
{
	struct cbor mac, new_enc;
	struct shared s;
	int r;

	if ((r = ctap2_need(req, P_AUTH, CBOR_BYTES, &mac)) ||
	    (r = ctap2_need(req, P_NEW_PIN, CBOR_BYTES, &new_enc)))
		return r;
	if (t->pin_set)
		return CTAP2_ERR_PIN_AUTH_INVALID;
	if ((r = agree(t, req, protocol, &s)))
		return r;
	if (!pin_verify(protocol, s.hmac, new_enc.s, new_enc.n, &mac))
		return CTAP2_ERR_PIN_AUTH_INVALID;
	return store_pin(t, &s, &new_enc);
}

static int change_pin(struct token *t, const struct cbor *req, int protocol)
{
	g_autoptr(GByteArray) message = g_byte_array_new();
	struct cbor mac, new_enc, hash_enc;
	struct shared s;
	int r;

	if ((r = ctap2_need(req, P_AUTH, CBOR_BYTES, &mac)) ||
	    (r = ctap2_need(req, P_NEW_PIN, CBOR_BYTES, &new_enc)) ||
	    (r = ctap2_need(req, P_PIN_HASH, CBOR_BYTES, &hash_enc)) ||
	    (r = may_try(t)) || (r = agree(t, req, protocol, &s)))
		return r;
	put(message, new_enc.s, new_enc.n);
	put(message, hash_enc.s, hash_enc.n);
	if (!pin_verify(protocol, s.hmac, message->data, message->len, &mac))
		return CTAP2_ERR_PIN_AUTH_INVALID;
	r = try_pin(t, &s, &hash_enc);
	return r ? r : store_pin(t, &s, &new_enc);
}

static void begin_session(struct token *t, const struct shared *s,
			  unsigned permissions, const struct cbor *rp)
{
	random_bytes(t->pin.token, sizeof t->pin.token);
	t->pin.protocol = s->protocol;
	t->pin.begun = g_get_monotonic_time();
	t->pin.used = false;
	t->pin.permissions = permissions;
	t->pin.rp_bound = rp != NULL;
	if (rp)
		sha256(rp->s, rp->n, t->pin.rp_hash);
}

static void give_token(struct token *t, const struct shared *s,
		       unsigned permissions, const struct cbor *rp,
		       GByteArray *out)
{
	g_autoptr(GByteArray) enc = g_byte_array_new();
	uint8_t lasting[32];
	const uint8_t *given = lasting;

	if (permissions == PERM_CM_READ) {
		persistent_token(t, lasting);
	} else {
		begin_session(t, s, permissions, rp);
		given = t->pin.token;
	}
	pin_encrypt(s, given, sizeof lasting, enc);
	cbor_put_map(out, 1);
	cbor_put_int(out, 2);
	cbor_put_bytes(out, enc->data, enc->len);
}

/* a new PIN is due: in the words that each way of asking has */
static int get_token(struct token *t, const struct cbor *req, int protocol,
		     unsigned permissions, const struct cbor *rp,
		     int if_due, GByteArray *out)
{
	struct cbor hash_enc;
	struct shared s;
	int r;

	if ((r = ctap2_need(req, P_PIN_HASH, CBOR_BYTES, &hash_enc)) ||
	    (r = may_try(t)) || (r = agree(t, req, protocol, &s)) ||
	    (r = try_pin(t, &s, &hash_enc)))
		return r;
	if (t->policy.force_change)
		return if_due;
	give_token(t, &s, permissions, rp, out);
	return CTAP2_OK;
}

static int get_token_legacy(struct token *t, const struct cbor *req,
			    int protocol, GByteArray *out)
{
	struct cbor c;

	if (t->p.ctap21 && (cbor_int_key(req, P_PERMISSIONS, &c) ||
			    cbor_int_key(req, P_RP, &c)))
		return CTAP1_ERR_INVALID_PARAMETER;
	return get_token(t, req, protocol, PERM_MC | PERM_GA |
			 (t->p.ctap21 ? 0 : PERM_CM | PERM_BE), NULL,
			 CTAP2_ERR_PIN_INVALID, out);
}

/* what may be asked for, and with whom it is for */
static int parse_permissions(const struct token *t, const struct cbor *req,
			     bool by_uv, unsigned *ret, bool *ret_has_rp,
			     struct cbor *ret_rp)
{
	unsigned can = PERM_MC | PERM_GA;
	struct cbor p;
	int r;

	if (t->p.credman)
		can |= PERM_CM;
	/* enrolling and configuring are for who knows the PIN */
	if (t->p.bio && !by_uv)
		can |= PERM_BE;
	if (t->p.acfg && !by_uv)
		can |= PERM_ACFG;
	if (t->p.lasting)
		can |= PERM_CM_READ;
	if ((r = ctap2_need(req, P_PERMISSIONS, CBOR_UINT, &p)) ||
	    (r = ctap2_may(req, P_RP, CBOR_TEXT, ret_has_rp, ret_rp)))
		return r;
	if (p.n == 0)
		return CTAP1_ERR_INVALID_PARAMETER;
	/* what lasts is given for nothing else */
	if (p.n & ~(uint64_t)can ||
	    (p.n & PERM_CM_READ && p.n != PERM_CM_READ))
		return CTAP2_ERR_UNAUTHORIZED_PERMISSION;
	if (!*ret_has_rp && p.n & (PERM_MC | PERM_GA))
		return CTAP2_ERR_MISSING_PARAMETER;
	*ret = (unsigned)p.n;
	return CTAP2_OK;
}

static int get_token_permissions(struct token *t, const struct cbor *req,
				 int protocol, GByteArray *out)
{
	unsigned permissions;
	struct cbor rp;
	bool has_rp;
	int r = parse_permissions(t, req, false, &permissions, &has_rp, &rp);

	return r ? r : get_token(t, req, protocol, permissions,
				 has_rp ? &rp : NULL,
				 CTAP2_ERR_PIN_POLICY_VIOLATION, out);
}

static int get_token_uv(struct token *t, const struct call *c, int protocol,
			GByteArray *out)
{
	unsigned permissions;
	struct shared s;
	struct cbor rp;
	bool has_rp;
	int r;

	if ((r = parse_permissions(t, &c->req, true, &permissions, &has_rp,
				   &rp)) ||
	    (r = agree(t, &c->req, protocol, &s)))
		return r;
	if (!uv_is_configured(t))
		return CTAP2_ERR_NOT_ALLOWED;
	switch (uv_perform(t, c)) {
	case UV_WANT_TOUCH:
		return CTAP2_TOUCH;
	case UV_BLOCKED:
		return CTAP2_ERR_UV_BLOCKED;
	case UV_BAD:
		return CTAP2_ERR_UV_INVALID;
	case UV_GOOD:
		break;
	}
	give_token(t, &s, permissions, has_rp ? &rp : NULL, out);
	return CTAP2_OK;
}

static void get_uv_retries(struct token *t, GByteArray *out)
{
	cbor_put_map(out, 1);
	cbor_put_int(out, 5), cbor_put_int(out, t->bio.retries);
}

static void get_retries(struct token *t, GByteArray *out)
{
	bool blocked = t->pin.failures >= FAILURES_PER_POWER_UP;

	cbor_put_map(out, t->p.ctap21 ? 2 : 1);
	cbor_put_int(out, 3);
	cbor_put_int(out, t->pin_retries);
	if (t->p.ctap21) {
		cbor_put_int(out, 4);
		cbor_put_bool(out, blocked);
	}
}

int ctap2_client_pin(struct token *t, const struct call *c, GByteArray *out)
{
	const struct cbor *req = &c->req;
	struct cbor protocol, sub;
	bool has = false, uv = t->p.bio && t->p.ctap21;
	int r = ctap2_need(req, P_SUB, CBOR_UINT, &sub), number;

	if (r || (r = ctap2_may(req, P_PROTOCOL, CBOR_UINT, &has, &protocol)))
		return r;
	if (!has && sub.n != GET_RETRIES && sub.n != GET_UV_RETRIES)
		return CTAP2_ERR_MISSING_PARAMETER;
	if (has && !pin_has_protocol(t, protocol.n))
		return CTAP1_ERR_INVALID_PARAMETER;
	number = has ? (int)protocol.n : 0;
	switch (sub.n) {
	case GET_RETRIES:
		get_retries(t, out);
		return CTAP2_OK;
	case GET_AGREEMENT:
		cbor_put_map(out, 1);
		cbor_put_int(out, 1);
		ctap2_put_agreement(out, t->pin.agreement[number - 1]);
		return CTAP2_OK;
	case SET_PIN:
		return set_pin(t, req, number);
	case CHANGE_PIN:
		return change_pin(t, req, number);
	case GET_TOKEN:
		return get_token_legacy(t, req, number, out);
	case GET_TOKEN_UV:
		if (uv)
			return get_token_uv(t, c, number, out);
		break;
	case GET_UV_RETRIES:
		if (!uv)
			break;
		get_uv_retries(t, out);
		return CTAP2_OK;
	case GET_TOKEN_PERMISSIONS:
		if (t->p.ctap21)
			return get_token_permissions(t, req, number, out);
	}
	return t->p.ctap21 ? CTAP2_ERR_INVALID_SUBCOMMAND :
	       CTAP1_ERR_INVALID_PARAMETER;
}
