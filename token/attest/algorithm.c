/* SPDX-License-Identifier: Apache-2.0 */
/* COSE algorithms that are not verified here. */
#include "token/attest/private.h"

#include <limits.h>
#include <openssl/objects.h>
#include <stdio.h>
#include <string.h>

#define OID_LEN 64
#define OID_EC "1.2.840.10045.2.1"
#define OID_RSA "1.2.840.113549.1.1.1"

/* Labels of RFC 9052 section 7 and RFC 9053 section 7 */
enum { LABEL_KTY = 1, LABEL_ALG = 3, LABEL_CRV = -1 };
enum { KTY_EC2 = 2, KTY_RSA = 3, KTY_HSS_LMS = 5, KTY_AKP = 7 };

/* RFC 8230, 8812, 8778, 9864; AKP and ML-DSA: draft-ietf-cose-dilithium */
static const struct algorithm {
	int64_t alg;
	const char *name;
	int64_t kty;
	int64_t crv;     /* 0: none */
	const char *key; /* a certificate's: its type's OID, or its curve's */
} algorithms[] = {
	{ -37, "PS256", KTY_RSA, 0, OID_RSA },
	{ -38, "PS384", KTY_RSA, 0, OID_RSA },
	{ -39, "PS512", KTY_RSA, 0, OID_RSA },
	{ -46, "HSS-LMS", KTY_HSS_LMS, 0, "1.2.840.113549.1.9.16.3.17" },
	{ -47, "ES256K", KTY_EC2, 8, "1.3.132.0.10" },
	{ -48, "ML-DSA-44", KTY_AKP, 0, "2.16.840.1.101.3.4.3.17" },
	{ -49, "ML-DSA-65", KTY_AKP, 0, "2.16.840.1.101.3.4.3.18" },
	{ -50, "ML-DSA-87", KTY_AKP, 0, "2.16.840.1.101.3.4.3.19" },
	{ -258, "RS384", KTY_RSA, 0, OID_RSA },
	{ -259, "RS512", KTY_RSA, 0, OID_RSA },
	{ -265, "ESB256", KTY_EC2, 256, "1.3.36.3.3.2.8.1.1.7" },
	{ -266, "ESB320", KTY_EC2, 257, "1.3.36.3.3.2.8.1.1.9" },
	{ -267, "ESB384", KTY_EC2, 258, "1.3.36.3.3.2.8.1.1.11" },
	{ -268, "ESB512", KTY_EC2, 259, "1.3.36.3.3.2.8.1.1.13" },
	{ -65535, "RS1", KTY_RSA, 0, OID_RSA },
};

/* Keys of the algorithms that are verified: P-256 to P-521, Ed25519, Ed448 */
static const char *const verified[] = { "1.2.840.10045.3.1.7", "1.3.132.0.34",
	"1.3.132.0.35", "1.3.101.112", "1.3.101.113" };

static const struct algorithm *algorithm_find(int64_t alg)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(algorithms); i++)
		if (algorithms[i].alg == alg)
			return &algorithms[i];
	return NULL;
}

void algorithm_name(int64_t alg, char ret[ALGORITHM_NAME_LEN])
{
	const struct algorithm *a = algorithm_find(alg);

	if (a)
		snprintf(ret, ALGORITHM_NAME_LEN, "%s (%lld)", a->name,
			(long long)alg);
	else
		snprintf(ret, ALGORITHM_NAME_LEN, "%lld", (long long)alg);
}

int algorithm_of_key(const unsigned char *p, size_t n, int *ret_alg,
	struct error *err)
{
	CLEANUP(tcbor_done) cbor_item_t *map = NULL;
	const struct algorithm *a;
	int64_t alg, kty, crv = 0;
	int r;

	r = tcbor_load(p, n, &map, err);
	if (r < 0)
		return r;
	if (tcbor_int(tcbor_get_int(map, LABEL_ALG), &alg) < 0 ||
		tcbor_int(tcbor_get_int(map, LABEL_KTY), &kty) < 0 ||
		alg < INT_MIN || alg > INT_MAX)
		return error_set(err, ERROR_MALFORMED,
			"a COSE key without a type or an algorithm");
	a = algorithm_find(alg);
	if (a && (kty != a->kty || (a->crv && (tcbor_int(tcbor_get_int(map,
			LABEL_CRV), &crv) < 0 || crv != a->crv))))
		return error_set(err, ERROR_MALFORMED,
			"a COSE key that does not fit its algorithm %s (%lld)",
			a->name, (long long)alg);
	*ret_alg = (int)alg;
	return 0;
}

/* What the certificate calls its key: a curve's OID, or a type's. */
static bool key_oid(X509 *cert, char ret[OID_LEN])
{
	ASN1_OBJECT *type = NULL;
	const ASN1_OBJECT *of;
	const void *value = NULL;
	X509_ALGOR *algor = NULL;
	int kind = V_ASN1_UNDEF;

	if (X509_PUBKEY_get0_param(&type, NULL, NULL, &algor,
		    X509_get_X509_PUBKEY(cert)) != 1)
		return false;
	OBJ_obj2txt(ret, OID_LEN, type, 1);
	if (strcmp(ret, OID_EC) != 0)
		return true;
	X509_ALGOR_get0(&of, &kind, &value, algor);
	if (kind != V_ASN1_OBJECT)
		return false;
	OBJ_obj2txt(ret, OID_LEN, value, 1);
	return true;
}

static bool has_algorithms(const char *oid)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(verified); i++)
		if (strcmp(verified[i], oid) == 0)
			return true;
	for (i = 0; i < ARRAY_LEN(algorithms); i++)
		if (strcmp(algorithms[i].key, oid) == 0)
			return true;
	return false;
}

bool algorithm_fits(int64_t alg, X509 *cert)
{
	const struct algorithm *a = algorithm_find(alg);
	char oid[OID_LEN];

	if (!key_oid(cert, oid))
		return false;
	return a ? strcmp(a->key, oid) == 0 : !has_algorithms(oid);
}
