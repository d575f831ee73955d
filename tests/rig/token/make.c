/* authenticatorMakeCredential, with its attestation. */
#include "credential.h"
#include "ctap2.h"
#include "key.h"
#include "pin.h"

#include <string.h>

struct make {
	struct cbor cdh, rp_id, user_id, user, params;
	uint8_t rp_hash[32];
	bool rk, uv, hmac_secret;
	uint8_t protect;
};

/* ES256 is the only algorithm; the whole list must be well formed */
static int choose_algorithm(const struct cbor *params)
{
	bool found = false;
	struct cbor m, alg, type;

	for (uint64_t i = 0; cbor_at(params, i, &m); i++) {
		if (m.major != CBOR_MAP)
			return CTAP2_ERR_CBOR_UNEXPECTED_TYPE;
		if (!cbor_text_key(&m, "alg", &alg) ||
		    !cbor_text_key(&m, "type", &type))
			return CTAP2_ERR_MISSING_PARAMETER;
		if ((alg.major != CBOR_UINT && alg.major != CBOR_NEGINT) ||
		    type.major != CBOR_TEXT)
			return CTAP2_ERR_CBOR_UNEXPECTED_TYPE;
		found |= cbor_number(&alg) == -7 &&
			 cbor_is_text(&type, "public-key");
	}
	return found ? CTAP2_OK : CTAP2_ERR_UNSUPPORTED_ALGORITHM;
}

static int parse_names(const struct cbor *req, struct make *m)
{
	struct cbor rp;
	int r;

	if ((r = ctap2_need(req, 1, CBOR_BYTES, &m->cdh)) ||
	    (r = ctap2_need(req, 2, CBOR_MAP, &rp)) ||
	    (r = ctap2_need(req, 3, CBOR_MAP, &m->user)) ||
	    (r = ctap2_need(req, 4, CBOR_ARRAY, &m->params)))
		return r;
	if (m->cdh.n != 32)
		return CTAP1_ERR_INVALID_LENGTH;
	if (!cbor_text_key(&rp, "id", &m->rp_id) ||
	    !cbor_text_key(&m->user, "id", &m->user_id))
		return CTAP2_ERR_MISSING_PARAMETER;
	if (m->rp_id.major != CBOR_TEXT || m->user_id.major != CBOR_BYTES)
		return CTAP2_ERR_CBOR_UNEXPECTED_TYPE;
	if (m->user_id.n > 64)
		return CTAP1_ERR_INVALID_LENGTH;
	sha256(m->rp_id.s, m->rp_id.n, m->rp_hash);
	return CTAP2_OK;
}

static int parse_options(const struct cbor *req, struct make *m)
{
	bool has, uv = false, up = true, has_auth, enterprise;
	struct cbor options, auth, c;
	int r = ctap2_may(req, 7, CBOR_MAP, &has, &options);

	if (r)
		return r;
	if (has && ((r = ctap2_option(&options, "rk", &m->rk)) ||
		    (r = ctap2_option(&options, "uv", &uv)) ||
		    (r = ctap2_option(&options, "up", &up))))
		return r;
	has_auth = cbor_int_key(req, 8, &auth);
	enterprise = cbor_int_key(req, 10, &c);
	/* no fingerprint reader: uv without a PIN token cannot be done */
	if (!up || (uv && !has_auth))
		return CTAP2_ERR_INVALID_OPTION;
	return enterprise ? CTAP1_ERR_INVALID_PARAMETER : CTAP2_OK;
}

static int parse_extensions(struct token *t, const struct cbor *req,
			    struct make *m)
{
	bool has, full = t->p.vid == 0x1050 || t->p.ctap21;
	struct cbor e, v;
	int r = ctap2_may(req, 6, CBOR_MAP, &has, &e);

	if (r || !has)
		return r;
	if (full && cbor_text_key(&e, "credProtect", &v)) {
		if (v.major != CBOR_UINT)
			return CTAP2_ERR_CBOR_UNEXPECTED_TYPE;
		if (v.n < 1 || v.n > 3)
			return CTAP2_ERR_INVALID_OPTION;
		m->protect = (uint8_t)v.n;
	}
	if (cbor_text_key(&e, "hmac-secret", &v)) {
		if (!cbor_is_bool(&v))
			return CTAP2_ERR_CBOR_UNEXPECTED_TYPE;
		m->hmac_secret = cbor_is_true(&v);
	}
	return CTAP2_OK;
}

/* 1: a credential of the list is ours; 0; or minus a status */
static int is_excluded(struct token *t, const struct cbor *req,
		       const struct make *m)
{
	struct cbor list, member, id;
	struct credential c;
	bool has;
	int r = ctap2_may(req, 5, CBOR_ARRAY, &has, &list), found = 0;

	if (r || !has)
		return -r;
	if (list.n > LIST_MAX)
		return -CTAP2_ERR_LIMIT_EXCEEDED;
	for (uint64_t i = 0; cbor_at(&list, i, &member); i++) {
		r = ctap2_open_listed(t, &member, m->rp_hash, &c, &id);
		if (r < 0)
			return r;
		if (r && (c.protect != 3 || m->uv))
			found = 1;
	}
	return found;
}

static struct resident *same_user(struct token *t, const struct make *m)
{
	for (guint i = 0; i < t->residents->len; i++) {
		struct resident *r = t->residents->pdata[i];

		if (strlen(r->rp) == m->rp_id.n &&
		    !memcmp(r->rp, m->rp_id.s, m->rp_id.n) &&
		    r->user->len == m->user_id.n &&
		    !memcmp(r->user->data, m->user_id.s, m->user_id.n))
			return r;
	}
	return NULL;
}

char *ctap2_text_member(const struct cbor *map, const char *key)
{
	struct cbor c;

	if (!cbor_text_key(map, key, &c) || c.major != CBOR_TEXT)
		return NULL;
	/* keys keep 64 bytes of a name, cut between characters */
	for (uint64_t n = MIN(c.n, 64);; n--)
		if (g_utf8_validate((const char *)c.s, (gssize)n, NULL))
			return g_strndup((const char *)c.s, n);
}

static void keep(struct token *t, const struct make *m,
		 const uint8_t id[CREDENTIAL_ID])
{
	struct resident *r = same_user(t, m);

	if (r)
		g_ptr_array_remove(t->residents, r);
	r = g_new0(struct resident, 1);
	r->rp = g_strndup((const char *)m->rp_id.s, m->rp_id.n);
	r->id = g_byte_array_new();
	put(r->id, id, CREDENTIAL_ID);
	r->user = g_byte_array_new();
	put(r->user, m->user_id.s, m->user_id.n);
	r->user_name = ctap2_text_member(&m->user, "name");
	r->user_display = ctap2_text_member(&m->user, "displayName");
	r->born = t->counter;
	g_ptr_array_add(t->residents, r);
}

static void put_extensions(GByteArray *ad, const struct make *m)
{
	cbor_put_map(ad, 0u + (m->protect > 0) + m->hmac_secret);
	if (m->protect) {
		cbor_put_text(ad, "credProtect");
		cbor_put_int(ad, m->protect);
	}
	if (m->hmac_secret) {
		cbor_put_text(ad, "hmac-secret");
		cbor_put_bool(ad, true);
	}
}

static GByteArray *auth_data(struct token *t, const struct make *m,
			     const uint8_t id[CREDENTIAL_ID],
			     const uint8_t d[32])
{
	GByteArray *ad = g_byte_array_new();
	unsigned flags = AD_AT;

	if (!token_misbehaves(t, M_NO_UP, NULL))
		flags |= AD_UP;
	if (m->uv && !token_misbehaves(t, M_NO_UV, NULL))
		flags |= AD_UV;
	if (m->protect || m->hmac_secret)
		flags |= AD_ED;
	put(ad, m->rp_hash, 32);
	if (token_misbehaves(t, M_WRONG_RPID_HASH, NULL))
		ad->data[0] ^= 1;
	put8(ad, flags);
	put32(ad, token_misbehaves(t, M_COUNTER_ZERO, NULL) ? 0 : t->counter);
	put(ad, t->aaguid, 16);
	if (token_misbehaves(t, M_WRONG_AAGUID, NULL))
		ad->data[ad->len - 1] ^= 1;
	put16(ad, CREDENTIAL_ID);
	put(ad, id, CREDENTIAL_ID);
	ctap2_put_cose(ad, -7, d);
	if (flags & AD_ED)
		put_extensions(ad, m);
	return ad;
}

static void attest(struct token *t, const struct make *m,
		   const GByteArray *ad, const uint8_t d[32], GByteArray *out)
{
	g_autoptr(GByteArray) msg = g_byte_array_new();
	bool x5c = t->p.att == ATT_X5C;
	uint8_t sig[80], fixed[32];
	size_t n;

	put(msg, ad->data, ad->len);
	sha256("a challenge of yesterday", 24, fixed);
	put(msg, token_misbehaves(t, M_FIXED_CHALLENGE, NULL) ? fixed :
	    m->cdh.s, 32);
	n = p256_sign(x5c ? t->att_d : d, msg->data, msg->len, sig);
	if (token_misbehaves(t, M_FORGE_ATTESTATION, NULL)) {
		/* well formed, by a key that nobody vouches for */
		uint8_t other[32];

		p256_new(other);
		n = p256_sign(other, msg->data, msg->len, sig);
	}
	cbor_put_map(out, x5c ? 3 : 2);
	cbor_put_text(out, "alg"), cbor_put_int(out, -7);
	cbor_put_text(out, "sig"), cbor_put_bytes(out, sig, n);
	if (!x5c)
		return;
	cbor_put_text(out, "x5c");
	cbor_put_array(out, t->send_chain && t->chain->len ? 2 : 1);
	cbor_put_bytes(out, t->leaf->data, t->leaf->len);
	if (t->send_chain && t->chain->len)
		cbor_put_bytes(out, t->chain->data, t->chain->len);
}

static void create(struct token *t, const struct make *m, GByteArray *out)
{
	struct credential c = {
		.flags = m->rk ? CRED_RESIDENT : 0, .protect = m->protect
	};
	g_autoptr(GByteArray) ad = NULL;
	uint8_t id[CREDENTIAL_ID];
	bool none = t->p.att == ATT_NONE;

	credential_new(t, m->rp_hash, &c, id);
	t->counter++;
	if (m->rk)
		keep(t, m, id);
	token_save(t);
	ad = auth_data(t, m, id, c.d);
	cbor_put_map(out, 3);
	cbor_put_int(out, 1), cbor_put_text(out, none ? "none" : "packed");
	cbor_put_int(out, 2), cbor_put_bytes(out, ad->data, ad->len);
	cbor_put_int(out, 3);
	if (none)
		cbor_put_map(out, 0);
	else
		attest(t, m, ad, c.d, out);
}

/* may it be made, but for the touch? a status */
static int permitted(struct token *t, const struct cbor *req, bool touched,
		     struct make *m)
{
	int r = pin_authorize(t, req, 8, 9, m->cdh.s, m->cdh.n, PERM_MC,
			      m->rp_hash, touched, &m->uv);

	if (r)
		return r;
	/* only 2.1 keys make non-resident credentials without their PIN */
	if (t->pin_set && !m->uv && (m->rk || !t->p.ctap21))
		return CTAP2_ERR_PUAT_REQUIRED;
	r = is_excluded(t, req, m);
	if (r < 0)
		return -r;
	if (r)		/* told only to who touches the key */
		return touched ? CTAP2_ERR_CREDENTIAL_EXCLUDED : CTAP2_TOUCH;
	if (m->rk && !same_user(t, m) && t->residents->len >= t->p.rk_max)
		return CTAP2_ERR_KEY_STORE_FULL;
	return CTAP2_OK;
}

int ctap2_make_credential(struct token *t, const struct cbor *req,
			  bool touched, GByteArray *out)
{
	struct make m = { 0 };
	int r;

	if ((r = parse_names(req, &m)) ||
	    (r = choose_algorithm(&m.params)) ||
	    (r = parse_options(req, &m)) ||
	    (r = parse_extensions(t, req, &m)) ||
	    (r = permitted(t, req, touched, &m)))
		return r;
	if (!touched)
		return CTAP2_TOUCH;
	pin_use_up(t);
	if (t->last_attestation->len &&
	    token_misbehaves(t, M_REPLAY_ATTESTATION, NULL)) {
		put(out, t->last_attestation->data, t->last_attestation->len);
		return CTAP2_OK;
	}
	create(t, &m, out);
	g_byte_array_set_size(t->last_attestation, 0);
	put(t->last_attestation, out->data, out->len);
	return CTAP2_OK;
}
