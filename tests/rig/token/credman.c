/* authenticatorCredentialManagement. */
#include "credential.h"
#include "ctap2.h"
#include "key.h"
#include "pin.h"

#include <string.h>

enum {
	METADATA = 1, RPS_BEGIN, RPS_NEXT, CREDENTIALS_BEGIN,
	CREDENTIALS_NEXT, DELETE, UPDATE_USER
};

enum { P_SUB = 1, P_PARAMS, P_PROTOCOL, P_AUTH };

void credman_forget(struct token *t)
{
	g_ptr_array_set_size(t->listed, 0);
}

static void put_rp(const struct resident *r, guint total, GByteArray *out)
{
	uint8_t hash[32];

	sha256(r->rp, strlen(r->rp), hash);
	cbor_put_map(out, total ? 3 : 2);
	cbor_put_int(out, 3), cbor_put_map(out, 1);
	cbor_put_text(out, "id"), cbor_put_text(out, r->rp);
	cbor_put_int(out, 4), cbor_put_bytes(out, hash, sizeof hash);
	if (total)
		cbor_put_int(out, 5), cbor_put_int(out, total);
}

static void put_credential(struct token *t, struct resident *r, guint total,
			   GByteArray *out)
{
	struct credential c = { 0 };
	uint8_t hash[32];

	sha256(r->rp, strlen(r->rp), hash);
	credential_open(t, hash, r->id->data, r->id->len, &c);
	cbor_put_map(out, total ? 5 : 4);
	cbor_put_int(out, 6), ctap2_put_user(r, true, out);
	cbor_put_int(out, 7), cbor_put_map(out, 2);
	cbor_put_text(out, "id");
	cbor_put_bytes(out, r->id->data, r->id->len);
	cbor_put_text(out, "type"), cbor_put_text(out, "public-key");
	cbor_put_int(out, 8), alg_put_cose(c.alg, c.d, out);
	if (total)
		cbor_put_int(out, 9), cbor_put_int(out, total);
	cbor_put_int(out, 10);
	cbor_put_int(out, c.protect ? c.protect : 1);
}

static bool has_rp(const struct token *t, const char *rp)
{
	for (guint i = 0; i < t->listed->len; i++)
		if (!strcmp(((struct resident *)t->listed->pdata[i])->rp, rp))
			return true;
	return false;
}

/* the first of the list, which loses it */
static struct resident *take(struct token *t)
{
	return t->listed->len ? g_ptr_array_remove_index(t->listed, 0) : NULL;
}

static int begin_rps(struct token *t, const struct cbor *params,
		     GByteArray *out)
{
	guint total;

	(void)params;
	credman_forget(t);
	for (guint i = 0; i < t->residents->len; i++) {
		struct resident *r = t->residents->pdata[i];

		if (!has_rp(t, r->rp))
			g_ptr_array_add(t->listed, r);
	}
	total = t->listed->len;
	if (!total)
		return CTAP2_ERR_NO_CREDENTIALS;
	put_rp(take(t), total, out);
	t->listing = RPS_NEXT;
	return CTAP2_OK;
}

static int begin_credentials(struct token *t, const struct cbor *params,
			     GByteArray *out)
{
	uint8_t hash[32];
	struct cbor want;
	guint total;
	int r = ctap2_need(params, 1, CBOR_BYTES, &want);

	if (r)
		return r;
	credman_forget(t);
	for (guint i = 0; i < t->residents->len; i++) {
		struct resident *m = t->residents->pdata[i];

		sha256(m->rp, strlen(m->rp), hash);
		if (want.n == 32 && !memcmp(want.s, hash, 32))
			g_ptr_array_add(t->listed, m);
	}
	total = t->listed->len;
	if (!total)
		return CTAP2_ERR_NO_CREDENTIALS;
	put_credential(t, take(t), total, out);
	t->listing = CREDENTIALS_NEXT;
	return CTAP2_OK;
}

static int next(struct token *t, unsigned sub, GByteArray *out)
{
	struct resident *r = t->listing == sub ? take(t) : NULL;

	if (!r)
		return CTAP2_ERR_NOT_ALLOWED;
	if (sub == RPS_NEXT)
		put_rp(r, 0, out);
	else
		put_credential(t, r, 0, out);
	return CTAP2_OK;
}

static int find(struct token *t, const struct cbor *params,
		struct resident **ret)
{
	struct cbor c, id;
	int r = ctap2_need(params, 2, CBOR_MAP, &c);

	if (r)
		return r;
	if (!cbor_text_key(&c, "id", &id))
		return CTAP2_ERR_MISSING_PARAMETER;
	if (id.major != CBOR_BYTES)
		return CTAP2_ERR_CBOR_UNEXPECTED_TYPE;
	*ret = ctap2_resident(t, id.s, id.n);
	return *ret ? CTAP2_OK : CTAP2_ERR_NO_CREDENTIALS;
}

static int delete(struct token *t, const struct cbor *params, GByteArray *out)
{
	struct resident *m = NULL;
	int r = find(t, params, &m);

	(void)out;
	if (r)
		return r;
	credman_forget(t);
	g_ptr_array_remove(t->residents, m);
	token_save(t);
	return CTAP2_OK;
}

static int update_user(struct token *t, const struct cbor *params,
		       GByteArray *out)
{
	struct resident *m = NULL;
	struct cbor user, id;
	int r = find(t, params, &m);

	(void)out;
	if (r || (r = ctap2_need(params, 3, CBOR_MAP, &user)))
		return r;
	if (!cbor_text_key(&user, "id", &id) || id.major != CBOR_BYTES ||
	    id.n != m->user->len || memcmp(id.s, m->user->data, id.n))
		return CTAP1_ERR_INVALID_PARAMETER;
	g_free(m->user_name);
	g_free(m->user_display);
	m->user_name = ctap2_text_member(&user, "name");
	m->user_display = ctap2_text_member(&user, "displayName");
	token_save(t);
	return CTAP2_OK;
}

/* whom a subcommand is about: a token bound to one RP serves no other */
static const uint8_t *whose(struct token *t, uint64_t sub,
			    const struct cbor *params, uint8_t hash[32])
{
	struct resident *m = NULL;
	struct cbor want;

	if (sub == CREDENTIALS_BEGIN && cbor_int_key(params, 1, &want) &&
	    want.major == CBOR_BYTES && want.n == 32)
		return want.s;
	if ((sub == DELETE || sub == UPDATE_USER) &&
	    find(t, params, &m) == CTAP2_OK) {
		sha256(m->rp, strlen(m->rp), hash);
		return hash;
	}
	return NULL;
}

static int authorize(struct token *t, const struct cbor *req, uint64_t sub,
		     const struct cbor *params)
{
	g_autoptr(GByteArray) message = g_byte_array_new();
	uint8_t hash[32];
	struct cbor mac;
	bool uv = false;

	/* without a PIN there is nothing to prove, and nothing to see */
	if (!cbor_int_key(req, P_AUTH, &mac) || mac.n == 0)
		return CTAP2_ERR_PUAT_REQUIRED;
	put8(message, (unsigned)sub);
	if (params->raw)
		put(message, params->raw, params->rawlen);
	if (sub != DELETE && sub != UPDATE_USER &&
	    pin_lasting(t, req, P_AUTH, P_PROTOCOL, message->data,
			message->len))
		return CTAP2_OK;
	return pin_authorize(t, req, P_AUTH, P_PROTOCOL, message->data,
			     message->len, PERM_CM,
			     whose(t, sub, params, hash), true, &uv);
}

static int metadata(struct token *t, const struct cbor *params,
		    GByteArray *out)
{
	(void)params;
	cbor_put_map(out, 2);
	cbor_put_int(out, 1), cbor_put_int(out, t->residents->len);
	cbor_put_int(out, 2);
	cbor_put_int(out, (int64_t)t->p.rk_max - t->residents->len);
	return CTAP2_OK;
}

static int (*const subcommands[])(struct token *t, const struct cbor *params,
				  GByteArray *out) = {
	[METADATA] = metadata, [RPS_BEGIN] = begin_rps,
	[CREDENTIALS_BEGIN] = begin_credentials, [DELETE] = delete,
	[UPDATE_USER] = update_user,
};

int ctap2_credential_management(struct token *t, const struct call *call,
				GByteArray *out)
{
	const struct cbor *req = &call->req;
	struct cbor sub, params = { .major = CBOR_MAP };
	bool has;
	int r;

	if ((r = ctap2_need(req, P_SUB, CBOR_UINT, &sub)) ||
	    (r = ctap2_may(req, P_PARAMS, CBOR_MAP, &has, &params)))
		return r;
	if (!has)
		params = (struct cbor){ .major = CBOR_MAP };
	if (sub.n == RPS_NEXT || sub.n == CREDENTIALS_NEXT)
		return next(t, (unsigned)sub.n, out);
	if (sub.n >= G_N_ELEMENTS(subcommands) || !subcommands[sub.n])
		return t->p.ctap21 ? CTAP2_ERR_INVALID_SUBCOMMAND :
		       CTAP1_ERR_INVALID_PARAMETER;
	if ((r = authorize(t, req, sub.n, &params)))
		return r;
	return subcommands[sub.n](t, &params, out);
}
