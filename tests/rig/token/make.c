/* authenticatorMakeCredential. */
#include "att.h"
#include "key.h"
#include "pin.h"
#include "uv.h"

#include <string.h>

struct make {
	struct cbor cdh, rp_id, user_id, user, params;
	uint8_t rp_hash[32];
	bool rk, uv_option, uv, hmac_secret, min_pin, enterprise;
	uint8_t protect;
	const struct alg *alg;
};

static const struct alg *known(const struct token *t, int64_t cose)
{
	for (size_t i = 0; i < ALGORITHMS && t->p.algs[i]; i++)
		if (t->p.algs[i] == cose && att_can(t, alg_of((int)cose)))
			return alg_of((int)cose);
	return NULL;
}

/* the first that we know; the whole list must be well formed */
static int choose_algorithm(const struct token *t, const struct cbor *params,
			    const struct alg **ret)
{
	struct cbor m, alg, type;

	*ret = NULL;
	for (uint64_t i = 0; cbor_at(params, i, &m); i++) {
		if (m.major != CBOR_MAP)
			return CTAP2_ERR_CBOR_UNEXPECTED_TYPE;
		if (!cbor_text_key(&m, "alg", &alg) ||
		    !cbor_text_key(&m, "type", &type))
			return CTAP2_ERR_MISSING_PARAMETER;
		if ((alg.major != CBOR_UINT && alg.major != CBOR_NEGINT) ||
		    type.major != CBOR_TEXT)
			return CTAP2_ERR_CBOR_UNEXPECTED_TYPE;
		if (!*ret && cbor_is_text(&type, "public-key"))
			*ret = known(t, cbor_number(&alg));
	}
	return *ret ? CTAP2_OK : CTAP2_ERR_UNSUPPORTED_ALGORITHM;
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
	bool has, up = true;
	struct cbor options;
	int r = ctap2_may(req, 7, CBOR_MAP, &has, &options);

	if (r || !has)
		return r;
	if ((r = ctap2_option(&options, "rk", &m->rk)) ||
	    (r = ctap2_option(&options, "uv", &m->uv_option)) ||
	    (r = ctap2_option(&options, "up", &up)))
		return r;
	return up ? CTAP2_OK : CTAP2_ERR_INVALID_OPTION;
}

static bool is_listed(const char *commas, const struct cbor *name)
{
	g_auto(GStrv) part = g_strsplit(commas ? commas : "", ",", -1);

	for (size_t i = 0; part[i]; i++)
		if (cbor_is_text(name, part[i]))
			return true;
	return false;
}

/* 1: to the vendor's own list of RPs; 2: whoever the platform asks for */
static int parse_enterprise(const struct token *t, const struct cbor *req,
			    struct make *m)
{
	struct cbor e;
	bool has;
	int r = ctap2_may(req, 10, CBOR_UINT, &has, &e);

	if (r || !has)
		return r;
	if (!t->p.ep || !t->policy.enterprise)
		return CTAP1_ERR_INVALID_PARAMETER;
	if (e.n != 1 && e.n != 2)
		return CTAP2_ERR_INVALID_OPTION;
	m->enterprise = t->p.att == ATT_X5C &&
			(e.n == 2 || is_listed(t->ep_rps, &m->rp_id));
	return CTAP2_OK;
}

static bool may_know_minimum(const struct token *t, const struct make *m)
{
	for (guint i = 0; i < t->policy.rps->len; i++)
		if (cbor_is_text(&m->rp_id, t->policy.rps->pdata[i]))
			return true;
	return false;
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
	if (t->p.acfg && cbor_text_key(&e, "minPinLength", &v)) {
		if (!cbor_is_bool(&v))
			return CTAP2_ERR_CBOR_UNEXPECTED_TYPE;
		m->min_pin = cbor_is_true(&v) && may_know_minimum(t, m);
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

static void put_extensions(struct token *t, GByteArray *ad,
			   const struct make *m)
{
	bool false_claim = m->protect && token_misbehaves(t, M_PROTECT_FALSE, NULL);

	cbor_put_map(ad, 0u + (m->protect > 0) + m->hmac_secret + m->min_pin);
	if (m->protect) {
		cbor_put_text(ad, "credProtect");
		cbor_put_int(ad, false_claim ? 1 : m->protect);
	}
	if (m->hmac_secret) {
		cbor_put_text(ad, "hmac-secret");
		cbor_put_bool(ad, true);
	}
	if (m->min_pin) {
		cbor_put_text(ad, "minPinLength");
		cbor_put_int(ad, t->policy.min_pin);
	}
}

/* the credential's public key, or what it is told to say */
static void put_key(struct token *t, GByteArray *ad,
		    const struct credential *c)
{
	guint begin = ad->len;
	uint8_t other[32];

	p256_new(other);
	alg_put_cose(c->alg, token_misbehaves(t, M_COSE_OTHER_KEY, NULL) ?
		     other : c->d, ad);
	if (token_misbehaves(t, M_COSE_OFF_CURVE, NULL))
		ad->data[ad->len - 1] ^= 1;
	/* head, kty, its value, alg: 26 and 27 are ES256 and EdDSA */
	if (token_misbehaves(t, M_COSE_WRONG_ALG, NULL))
		ad->data[begin + (c->alg->cose < -24 ? 5 : 4)] ^= 1;
}

static unsigned flags(struct token *t, const struct make *m)
{
	unsigned f = AD_AT;
	long at = 0;

	if (!token_misbehaves(t, M_NO_UP, NULL))
		f |= AD_UP;
	if (m->uv && !token_misbehaves(t, M_NO_UV, NULL))
		f |= AD_UV;
	if (m->protect || m->hmac_secret || m->min_pin)
		f |= AD_ED;
	if (token_misbehaves(t, M_BACKED_UP, &at))
		f |= at ? (unsigned)at & (AD_BE | AD_BS) : AD_BE | AD_BS;
	return f;
}

static GByteArray *auth_data(struct token *t, const struct make *m,
			     const uint8_t id[CREDENTIAL_ID],
			     const struct credential *c)
{
	static const uint8_t zero[16];
	GByteArray *ad = g_byte_array_new();
	unsigned f = flags(t, m);

	put(ad, m->rp_hash, 32);
	if (token_misbehaves(t, M_WRONG_RPID_HASH, NULL))
		ad->data[0] ^= 1;
	put8(ad, f);
	put32(ad, token_misbehaves(t, M_COUNTER_ZERO, NULL) ? 0 : t->counter);
	put(ad, t->p.att == ATT_U2F ? zero : t->aaguid, 16);
	if (token_misbehaves(t, M_WRONG_AAGUID, NULL))
		ad->data[ad->len - 1] ^= 1;
	put16(ad, CREDENTIAL_ID);
	put(ad, id, CREDENTIAL_ID);
	put_key(t, ad, c);
	if (f & AD_ED)
		put_extensions(t, ad, m);
	return ad;
}

static void create(struct token *t, const struct make *m, GByteArray *out)
{
	struct credential c = {
		.flags = (uint8_t)((m->rk ? CRED_RESIDENT : 0) |
				   (m->hmac_secret ? CRED_HMAC_SECRET : 0)),
		.protect = m->protect, .alg = m->alg
	};
	g_autoptr(GByteArray) ad = NULL;
	uint8_t id[CREDENTIAL_ID];

	credential_new(t, m->rp_hash, &c, id);
	t->counter++;
	if (m->rk)
		keep(t, m, id);
	token_save(t);
	ad = auth_data(t, m, id, &c);
	cbor_put_map(out, m->enterprise ? 4 : 3);
	att_put(t, &(struct attested){
		.ad = ad, .cdh = m->cdh.s, .rp_hash = m->rp_hash, .id = id,
		.c = &c, .enterprise = m->enterprise }, out);
	if (m->enterprise)
		cbor_put_int(out, 4), cbor_put_bool(out, true);
}

/* may it be made, but for the touch? a status */
static int permitted(struct token *t, const struct call *c, struct make *m)
{
	const struct uv_asked asked = {
		.param = 8, .protocol = 9, .cdh = m->cdh.s,
		.rp_hash = m->rp_hash, .permission = PERM_MC,
		.option = m->uv_option, .always = true
	};
	int r = uv_verify(t, c, &asked, &m->uv);

	if (r)
		return r;
	/* only 2.1 keys make non-resident credentials without their PIN */
	if (uv_is_protected(t) && !m->uv && (m->rk || !t->p.ctap21))
		return CTAP2_ERR_PUAT_REQUIRED;
	r = is_excluded(t, &c->req, m);
	if (r < 0)
		return -r;
	if (r)		/* told only to who touches the key */
		return c->touched ? CTAP2_ERR_CREDENTIAL_EXCLUDED :
		       CTAP2_TOUCH;
	if (m->rk && !same_user(t, m) && t->residents->len >= t->p.rk_max)
		return CTAP2_ERR_KEY_STORE_FULL;
	return CTAP2_OK;
}

int ctap2_make_credential(struct token *t, const struct call *c,
			  GByteArray *out)
{
	struct make m = { 0 };
	int r;

	if ((r = parse_names(&c->req, &m)) ||
	    (r = choose_algorithm(t, &m.params, &m.alg)) ||
	    (r = parse_options(&c->req, &m)) ||
	    (r = parse_extensions(t, &c->req, &m)) ||
	    (r = parse_enterprise(t, &c->req, &m)) ||
	    (r = permitted(t, c, &m)))
		return r;
	if (!c->touched)
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
