/* SPDX-License-Identifier: Apache-2.0 */
/* A TPM's public areas and certificates of keys. */
#include "token/attest/tpm-structures.h"

#include "base/wire.h"
#include "token/attest/authdata.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <string.h>

#define MAGIC 0xff544347u /* TPM_GENERATED_VALUE */
#define CERTIFY 0x8017u   /* TPM_ST_ATTEST_CERTIFY */
#define NAME_MAX_N 66     /* TPMU_NAME: an algorithm and its largest hash */
#define NUMBER_MAX 512    /* MAX_RSA_KEY_BYTES of 4096 bits */

static const struct {
	uint16_t alg;
	const EVP_MD *(*md)(void);
} hashes[] = {
	{ TPM_SHA256, EVP_sha256 },
	{ TPM_SHA384, EVP_sha384 },
	{ TPM_SHA512, EVP_sha512 },
};

static const struct {
	uint16_t curve;
	const char *group;
} curves[] = {
	{ 3, "prime256v1" },
	{ 4, "secp384r1" },
	{ 5, "secp521r1" },
};

static int tpm_malformed(struct error *err, const char *what)
{
	return error_set(err, ERROR_MALFORMED, "%s", what);
}

/* TPM2B_*: a length, then at most `most` bytes */
static const unsigned char *get_sized(struct wire_reader *r, size_t most,
	size_t *ret_n)
{
	const unsigned char *p = wire_get_bytes(r, ret_n);

	if (*ret_n > most)
		r->failed = true;
	return p;
}

/* A scheme is none, or one that signs with a hash named behind it. */
static bool skip_scheme(struct wire_reader *r, uint16_t type)
{
	uint64_t scheme = wire_get_be(r, 2);

	if (scheme == TPM_NULL)
		return true;
	(void)wire_get_be(r, 2);
	return type == TPM_ECC ? scheme == TPM_ECDSA :
		scheme == TPM_RSASSA || scheme == TPM_RSAPSS;
}

static int parse_rsa(struct wire_reader *r, struct tpm_public *a,
	struct error *err)
{
	a->bits = (uint16_t)wire_get_be(r, 2);
	a->exponent = (uint32_t)wire_get_be(r, 4);
	if (a->exponent == 0)
		a->exponent = 65537;
	a->x = get_sized(r, NUMBER_MAX, &a->x_n);
	if (r->failed || a->x_n * 8 != a->bits)
		return tpm_malformed(err,
			"an RSA modulus that is not of keyBits");
	return 0;
}

static int parse_ecc(struct wire_reader *r, struct tpm_public *a,
	struct error *err)
{
	a->curve = (uint16_t)wire_get_be(r, 2);
	if (wire_get_be(r, 2) != TPM_NULL)
		return tpm_malformed(err, "a key derivation scheme");
	a->x = get_sized(r, NUMBER_MAX, &a->x_n);
	a->y = get_sized(r, NUMBER_MAX, &a->y_n);
	return r->failed ? tpm_malformed(err, "a point that is cut off") : 0;
}

int tpm_public_parse(const unsigned char *p, size_t n, struct tpm_public *ret,
	struct error *err)
{
	struct wire_reader r = { .p = p, .n = n };
	struct tpm_public a = { 0 };
	size_t policy_n;
	int code;

	a.type = (uint16_t)wire_get_be(&r, 2);
	a.name_alg = (uint16_t)wire_get_be(&r, 2);
	a.attributes = (uint32_t)wire_get_be(&r, 4);
	get_sized(&r, NAME_MAX_N, &policy_n);
	if (r.failed || (a.type != TPM_RSA && a.type != TPM_ECC))
		return tpm_malformed(err, "a key that is neither RSA nor ECC");
	if (wire_get_be(&r, 2) != TPM_NULL)
		return tpm_malformed(err, "a key that does not sign");
	if (!skip_scheme(&r, a.type))
		return tpm_malformed(err, "an unknown signature scheme");
	code = a.type == TPM_RSA ? parse_rsa(&r, &a, err) :
				   parse_ecc(&r, &a, err);
	if (code < 0)
		return code;
	if (!wire_done(&r))
		return error_set(err, ERROR_MALFORMED, "%zu bytes too many",
			r.n);
	*ret = a;
	return 0;
}

int tpm_certify_parse(const unsigned char *p, size_t n,
	struct tpm_certify *ret, struct error *err)
{
	struct wire_reader r = { .p = p, .n = n };
	struct tpm_certify c;
	size_t other_n;

	if (wire_get_be(&r, 4) != MAGIC)
		return tpm_malformed(err,
			"no structure that a TPM made (magic)");
	if (wire_get_be(&r, 2) != CERTIFY)
		return tpm_malformed(err, "no certificate of a key (type)");
	get_sized(&r, NAME_MAX_N, &other_n); /* qualifiedSigner */
	c.extra = get_sized(&r, NAME_MAX_N, &c.extra_n);
	/* clockInfo, of which the specification's example has safe = 0x33 */
	(void)wire_get_be(&r, 8);
	(void)wire_get_be(&r, 8);
	(void)wire_get_be(&r, 1);
	(void)wire_get_be(&r, 8); /* firmwareVersion */
	c.name = get_sized(&r, NAME_MAX_N, &c.name_n);
	get_sized(&r, NAME_MAX_N, &other_n); /* qualifiedName */
	if (r.failed)
		return tpm_malformed(err, "cut off, or a name too long");
	if (!wire_done(&r))
		return error_set(err, ERROR_MALFORMED, "%zu bytes too many",
			r.n);
	*ret = c;
	return 0;
}

bool tpm_name_is(const struct tpm_public *area, const unsigned char *p,
	size_t n, const unsigned char *name, size_t name_n)
{
	unsigned char want[2 + EVP_MAX_MD_SIZE];
	unsigned md_n = 0;
	size_t i;

	for (i = 0; i < ARRAY_LEN(hashes); i++)
		if (hashes[i].alg == area->name_alg)
			break;
	if (i == ARRAY_LEN(hashes) ||
		EVP_Digest(p, n, want + 2, &md_n, hashes[i].md(), NULL) != 1)
		return false;
	want[0] = (unsigned char)(area->name_alg >> 8);
	want[1] = (unsigned char)area->name_alg;
	return name_n == 2u + md_n && memcmp(name, want, name_n) == 0;
}

/* Numbers: a coordinate may stand without its leading zeros. */
static bool number_is(EVP_PKEY *key, const char *param,
	const unsigned char *p, size_t n)
{
	BIGNUM *is = NULL, *want = BN_bin2bn(p, (int)n, NULL);
	bool same;

	same = want && EVP_PKEY_get_bn_param(key, param, &is) == 1 &&
		BN_cmp(is, want) == 0;
	BN_free(is);
	BN_free(want);
	return same;
}

static bool is_rsa(const struct tpm_public *a, EVP_PKEY *key)
{
	unsigned char e[4] = { (unsigned char)(a->exponent >> 24),
		(unsigned char)(a->exponent >> 16),
		(unsigned char)(a->exponent >> 8), (unsigned char)a->exponent };

	return EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA &&
		number_is(key, OSSL_PKEY_PARAM_RSA_E, e, sizeof(e)) &&
		number_is(key, OSSL_PKEY_PARAM_RSA_N, a->x, a->x_n);
}

bool tpm_public_is(const struct tpm_public *a, EVP_PKEY *key)
{
	size_t i;

	if (a->type == TPM_RSA)
		return is_rsa(a, key);
	for (i = 0; i < ARRAY_LEN(curves); i++)
		if (curves[i].curve == a->curve)
			return cose_key_is_on(key, curves[i].group) &&
				number_is(key, OSSL_PKEY_PARAM_EC_PUB_X, a->x,
					a->x_n) &&
				number_is(key, OSSL_PKEY_PARAM_EC_PUB_Y, a->y,
					a->y_n);
	return false;
}
