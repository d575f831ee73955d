/*
 * The attestation format "tpm" (WebAuthn 8.3): a key that is said to be in a
 * TPM 2.0, certified by the TPM's attestation identity key.
 */
#include "att.h"
#include "cert.h"
#include "key.h"

#include <string.h>

/* of the TPM library specification, part 2 */
enum {
	ALG_NULL = 0x0010, ALG_SHA256 = 0x000b,
	ALG_ECC = 0x0023, ST_ATTEST_CERTIFY = 0x8017, CURVE_P256 = 3,
	CURVE_P384 = 4
};
/* fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, sign */
#define ATTRIBUTES 0x00040072u
#define GENERATED 0xff544347u	/* magic: made inside */

static const struct tpm_alg {
	const char *name;
	int cose;
	const char *md;
	bool rsa;
} tpm_algs[] = {
	{ "es256", -7, "SHA256", false },
	{ "rs256", -257, "SHA256", true },
	{ "rs1", -65535, "SHA1", true },
};

static const struct tpm_alg *tpm_alg(const struct token *t)
{
	for (size_t i = 0; i < G_N_ELEMENTS(tpm_algs); i++)
		if (t->tpm_alg && !strcmp(tpm_algs[i].name, t->tpm_alg))
			return &tpm_algs[i];
	return &tpm_algs[0];
}

static void put_sized(GByteArray *b, const void *p, size_t n)
{
	put16(b, (unsigned)n);
	put(b, p, n);
}

/* TPMT_PUBLIC */
static GByteArray *pub_area(const struct credential *c)
{
	static const uint8_t policy[32];
	GByteArray *b = g_byte_array_new();
	size_t n = c->alg->coordinate;
	uint8_t xy[96];

	c->alg->public(c->d, xy);
	put16(b, ALG_ECC);
	put16(b, ALG_SHA256);
	put32(b, ATTRIBUTES);
	put_sized(b, policy, sizeof policy);
	put16(b, ALG_NULL);	/* symmetric */
	put16(b, ALG_NULL);	/* scheme */
	put16(b, n == 32 ? CURVE_P256 : CURVE_P384);
	put16(b, ALG_NULL);	/* KDF */
	put_sized(b, xy, n);
	put_sized(b, xy + n, n);
	return b;
}

/* TPM2B_NAME: the hash's number, the hash */
static void put_name(GByteArray *b, const uint8_t hash[32])
{
	put16(b, 34);
	put16(b, ALG_SHA256);
	put(b, hash, 32);
}

/* TPMS_ATTEST of the public area, with the message's hash in it */
static GByteArray *cert_info(struct token *t, const struct tpm_alg *alg,
			     const GByteArray *pub, const GByteArray *message)
{
	GByteArray *b = g_byte_array_new();
	uint8_t hash[32], digest[64];
	size_t n = digest_of(alg->md, message->data, message->len, digest);

	put32(b, GENERATED);
	put16(b, ST_ATTEST_CERTIFY);
	sha256(t->leaf->data, t->leaf->len, hash);
	put_name(b, hash);			/* qualifiedSigner */
	put_sized(b, digest, n);		/* extraData */
	put32(b, 0), put32(b, t->counter);	/* clock, in ms */
	put32(b, 1), put32(b, 0);		/* resets, restarts */
	put8(b, 1);				/* safe */
	put32(b, 0), put(b, t->p.fw, 3), put8(b, 0);
	sha256(pub->data, pub->len, hash);
	put_name(b, hash);
	sha256(hash, sizeof hash, hash);
	put_name(b, hash);			/* qualifiedName */
	return b;
}

static size_t sign(struct token *t, const struct tpm_alg *alg,
		   const GByteArray *info, uint8_t ret[512])
{
	size_t n;

	if (!alg->rsa)
		return att_sign(t, t->att_d, info, ret);
	n = rsa_sign(t->att_rsa, alg->md, info->data, info->len, ret);
	if (token_misbehaves(t, M_FORGE_ATTESTATION, NULL))
		ret[n - 1] ^= 1;
	return n;
}

void att_put_tpm(struct token *t, const struct attested *a, GByteArray *out)
{
	const struct tpm_alg *alg = tpm_alg(t);
	g_autoptr(GByteArray) message = att_message(t, a);
	g_autoptr(GByteArray) pub = pub_area(a->c), info = NULL;
	uint8_t sig[512];
	size_t n;

	info = cert_info(t, alg, pub, message);
	n = sign(t, alg, info, sig);
	cbor_put_map(out, 6);
	cbor_put_text(out, "alg"), cbor_put_int(out, alg->cose);
	cbor_put_text(out, "sig"), cbor_put_bytes(out, sig, n);
	cbor_put_text(out, "ver"), cbor_put_text(out, "2.0");
	att_put_x5c(t, t->leaf, out);
	cbor_put_text(out, "pubArea");
	cbor_put_bytes(out, pub->data, pub->len);
	cbor_put_text(out, "certInfo");
	cbor_put_bytes(out, info->data, info->len);
}
