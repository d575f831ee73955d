/* authenticatorGetAssertion and getNextAssertion. */
#include "credential.h"
#include "ctap2.h"
#include "key.h"
#include "pin.h"

#include <string.h>

/* getNextAssertion may be asked for this long */
#define ROUND_TIME (30 * G_USEC_PER_SEC)

struct assertion {
	uint32_t cid;
	gint64 asked;
	uint8_t cdh[32], rp_hash[32];
	bool up, uv;
	/* hmac-secret: two or one salts, sealed for the platform */
	bool has_salt;
	struct shared shared;
	uint8_t salt[64];
	size_t salt_n;
	GPtrArray *ids;		/* of GByteArray: what is still to be told */
	guint next;
};

static void unref_bytes(void *b)
{
	g_byte_array_unref(b);
}

static void assertion_free(struct assertion *a)
{
	if (!a)
		return;
	g_ptr_array_unref(a->ids);
	g_free(a);
}

void assertion_forget(struct token *t)
{
	assertion_free(t->assertion);
	t->assertion = NULL;
}

static void add_id(struct assertion *a, const uint8_t *p, size_t n)
{
	GByteArray *id = g_byte_array_new();

	put(id, p, n);
	g_ptr_array_add(a->ids, id);
}

/* --- request ----------------------------------------------------------- */

static int parse_salts(struct token *t, const struct cbor *e,
		       struct assertion *a)
{
	g_autoptr(GByteArray) salt = g_byte_array_new();
	struct cbor h, cose, enc, mac, protocol;
	bool has;
	int r;

	if (!cbor_text_key(e, "hmac-secret", &h))
		return CTAP2_OK;
	if (h.major != CBOR_MAP)
		return CTAP2_ERR_CBOR_UNEXPECTED_TYPE;
	if ((r = ctap2_need(&h, 1, CBOR_MAP, &cose)) ||
	    (r = ctap2_need(&h, 2, CBOR_BYTES, &enc)) ||
	    (r = ctap2_need(&h, 3, CBOR_BYTES, &mac)) ||
	    (r = ctap2_may(&h, 4, CBOR_UINT, &has, &protocol)))
		return r;
	if (!a->up)
		return CTAP2_ERR_UNSUPPORTED_OPTION;
	if (has && protocol.n != 1 && protocol.n != 2)
		return CTAP1_ERR_INVALID_PARAMETER;
	r = pin_shared(t, has ? (int)protocol.n : 1, &cose, &a->shared);
	if (r)
		return r;
	if (!pin_verify(a->shared.protocol, a->shared.hmac, enc.s, enc.n,
			&mac))
		return CTAP2_ERR_PIN_AUTH_INVALID;
	if (!pin_decrypt(&a->shared, &enc, salt) ||
	    (salt->len != 32 && salt->len != 64))
		return CTAP1_ERR_INVALID_LENGTH;
	memcpy(a->salt, salt->data, salt->len);
	a->salt_n = salt->len;
	a->has_salt = true;
	return CTAP2_OK;
}

static int parse(struct token *t, const struct cbor *req,
		 struct assertion *a)
{
	bool has, rk, uv = false;
	struct cbor rp, cdh, c;
	int r;

	if ((r = ctap2_need(req, 1, CBOR_TEXT, &rp)) ||
	    (r = ctap2_need(req, 2, CBOR_BYTES, &cdh)) ||
	    (r = ctap2_may(req, 5, CBOR_MAP, &has, &c)))
		return r;
	if (cdh.n != 32)
		return CTAP1_ERR_INVALID_LENGTH;
	memcpy(a->cdh, cdh.s, 32);
	sha256(rp.s, rp.n, a->rp_hash);
	a->up = true;
	if (has && cbor_text_key(&c, "rk", &cdh))
		return CTAP2_ERR_UNSUPPORTED_OPTION;
	if (has && ((r = ctap2_option(&c, "up", &a->up)) ||
		    (r = ctap2_option(&c, "uv", &uv)) ||
		    (r = ctap2_option(&c, "rk", &rk))))
		return r;
	if (uv && !cbor_int_key(req, 6, &c))
		return CTAP2_ERR_INVALID_OPTION;
	if ((r = ctap2_may(req, 4, CBOR_MAP, &has, &c)))
		return r;
	return has ? parse_salts(t, &c, a) : CTAP2_OK;
}

static int from_list(struct token *t, const struct cbor *list,
		     struct assertion *a)
{
	struct cbor member, id;
	struct credential c;

	if (list->n > LIST_MAX)
		return CTAP2_ERR_LIMIT_EXCEEDED;
	for (uint64_t i = 0; cbor_at(list, i, &member); i++) {
		int r = ctap2_open_listed(t, &member, a->rp_hash, &c, &id);

		if (r < 0)
			return -r;
		/* the first of ours; all members are checked for form */
		if (r && !a->ids->len && (c.protect != 3 || a->uv))
			add_id(a, id.s, id.n);
	}
	return CTAP2_OK;
}

/* newest first */
static void from_residents(struct token *t, struct assertion *a)
{
	struct credential c;

	for (guint i = t->residents->len; i-- > 0;) {
		struct resident *r = t->residents->pdata[i];

		if (credential_open(t, a->rp_hash, r->id->data, r->id->len,
				    &c) && (c.protect < 2 || a->uv))
			add_id(a, r->id->data, r->id->len);
	}
}

/* --- reply ------------------------------------------------------------- */

static void put_salts(struct token *t, const struct assertion *a,
		      const GByteArray *id, GByteArray *ad)
{
	g_autoptr(GByteArray) enc = g_byte_array_new(), seed = NULL;
	uint8_t random[64], out[2][64], plain[64];

	/* with and without user verification the secrets differ */
	seed = g_byte_array_new();
	put8(seed, a->uv);
	put(seed, id->data, id->len);
	hmac("SHA256", t->secret, 32, seed->data, seed->len, random);
	for (size_t i = 0; i < a->salt_n / 32; i++) {
		hmac("SHA256", random, 32, a->salt + 32 * i, 32, out[i]);
		memcpy(plain + 32 * i, out[i], 32);
	}
	pin_encrypt(&a->shared, plain, a->salt_n, enc);
	cbor_put_map(ad, 1);
	cbor_put_text(ad, "hmac-secret");
	cbor_put_bytes(ad, enc->data, enc->len);
}

static GByteArray *auth_data(struct token *t, const struct assertion *a,
			     const GByteArray *id)
{
	GByteArray *ad = g_byte_array_new();
	unsigned flags = 0;
	uint8_t count[4];

	if (a->up && !token_misbehaves(t, M_NO_UP, NULL))
		flags |= AD_UP;
	if (a->uv && !token_misbehaves(t, M_NO_UV, NULL))
		flags |= AD_UV;
	if (a->has_salt)
		flags |= AD_ED;
	put(ad, a->rp_hash, 32);
	if (token_misbehaves(t, M_WRONG_RPID_HASH, NULL))
		ad->data[0] ^= 1;
	put8(ad, flags);
	credential_count(t, count);
	put(ad, count, 4);
	if (a->has_salt)
		put_salts(t, a, id, ad);
	return ad;
}

/* who it is, in full only when verified and only where a choice is due */
void ctap2_put_user(const struct resident *r, bool full, GByteArray *out)
{
	bool name = full && r->user_name, shown = full && r->user_display;

	cbor_put_map(out, 1u + name + shown);
	cbor_put_text(out, "id");
	cbor_put_bytes(out, r->user->data, r->user->len);
	if (name)
		cbor_put_text(out, "name"), cbor_put_text(out, r->user_name);
	if (shown) {
		cbor_put_text(out, "displayName");
		cbor_put_text(out, r->user_display);
	}
}

static void answer(struct token *t, const struct assertion *a, guint i,
		   bool tell_number, GByteArray *out)
{
	const GByteArray *id = a->ids->pdata[i];
	struct resident *r = ctap2_resident(t, id->data, id->len);
	g_autoptr(GByteArray) ad = auth_data(t, a, id), msg = NULL;
	struct credential c = { 0 };
	uint8_t sig[80];
	size_t n;

	credential_open(t, a->rp_hash, id->data, id->len, &c);
	if (token_misbehaves(t, M_WRONG_KEY, NULL))
		p256_new(c.d);
	msg = g_byte_array_new();
	put(msg, ad->data, ad->len);
	put(msg, a->cdh, 32);
	n = p256_sign(c.d, msg->data, msg->len, sig);
	if (token_misbehaves(t, M_WRONG_SIGNATURE, NULL))
		sig[n - 1] ^= 1;

	cbor_put_map(out, 3u + (r != NULL) + tell_number);
	cbor_put_int(out, 1), cbor_put_map(out, 2);
	cbor_put_text(out, "id"), cbor_put_bytes(out, id->data, id->len);
	cbor_put_text(out, "type"), cbor_put_text(out, "public-key");
	cbor_put_int(out, 2), cbor_put_bytes(out, ad->data, ad->len);
	cbor_put_int(out, 3), cbor_put_bytes(out, sig, n);
	if (r) {
		cbor_put_int(out, 4);
		ctap2_put_user(r, a->uv && a->ids->len > 1, out);
	}
	if (tell_number)
		cbor_put_int(out, 5), cbor_put_int(out, a->ids->len);
}

static int get(struct token *t, const struct cbor *req, bool touched,
	       struct assertion *a, GByteArray *out)
{
	struct cbor list;
	bool has;
	int r;

	if ((r = parse(t, req, a)) ||
	    (r = ctap2_may(req, 3, CBOR_ARRAY, &has, &list)) ||
	    (r = pin_authorize(t, req, 6, 7, a->cdh, 32, PERM_GA, a->rp_hash,
			       touched, &a->uv)))
		return r;
	has = has && list.n;
	if (!has)
		from_residents(t, a);
	else if ((r = from_list(t, &list, a)))
		return r;
	if (!a->ids->len)
		return CTAP2_ERR_NO_CREDENTIALS;
	if (a->up && !touched)
		return CTAP2_TOUCH;
	if (a->up)
		pin_use_up(t);
	answer(t, a, 0, a->ids->len > 1, out);
	a->next = 1;
	a->asked = g_get_monotonic_time();
	return CTAP2_OK;
}

int ctap2_get_assertion(struct token *t, uint32_t cid,
			const struct cbor *req, bool touched,
			GByteArray *out)
{
	struct assertion *a = g_new0(struct assertion, 1);
	int r;

	a->cid = cid;
	a->ids = g_ptr_array_new_with_free_func(unref_bytes);
	r = get(t, req, touched, a, out);
	if (r == CTAP2_OK && a->ids->len > 1)
		t->assertion = a;
	else
		assertion_free(a);
	return r;
}

int ctap2_next_assertion(struct token *t, uint32_t cid, GByteArray *out)
{
	struct assertion *a = t->assertion;
	gint64 now = g_get_monotonic_time();

	if (!a || a->cid != cid || a->next >= a->ids->len ||
	    now - a->asked > ROUND_TIME) {
		assertion_forget(t);
		return CTAP2_ERR_NOT_ALLOWED;
	}
	answer(t, a, a->next++, false, out);
	a->asked = now;
	return CTAP2_OK;
}
