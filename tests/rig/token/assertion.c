/* authenticatorGetAssertion and getNextAssertion. */
#include "credential.h"
#include "ctap2.h"
#include "der.h"
#include "hmac.h"
#include "key.h"
#include "pin.h"
#include "uv.h"

#include <string.h>

/* getNextAssertion may be asked for this long */
#define ROUND_TIME (30 * G_USEC_PER_SEC)

struct assertion {
	uint32_t cid;
	gint64 asked;
	uint8_t cdh[32], rp_hash[32];
	bool up, uv;
	bool careless;		/* credProtect is not honoured */
	bool uv_option;
	struct salts salts;	/* of hmac-secret */
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

static int parse(struct token *t, const struct cbor *req,
		 struct assertion *a)
{
	bool has, rk;
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
		    (r = ctap2_option(&c, "uv", &a->uv_option)) ||
		    (r = ctap2_option(&c, "rk", &rk))))
		return r;
	if ((r = ctap2_may(req, 4, CBOR_MAP, &has, &c)))
		return r;
	return has ? hmac_parse(t, &c, a->up, &a->salts) : CTAP2_OK;
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
		if (r && !a->ids->len &&
		    (c.protect != 3 || a->uv || a->careless))
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
				    &c) &&
		    (c.protect < 2 || a->uv || a->careless))
			add_id(a, r->id->data, r->id->len);
	}
}

/* --- reply ------------------------------------------------------------- */

static GByteArray *auth_data(struct token *t, const struct assertion *a,
			     const GByteArray *id, const struct credential *c)
{
	bool salts = a->salts.n && c->flags & CRED_HMAC_SECRET;
	GByteArray *ad = g_byte_array_new();
	unsigned flags = 0;
	uint8_t count[4];
	long at = 0;

	if (a->up && !token_misbehaves(t, M_NO_UP, NULL))
		flags |= AD_UP;
	if (a->uv && !token_misbehaves(t, M_NO_UV, NULL))
		flags |= AD_UV;
	if (salts)
		flags |= AD_ED;
	if (token_misbehaves(t, M_BACKED_UP, &at))
		flags |= at ? (unsigned)at & (AD_BE | AD_BS) : AD_BE | AD_BS;
	put(ad, a->rp_hash, 32);
	if (token_misbehaves(t, M_WRONG_RPID_HASH, NULL))
		ad->data[0] ^= 1;
	put8(ad, flags);
	credential_count(t, count);
	put(ad, count, 4);
	if (salts)
		hmac_put(t, &a->salts, id, a->uv, ad);
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

static GByteArray *another(struct token *t, const struct assertion *a,
			   struct credential *c)
{
	GByteArray *id = g_byte_array_new();

	c->flags = c->protect = 0;
	g_byte_array_set_size(id, CREDENTIAL_ID);
	credential_new(t, a->rp_hash, c, id->data);
	return id;
}

static void answer(struct token *t, const struct assertion *a, guint i,
		   bool tell_number, GByteArray *out)
{
	const GByteArray *id = a->ids->pdata[i];
	struct resident *r = ctap2_resident(t, id->data, id->len);
	g_autoptr(GByteArray) ad = NULL, msg = NULL, other = NULL;
	struct credential c = { 0 };
	uint8_t sig[SIGNATURE];
	size_t n;

	credential_open(t, a->rp_hash, id->data, id->len, &c);
	/* a good signature, but by a credential that nobody asked for */
	if (token_misbehaves(t, M_OTHER_CREDENTIAL, NULL))
		id = other = another(t, a, &c);
	ad = auth_data(t, a, id, &c);
	if (token_misbehaves(t, M_WRONG_KEY, NULL))
		p256_new(c.d);
	msg = g_byte_array_new();
	put(msg, ad->data, ad->len);
	put(msg, a->cdh, 32);
	n = c.alg->sign(c.d, msg->data, msg->len, sig);
	if (c.alg->coordinate)
		n = der_odd(t, sig, n);
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

static int get(struct token *t, const struct call *c, struct assertion *a,
	       GByteArray *out)
{
	struct uv_asked asked = {
		.param = 6, .protocol = 7, .cdh = a->cdh,
		.rp_hash = a->rp_hash, .permission = PERM_GA
	};
	struct cbor list;
	bool has;
	int r;

	if ((r = parse(t, &c->req, a)) ||
	    (r = ctap2_may(&c->req, 3, CBOR_ARRAY, &has, &list)))
		return r;
	asked.option = a->uv_option;
	asked.always = a->up;
	if ((r = uv_verify(t, c, &asked, &a->uv)))
		return r;
	/* asked before the touch and after it: an order is used up once */
	a->careless = a->up && !c->touched ?
		      misbehave_stands(t->orders, M_IGNORE_PROTECT,
				       t->command) :
		      token_misbehaves(t, M_IGNORE_PROTECT, NULL);
	has = has && list.n;
	if (!has)
		from_residents(t, a);
	else if ((r = from_list(t, &list, a)))
		return r;
	if (!a->ids->len)
		return CTAP2_ERR_NO_CREDENTIALS;
	if (a->up && !c->touched)
		return CTAP2_TOUCH;
	if (a->up)
		pin_use_up(t);
	answer(t, a, 0, a->ids->len > 1, out);
	a->next = 1;
	a->asked = g_get_monotonic_time();
	return CTAP2_OK;
}

int ctap2_get_assertion(struct token *t, const struct call *c,
			GByteArray *out)
{
	struct assertion *a = g_new0(struct assertion, 1);
	int r;

	a->cid = c->cid;
	a->ids = g_ptr_array_new_with_free_func(unref_bytes);
	r = get(t, c, a, out);
	if (r == CTAP2_OK && a->ids->len > 1)
		t->assertion = a;
	else
		assertion_free(a);
	return r;
}

int ctap2_next_assertion(struct token *t, const struct call *c,
			 GByteArray *out)
{
	struct assertion *a = t->assertion;
	gint64 now = g_get_monotonic_time();

	if (!a || a->cid != c->cid || a->next >= a->ids->len ||
	    now - a->asked > ROUND_TIME) {
		assertion_forget(t);
		return CTAP2_ERR_NOT_ALLOWED;
	}
	answer(t, a, a->next++, false, out);
	a->asked = now;
	return CTAP2_OK;
}
