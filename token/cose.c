/* SPDX-License-Identifier: Apache-2.0 */
/* COSE public keys and signatures over OpenSSL. */
#include "token/authdata.h"

#include "token/tcbor.h"

#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/es384.h>
#include <fido/rs256.h>
#include <stdlib.h>
#include <string.h>

/* Labels of RFC 9052 section 7 and RFC 9053 section 7 */
enum { LABEL_KTY = 1, LABEL_ALG = 3, LABEL_CRV = -1, LABEL_X = -2,
	LABEL_Y = -3, LABEL_N = -1, LABEL_E = -2 };

static EVP_PKEY *load_es256(const unsigned char *xy, size_t n)
{
	es256_pk_t *pk = es256_pk_new();
	EVP_PKEY *key = NULL;

	if (pk && es256_pk_from_ptr(pk, xy, n) == FIDO_OK)
		key = es256_pk_to_EVP_PKEY(pk);
	es256_pk_free(&pk);
	return key;
}

static EVP_PKEY *load_es384(const unsigned char *xy, size_t n)
{
	es384_pk_t *pk = es384_pk_new();
	EVP_PKEY *key = NULL;

	if (pk && es384_pk_from_ptr(pk, xy, n) == FIDO_OK)
		key = es384_pk_to_EVP_PKEY(pk);
	es384_pk_free(&pk);
	return key;
}

static EVP_PKEY *load_eddsa(const unsigned char *x, size_t n)
{
	eddsa_pk_t *pk = eddsa_pk_new();
	EVP_PKEY *key = NULL;

	if (pk && eddsa_pk_from_ptr(pk, x, n) == FIDO_OK)
		key = eddsa_pk_to_EVP_PKEY(pk);
	eddsa_pk_free(&pk);
	return key;
}

/* n || e of a 2048-bit key */
static EVP_PKEY *load_rs256(const unsigned char *ne, size_t n)
{
	rs256_pk_t *pk = rs256_pk_new();
	EVP_PKEY *key = NULL;

	if (pk && rs256_pk_from_ptr(pk, ne, n) == FIDO_OK)
		key = rs256_pk_to_EVP_PKEY(pk);
	rs256_pk_free(&pk);
	return key;
}

static const struct kind {
	int alg;
	int64_t kty;
	int64_t crv;   /* 0: none */
	int64_t first, second; /* labels of the parts; second 0: none */
	size_t first_n, second_n;
	int pkey_type;
	const EVP_MD *(*digest)(void);
	EVP_PKEY *(*load)(const unsigned char *, size_t);
} kinds[] = {
	{ COSE_ALG_ES256, 2, 1, LABEL_X, LABEL_Y, 32, 32, EVP_PKEY_EC,
		EVP_sha256, load_es256 },
	{ COSE_ALG_ES384, 2, 2, LABEL_X, LABEL_Y, 48, 48, EVP_PKEY_EC,
		EVP_sha384, load_es384 },
	{ COSE_ALG_EDDSA, 1, 6, LABEL_X, 0, 32, 0, EVP_PKEY_ED25519, NULL,
		load_eddsa },
	{ COSE_ALG_RS256, 3, 0, LABEL_N, LABEL_E, 256, 3, EVP_PKEY_RSA,
		EVP_sha256, load_rs256 },
};

static const struct kind *kind_of(int64_t alg)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i].alg == alg)
			return &kinds[i];
	return NULL;
}

static bool has_int(cbor_item_t *map, int64_t label, int64_t want)
{
	int64_t v;

	return tcbor_int(tcbor_get_int(map, label), &v) == 0 && v == want;
}

/* Both parts, one behind the other, each of its exact length. */
static bool get_parts(cbor_item_t *map, const struct kind *k,
	unsigned char *ret)
{
	const unsigned char *p;
	size_t n;

	p = tcbor_bytes(tcbor_get_int(map, k->first), &n);
	if (!p || n != k->first_n)
		return false;
	memcpy(ret, p, n);
	if (!k->second)
		return true;
	p = tcbor_bytes(tcbor_get_int(map, k->second), &n);
	if (!p || n != k->second_n)
		return false;
	memcpy(ret + k->first_n, p, n);
	return true;
}

int cose_key_load(const unsigned char *p, size_t n, EVP_PKEY **ret,
	int *ret_alg, struct error *err)
{
	CLEANUP(tcbor_done) cbor_item_t *map = NULL;
	unsigned char parts[256 + 3];
	const struct kind *k;
	int64_t alg;
	EVP_PKEY *key;
	int r;

	r = tcbor_load(p, n, &map, err);
	if (r < 0)
		return r;
	if (tcbor_int(tcbor_get_int(map, LABEL_ALG), &alg) < 0)
		return error_set(err, ERROR_MALFORMED,
			"a COSE key without an algorithm");
	k = kind_of(alg);
	if (!k)
		return error_set(err, ERROR_UNSUPPORTED,
			"COSE algorithm %lld is not supported",
			(long long)alg);
	if (!has_int(map, LABEL_KTY, k->kty) ||
		(k->crv && !has_int(map, LABEL_CRV, k->crv)) ||
		!get_parts(map, k, parts))
		return error_set(err, ERROR_MALFORMED,
			"a COSE key that does not fit its algorithm %d",
			k->alg);
	key = k->load(parts, k->first_n + k->second_n);
	if (!key)
		return error_set(err, ERROR_MALFORMED,
			"a COSE key that is no valid public key");
	*ret = key;
	*ret_alg = k->alg;
	return 0;
}

int cose_key_point(const unsigned char *p, size_t n, unsigned char ret[65])
{
	CLEANUP(tcbor_done) cbor_item_t *map = NULL;
	unsigned char xy[64];

	if (tcbor_load(p, n, &map, NULL) < 0 ||
		!get_parts(map, &kinds[0], xy))
		return -1;
	ret[0] = 4;
	memcpy(ret + 1, xy, sizeof(xy));
	return 0;
}

bool cose_verify(EVP_PKEY *key, int alg, const void *a, size_t a_n,
	const void *b, size_t b_n, const unsigned char *sig, size_t sig_n)
{
	const struct kind *k = kind_of(alg);
	EVP_MD_CTX *ctx;
	unsigned char *all;
	bool good = false;

	/* a certificate's key may be of a type that OpenSSL does not know */
	if (!k || !key || EVP_PKEY_get_base_id(key) != k->pkey_type)
		return false;
	/* one block: EdDSA has no streaming form */
	all = malloc(a_n + b_n + 1);
	ctx = EVP_MD_CTX_new();
	if (all && ctx) {
		if (a_n)
			memcpy(all, a, a_n);
		if (b_n)
			memcpy(all + a_n, b, b_n);
		good = EVP_DigestVerifyInit(ctx, NULL,
			       k->digest ? k->digest() : NULL, NULL, key) == 1 &&
			EVP_DigestVerify(ctx, sig, sig_n, all, a_n + b_n) == 1;
	}
	EVP_MD_CTX_free(ctx);
	free(all);
	return good;
}
