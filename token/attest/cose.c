/* SPDX-License-Identifier: Apache-2.0 */
/* COSE public keys and signatures over OpenSSL. */
#include "token/attest/authdata.h"

#include "token/attest/attest.h"
#include "token/attest/cbor.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <stdlib.h>
#include <string.h>

/* Labels of RFC 9052 section 7, RFC 9053 section 7 and RFC 8230 section 4 */
enum { LABEL_KTY = 1, LABEL_ALG = 3, LABEL_CRV = -1, LABEL_X = -2,
	LABEL_Y = -3, LABEL_N = -1, LABEL_E = -2 };

#define COORDINATE_MAX 66 /* of P-521 */
#define RSA_BITS_MIN 2048

/* Both members of a key, borrowed from its map */
struct parts {
	const unsigned char *first, *second;
	size_t first_n, second_n;
};

static const struct kind {
	int alg;
	int full;              /* the same, fully specified; 0: none */
	int64_t kty;
	int64_t crv;           /* 0: none */
	int64_t first, second; /* labels of the parts; second 0: none */
	size_t least, most, second_n; /* lengths of the first, the second */
	int pkey_type;
	const char *group;
	const EVP_MD *(*digest)(void);
} kinds[] = {
	{ COSE_ALG_ES256, COSE_ALG_ESP256, 2, 1, LABEL_X, LABEL_Y, 32, 32, 32, EVP_PKEY_EC,
		"prime256v1", EVP_sha256 },
	{ COSE_ALG_ES384, COSE_ALG_ESP384, 2, 2, LABEL_X, LABEL_Y, 48, 48, 48, EVP_PKEY_EC,
		"secp384r1", EVP_sha384 },
	{ COSE_ALG_ES512, COSE_ALG_ESP512, 2, 3, LABEL_X, LABEL_Y, 66, 66, 66, EVP_PKEY_EC,
		"secp521r1", EVP_sha512 },
	{ COSE_ALG_EDDSA, COSE_ALG_ED25519, 1, 6, LABEL_X, 0, 32, 32, 0, EVP_PKEY_ED25519,
		NULL, NULL },
	{ COSE_ALG_ED448, 0, 1, 7, LABEL_X, 0, 57, 57, 0, EVP_PKEY_ED448, NULL,
		NULL },
	/* to 4096 bits; every exponent in use is 65537 */
	{ COSE_ALG_RS256, 0, 3, 0, LABEL_N, LABEL_E, RSA_BITS_MIN / 8, 512, 3,
		EVP_PKEY_RSA, NULL, EVP_sha256 },
};

static const struct kind *cose_kind_of(int64_t alg)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i].alg == alg ||
			(kinds[i].full && kinds[i].full == alg))
			return &kinds[i];
	return NULL;
}

bool cose_is_verified(int64_t alg)
{
	return cose_kind_of(alg) != NULL;
}

bool cose_is_same(int64_t a, int64_t b)
{
	return a == b || (cose_is_verified(a) &&
				 cose_kind_of(a) == cose_kind_of(b));
}

static bool has_int(cbor_item_t *map, int64_t label, int64_t want)
{
	int64_t v;

	return tcbor_int(tcbor_get_int(map, label), &v) == 0 && v == want;
}

/* Each of its right length. */
static bool get_parts(cbor_item_t *map, const struct kind *k,
	struct parts *ret)
{
	ret->first = tcbor_bytes(tcbor_get_int(map, k->first), &ret->first_n);
	if (!ret->first || ret->first_n < k->least || ret->first_n > k->most)
		return false;
	if (!k->second)
		return true;
	ret->second = tcbor_bytes(tcbor_get_int(map, k->second),
		&ret->second_n);
	return ret->second && ret->second_n == k->second_n;
}

/* A key that may be good, and is not verified by here. */
static bool is_rsa_beyond(cbor_item_t *map, const struct kind *k)
{
	size_t n_n, e_n;

	return k->kty == 3 && has_int(map, LABEL_KTY, 3) &&
		tcbor_bytes(tcbor_get_int(map, LABEL_N), &n_n) &&
		tcbor_bytes(tcbor_get_int(map, LABEL_E), &e_n) &&
		n_n >= k->least && e_n > 0 &&
		(n_n > k->most || e_n != k->second_n);
}

static EVP_PKEY *from_params(const char *type, OSSL_PARAM_BLD *bld)
{
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(bld);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	if (params && ctx && EVP_PKEY_fromdata_init(ctx) == 1)
		(void)EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY,
			params);
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	return key;
}

/* OpenSSL refuses a point that is not on the curve. */
static EVP_PKEY *load_ec(const struct kind *k, const struct parts *v)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	unsigned char point[1 + 2 * COORDINATE_MAX];
	EVP_PKEY *key = NULL;

	point[0] = 4;
	memcpy(point + 1, v->first, v->first_n);
	memcpy(point + 1 + v->first_n, v->second, v->second_n);
	if (bld && OSSL_PARAM_BLD_push_utf8_string(bld,
			   OSSL_PKEY_PARAM_GROUP_NAME, k->group, 0) == 1 &&
		OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY,
			point, 1 + v->first_n + v->second_n) == 1)
		key = from_params("EC", bld);
	OSSL_PARAM_BLD_free(bld);
	return key;
}

/* An exponent of 1 or 2 would make every signature good, or none. */
static EVP_PKEY *load_rsa(const struct parts *v)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	BIGNUM *n = BN_bin2bn(v->first, (int)v->first_n, NULL);
	BIGNUM *e = BN_bin2bn(v->second, (int)v->second_n, NULL);
	EVP_PKEY *key = NULL;

	if (bld && n && e && BN_num_bits(n) >= RSA_BITS_MIN &&
		v->first[0] != 0 && v->second[0] != 0 && BN_is_odd(e) &&
		OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
		OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, e) == 1)
		key = from_params("RSA", bld);
	BN_free(e);
	BN_free(n);
	OSSL_PARAM_BLD_free(bld);
	return key;
}

static EVP_PKEY *load_key(const struct kind *k, const struct parts *v)
{
	if (k->group)
		return load_ec(k, v);
	if (k->pkey_type == EVP_PKEY_RSA)
		return load_rsa(v);
	return EVP_PKEY_new_raw_public_key(k->pkey_type, NULL, v->first,
		v->first_n);
}

int cose_key_load(const unsigned char *p, size_t n, EVP_PKEY **ret,
	int *ret_alg, struct error *err)
{
	CLEANUP(tcbor_done) cbor_item_t *map = NULL;
	struct parts parts;
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
	k = cose_kind_of(alg);
	if (!k)
		return error_set(err, ERROR_UNSUPPORTED,
			"COSE algorithm %lld is not supported",
			(long long)alg);
	if (is_rsa_beyond(map, k))
		return error_set(err, ERROR_UNSUPPORTED,
			"an RSA key of more than %zu bits, or with a public "
			"exponent that nobody uses", 8 * k->most);
	if (!has_int(map, LABEL_KTY, k->kty) ||
		(k->crv && !has_int(map, LABEL_CRV, k->crv)) ||
		!get_parts(map, k, &parts))
		return error_set(err, ERROR_MALFORMED,
			"a COSE key that does not fit its algorithm %lld",
			(long long)alg);
	key = load_key(k, &parts);
	if (!key)
		return error_set(err, ERROR_MALFORMED,
			"a COSE key that is no valid public key");
	*ret = key;
	*ret_alg = (int)alg;
	return 0;
}

int cose_key_point(const unsigned char *p, size_t n, unsigned char ret[65])
{
	CLEANUP(tcbor_done) cbor_item_t *map = NULL;
	struct parts xy;

	if (tcbor_load(p, n, &map, NULL) < 0 ||
		!get_parts(map, &kinds[0], &xy))
		return -1;
	ret[0] = 4;
	memcpy(ret + 1, xy.first, 32);
	memcpy(ret + 33, xy.second, 32);
	return 0;
}

const EVP_MD *cose_digest(int64_t alg)
{
	const struct kind *k = cose_kind_of(alg);

	return k && k->digest ? k->digest() : NULL;
}

bool cose_key_is_on(EVP_PKEY *key, const char *group)
{
	char name[32];

	return key && EVP_PKEY_get_group_name(key, name, sizeof(name),
			      NULL) == 1 && strcmp(name, group) == 0;
}

/* A certificate's key may be of any type, even one OpenSSL does not know. */
static bool key_fits(EVP_PKEY *key, int type, const char *group)
{
	if (!key || EVP_PKEY_get_base_id(key) != type)
		return false;
	if (type == EVP_PKEY_RSA)
		return EVP_PKEY_get_bits(key) >= RSA_BITS_MIN;
	return !group || cose_key_is_on(key, group);
}

static bool verify_digest(EVP_PKEY *key, const EVP_MD *md,
	const unsigned char *p,
	size_t n, const unsigned char *sig, size_t sig_n)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good;

	good = ctx && EVP_DigestVerifyInit(ctx, NULL, md, NULL, key) == 1 &&
		EVP_DigestVerify(ctx, sig, sig_n, p, n) == 1;
	EVP_MD_CTX_free(ctx);
	return good;
}

bool cose_verify(EVP_PKEY *key, int alg, const void *a, size_t a_n,
	const void *b, size_t b_n, const unsigned char *sig, size_t sig_n)
{
	const struct kind *k = cose_kind_of(alg);
	unsigned char *all;
	bool good;

	if (!k || !key_fits(key, k->pkey_type, k->group))
		return false;
	/* one block: EdDSA has no streaming form */
	all = malloc(a_n + b_n + 1);
	if (!all)
		return false;
	if (a_n)
		memcpy(all, a, a_n);
	if (b_n)
		memcpy(all + a_n, b, b_n);
	good = verify_digest(key, k->digest ? k->digest() : NULL, all,
		a_n + b_n, sig, sig_n);
	free(all);
	return good;
}

/* One DER integer of at most 127 bytes, without needless zeros. */
static bool put_short_integer(struct buf *b, const unsigned char **p,
	size_t *n)
{
	const unsigned char *v = *p + 2;
	size_t len = *n < 2 ? 0 : (*p)[1];

	if (len == 0 || len > 127 || (*p)[0] != 0x02 || len > *n - 2)
		return false;
	*p += 2 + len;
	*n -= 2 + len;
	for (; len > 1 && v[0] == 0; len--)
		v++;
	buf_put_byte(b, 0x02);
	buf_put_byte(b, (unsigned char)(len + (v[0] >> 7)));
	if (v[0] & 0x80)
		buf_put_byte(b, 0);
	buf_put(b, v, len);
	return true;
}

void cose_shorten_ecdsa(const unsigned char *p, size_t n, struct buf *ret)
{
	CLEANUP(buf_done) struct buf body;

	buf_init(&body, 127);
	if (n < 2 || p[0] != 0x30 || p[1] != n - 2)
		return;
	p += 2;
	n -= 2;
	if (!put_short_integer(&body, &p, &n) ||
		!put_short_integer(&body, &p, &n) || n != 0 ||
		buf_failed(&body))
		return;
	buf_put_byte(ret, 0x30);
	buf_put_byte(ret, (unsigned char)body.n);
	buf_put(ret, body.p, body.n);
}

bool cose_verify_rs1(EVP_PKEY *key, const unsigned char *p, size_t n,
	const unsigned char *sig, size_t sig_n)
{
	return key_fits(key, EVP_PKEY_RSA, NULL) &&
		verify_digest(key, EVP_sha1(), p, n, sig, sig_n);
}

/* ---- written ---- */

/* What stands in CBOR around the numbers of a key. */
static const struct raw_form {
	const char *type;
	size_t first_n, second_n;
	size_t head_n, middle_n;
	unsigned char head[12], middle[4];
} raw_forms[] = {
	{ "es256", 32, 32, 10, 3, { 0xa5, 0x01, 0x02, 0x03, 0x26, 0x20,
		0x01, 0x21, 0x58, 0x20 }, { 0x22, 0x58, 0x20 } },
	{ "es384", 48, 48, 11, 3, { 0xa5, 0x01, 0x02, 0x03, 0x38, 0x22,
		0x20, 0x02, 0x21, 0x58, 0x30 }, { 0x22, 0x58, 0x30 } },
	{ "eddsa", 32, 0, 10, 0, { 0xa4, 0x01, 0x01, 0x03, 0x27, 0x20,
		0x06, 0x21, 0x58, 0x20 }, { 0 } },
	{ "rs256", 256, 3, 11, 2, { 0xa4, 0x01, 0x03, 0x03, 0x39, 0x01,
		0x00, 0x20, 0x59, 0x01, 0x00 }, { 0x21, 0x43 } },
};

int cose_key_of_raw(const char *type, const unsigned char *p, size_t n,
	struct buf *b, int *ret_alg, struct error *err)
{
	const struct raw_form *f = NULL;
	EVP_PKEY *key = NULL;
	size_t i;
	int r;

	for (i = 0; i < ARRAY_LEN(raw_forms); i++)
		if (strcmp(raw_forms[i].type, type) == 0)
			f = &raw_forms[i];
	if (!f)
		return error_set(err, ERROR_UNSUPPORTED,
			"there is no bare form of a key of type '%s'", type);
	if (n != f->first_n + f->second_n)
		return error_set(err, ERROR_MALFORMED,
			"the key has %zu bytes, and %zu are wanted", n,
			f->first_n + f->second_n);
	buf_reset(b);
	buf_put(b, f->head, f->head_n);
	buf_put(b, p, f->first_n);
	buf_put(b, f->middle, f->middle_n);
	buf_put(b, p + f->first_n, f->second_n);
	r = buf_check(b, "a key", err);
	if (r == 0)
		r = cose_key_load(b->p, b->n, &key, ret_alg, err);
	EVP_PKEY_free(key);
	return r;
}
