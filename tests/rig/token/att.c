/* Attestation statements. */
#include "att.h"

#include "cert.h"
#include "key.h"

#include <string.h>

GByteArray *att_message(struct token *t, const struct attested *a)
{
	GByteArray *m = g_byte_array_new();
	uint8_t fixed[32];

	put(m, a->ad->data, a->ad->len);
	sha256("a challenge of yesterday", 24, fixed);
	put(m, token_misbehaves(t, M_FIXED_CHALLENGE, NULL) ? fixed : a->cdh,
	    32);
	return m;
}

size_t att_sign(struct token *t, const uint8_t d[32], const GByteArray *m,
		uint8_t ret[SIGNATURE])
{
	uint8_t other[32];

	/* well formed, by a key that nobody vouches for */
	p256_new(other);
	return p256_sign(token_misbehaves(t, M_FORGE_ATTESTATION, NULL) ?
			 other : d, m->data, m->len, ret);
}

void att_put_x5c(struct token *t, const GByteArray *leaf, GByteArray *out)
{
	bool chain = t->send_chain && t->chain->len;

	cbor_put_text(out, "x5c");
	cbor_put_array(out, chain ? 2 : 1);
	cbor_put_bytes(out, leaf->data, leaf->len);
	if (chain)
		cbor_put_bytes(out, t->chain->data, t->chain->len);
}

static void put_x5c(struct token *t, const struct attested *a,
		    GByteArray *out)
{
	g_autoptr(GByteArray) m = att_message(t, a);
	g_autoptr(GByteArray) leaf = g_byte_array_new();
	uint8_t sig[SIGNATURE], d[32];
	size_t n;

	memcpy(d, t->att_d, sizeof d);
	put(leaf, t->leaf->data, t->leaf->len);
	if (a->enterprise)
		token_enterprise_leaf(t, d, leaf);
	n = att_sign(t, d, m, sig);
	cbor_put_map(out, 3);
	cbor_put_text(out, "alg"), cbor_put_int(out, -7);
	cbor_put_text(out, "sig"), cbor_put_bytes(out, sig, n);
	att_put_x5c(t, leaf, out);
}

static void put_self(struct token *t, const struct attested *a,
		     GByteArray *out)
{
	g_autoptr(GByteArray) m = att_message(t, a);
	uint8_t sig[SIGNATURE], other[32];
	bool forge = token_misbehaves(t, M_FORGE_ATTESTATION, NULL);
	size_t n;

	p256_new(other);
	n = a->c->alg->sign(forge ? other : a->c->d, m->data, m->len, sig);
	cbor_put_map(out, 2);
	cbor_put_text(out, "alg"), cbor_put_int(out, a->c->alg->cose);
	cbor_put_text(out, "sig"), cbor_put_bytes(out, sig, n);
}

static void put_none(struct token *t, const struct attested *a,
		     GByteArray *out)
{
	(void)t;
	(void)a;
	cbor_put_map(out, 0);
}

/* as a U2F registration says it: no authenticator data in it */
static void put_u2f(struct token *t, const struct attested *a,
		    GByteArray *out)
{
	g_autoptr(GByteArray) cdh = att_message(t, a);
	g_autoptr(GByteArray) m = g_byte_array_new();
	uint8_t sig[SIGNATURE], xy[64];
	size_t n;

	p256_public(a->c->d, xy);
	put8(m, 0);
	put(m, a->rp_hash, 32);
	put(m, cdh->data + cdh->len - 32, 32);
	put(m, a->id, CREDENTIAL_ID);
	put8(m, 4);
	put(m, xy, sizeof xy);
	n = att_sign(t, t->att_d, m, sig);
	cbor_put_map(out, 2);
	cbor_put_text(out, "sig"), cbor_put_bytes(out, sig, n);
	att_put_x5c(t, t->leaf, out);
}

static const struct {
	const char *format;
	void (*put)(struct token *t, const struct attested *a,
		    GByteArray *out);
	bool es256_only, no_eddsa;
} formats[] = {
	[ATT_X5C] = { "packed", put_x5c, false, false },
	[ATT_SELF] = { "packed", put_self, false, false },
	[ATT_NONE] = { "none", put_none, false, false },
	[ATT_TPM] = { "tpm", att_put_tpm, false, true },
	[ATT_U2F] = { "fido-u2f", put_u2f, true, false },
	/* a format that nobody has defined, with a statement like packed's */
	[ATT_UNKNOWN] = { "example-future", put_x5c, false, false },
};

bool att_can(const struct token *t, const struct alg *a)
{
	if (formats[t->p.att].es256_only && a->cose != -7)
		return false;
	return !formats[t->p.att].no_eddsa || a->coordinate;
}

void att_put(struct token *t, const struct attested *a, GByteArray *out)
{
	cbor_put_int(out, 1), cbor_put_text(out, formats[t->p.att].format);
	cbor_put_int(out, 2), cbor_put_bytes(out, a->ad->data, a->ad->len);
	cbor_put_int(out, 3);
	formats[t->p.att].put(t, a, out);
}
