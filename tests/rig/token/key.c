/* The cryptography a key needs. */
#include "key.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>
#include <string.h>

#define MUST(x) do { if (!(x)) g_error("libcrypto: %s", #x); } while (0)

void random_bytes(void *ret, size_t n)
{
	MUST(RAND_bytes(ret, (int)n) == 1);
}

void sha256(const void *p, size_t n, uint8_t ret[32])
{
	MUST(EVP_Digest(p, n, ret, NULL, EVP_sha256(), NULL));
}

size_t digest_of(const char *md, const void *p, size_t n, uint8_t ret[64])
{
	unsigned len = 0;

	MUST(EVP_Digest(p, n, ret, &len, EVP_get_digestbyname(md), NULL));
	return len;
}

size_t hmac(const char *md, const void *key, size_t klen,
	    const void *p, size_t n, uint8_t ret[64])
{
	unsigned len = 0;

	MUST(HMAC(EVP_get_digestbyname(md), klen ? key : "", (int)klen, p, n,
		  ret, &len));
	return len;
}

void hkdf_sha256(const void *ikm, size_t n, const char *info,
		 uint8_t ret[32])
{
	/* one block is enough: T(1) = HMAC(PRK, info | 01), zero salt */
	uint8_t prk[64], salt[32] = { 0 }, out[64];
	g_autofree uint8_t *t = g_malloc(strlen(info) + 1);

	hmac("SHA256", salt, sizeof salt, ikm, n, prk);
	memcpy(t, info, strlen(info));
	t[strlen(info)] = 1;
	hmac("SHA256", prk, 32, t, strlen(info) + 1, out);
	memcpy(ret, out, 32);
}

static void cbc(const EVP_CIPHER *cipher, bool encrypt, const uint8_t *key,
		const uint8_t iv[16], const uint8_t *p, size_t n, uint8_t *ret)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int len;

	MUST(EVP_CipherInit_ex(c, cipher, NULL, key, iv, encrypt));
	EVP_CIPHER_CTX_set_padding(c, 0);
	MUST(EVP_CipherUpdate(c, ret, &len, p, (int)n));
	EVP_CIPHER_CTX_free(c);
}

void aes_cbc(bool encrypt, const uint8_t key[32], const uint8_t iv[16],
	     const uint8_t *p, size_t n, uint8_t *ret)
{
	cbc(EVP_aes_256_cbc(), encrypt, key, iv, p, n, ret);
}

void aes128_cbc(const uint8_t key[16], const uint8_t iv[16], const uint8_t *p,
		size_t n, uint8_t *ret)
{
	cbc(EVP_aes_128_cbc(), true, key, iv, p, n, ret);
}

void gcm_seal(const uint8_t key[32], const uint8_t aad[32],
	      const uint8_t *p, size_t n, uint8_t *ret)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int len;

	random_bytes(ret, 12);
	MUST(EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, ret));
	MUST(EVP_EncryptUpdate(c, NULL, &len, aad, 32));
	MUST(EVP_EncryptUpdate(c, ret + 12, &len, p, (int)n));
	MUST(EVP_EncryptFinal_ex(c, ret + 12 + n, &len));
	MUST(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, 16, ret + 12 + n));
	EVP_CIPHER_CTX_free(c);
}

bool gcm_open(const uint8_t key[32], const uint8_t aad[32],
	      const uint8_t *p, size_t n, uint8_t *ret)
{
	EVP_CIPHER_CTX *c;
	uint8_t tag[16];
	int len;
	bool ok;

	if (n < 28)
		return false;
	c = EVP_CIPHER_CTX_new();
	memcpy(tag, p + n - 16, 16);
	MUST(EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, p));
	MUST(EVP_DecryptUpdate(c, NULL, &len, aad, 32));
	MUST(EVP_DecryptUpdate(c, ret, &len, p + 12, (int)n - 28));
	MUST(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, 16, tag));
	ok = EVP_DecryptFinal_ex(c, ret + len, &len) == 1;
	EVP_CIPHER_CTX_free(c);
	return ok;
}

struct curve {
	const char *name;
	int nid;
	int n;			/* bytes of a coordinate */
	EC_GROUP *group;
};

static struct curve p256 = { "prime256v1", NID_X9_62_prime256v1, 32, NULL };
static struct curve p384 = { "secp384r1", NID_secp384r1, 48, NULL };

static EC_GROUP *group(struct curve *c)
{
	if (!c->group)
		MUST(c->group = EC_GROUP_new_by_curve_name(c->nid));
	return c->group;
}

void p256_new(uint8_t d[32])
{
	BIGNUM *n = BN_new();

	do
		MUST(BN_priv_rand_range(n, EC_GROUP_get0_order(group(&p256))));
	while (BN_is_zero(n));
	MUST(BN_bn2binpad(n, d, 32) == 32);
	BN_clear_free(n);
}

static void public(struct curve *c, const uint8_t *d, uint8_t *xy)
{
	BIGNUM *n = BN_bin2bn(d, c->n, NULL);
	EC_POINT *q = EC_POINT_new(group(c));
	size_t len = 2 * (size_t)c->n;
	uint8_t out[97];

	MUST(n && q && EC_POINT_mul(group(c), q, n, NULL, NULL, NULL));
	MUST(EC_POINT_point2oct(group(c), q, POINT_CONVERSION_UNCOMPRESSED,
				out, sizeof out, NULL) == len + 1);
	memcpy(xy, out + 1, len);
	EC_POINT_free(q);
	BN_clear_free(n);
}

void p256_public(const uint8_t d[32], uint8_t *xy)
{
	public(&p256, d, xy);
}

/* private when d is given, else public; NULL for a bad point */
static EVP_PKEY *pkey(struct curve *e, const uint8_t *d, const uint8_t *xy)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	BIGNUM *n = d ? BN_bin2bn(d, e->n, NULL) : NULL;
	size_t len = 2 * (size_t)e->n;
	OSSL_PARAM *params;
	EVP_PKEY *k = NULL;
	uint8_t point[97] = { 4 };

	memcpy(point + 1, xy, len);
	OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_GROUP_NAME,
					e->name, 0);
	OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY, point,
					 len + 1);
	if (n)
		OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_PRIV_KEY, n);
	params = OSSL_PARAM_BLD_to_param(b);
	MUST(c && params && EVP_PKEY_fromdata_init(c) == 1);
	if (EVP_PKEY_fromdata(c, &k, d ? EVP_PKEY_KEYPAIR :
			      EVP_PKEY_PUBLIC_KEY, params) != 1)
		k = NULL;
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(b);
	EVP_PKEY_CTX_free(c);
	BN_clear_free(n);
	return k;
}

/* takes the key; md NULL where the algorithm has its own */
static size_t sign(EVP_PKEY *k, const EVP_MD *md, const void *p, size_t n,
		   uint8_t *ret, size_t room)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	size_t len = room;

	MUST(k && EVP_DigestSignInit(c, NULL, md, NULL, k) == 1);
	MUST(EVP_DigestSign(c, ret, &len, p, n) == 1);
	EVP_MD_CTX_free(c);
	EVP_PKEY_free(k);
	return len;
}

size_t p256_sign(const uint8_t d[32], const void *p, size_t n, uint8_t *ret)
{
	uint8_t xy[64];

	public(&p256, d, xy);
	return sign(pkey(&p256, d, xy), EVP_sha256(), p, n, ret, 80);
}

static void p384_scalar(const uint8_t seed[32], uint8_t d[48])
{
	const BIGNUM *order = EC_GROUP_get0_order(group(&p384));
	BN_CTX *c = BN_CTX_new();
	BIGNUM *n = BN_new(), *wide;
	uint8_t out[64];

	hmac("SHA512", seed, 32, "P-384", 5, out);
	wide = BN_bin2bn(out, sizeof out, NULL);
	MUST(c && n && wide && BN_mod(n, wide, order, c) && !BN_is_zero(n));
	MUST(BN_bn2binpad(n, d, 48) == 48);
	BN_clear_free(n);
	BN_clear_free(wide);
	BN_CTX_free(c);
}

void p384_public(const uint8_t seed[32], uint8_t *xy)
{
	uint8_t d[48];

	p384_scalar(seed, d);
	public(&p384, d, xy);
}

size_t p384_sign(const uint8_t seed[32], const void *p, size_t n,
		 uint8_t *ret)
{
	uint8_t d[48], xy[96];

	p384_scalar(seed, d);
	public(&p384, d, xy);
	return sign(pkey(&p384, d, xy), EVP_sha384(), p, n, ret, 112);
}

static EVP_PKEY *ed25519(const uint8_t seed[32])
{
	return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, 32);
}

void ed25519_public(const uint8_t seed[32], uint8_t *ret)
{
	EVP_PKEY *k = ed25519(seed);
	size_t n = 32;

	MUST(k && EVP_PKEY_get_raw_public_key(k, ret, &n) == 1);
	EVP_PKEY_free(k);
}

size_t ed25519_sign(const uint8_t seed[32], const void *p, size_t n,
		    uint8_t *ret)
{
	return sign(ed25519(seed), NULL, p, n, ret, 64);
}

bool p256_ecdh(const uint8_t d[32], const uint8_t xy[64], uint8_t z[32])
{
	uint8_t own[64];
	EVP_PKEY *peer = pkey(&p256, NULL, xy), *k;
	EVP_PKEY_CTX *c;
	size_t len = 32;
	bool ok;

	if (!peer)
		return false;
	public(&p256, d, own);
	MUST(k = pkey(&p256, d, own));
	c = EVP_PKEY_CTX_new(k, NULL);
	MUST(EVP_PKEY_derive_init(c) == 1);
	ok = EVP_PKEY_derive_set_peer(c, peer) == 1 &&
	     EVP_PKEY_derive(c, z, &len) == 1 && len == 32;
	EVP_PKEY_CTX_free(c);
	EVP_PKEY_free(k);
	EVP_PKEY_free(peer);
	return ok;
}

size_t rsa_sign(const GByteArray *der, const char *md, const void *p,
		size_t n, uint8_t ret[512])
{
	const uint8_t *at = der->data;
	EVP_PKEY *k = d2i_PrivateKey(EVP_PKEY_RSA, NULL, &at,
				     (long)der->len);

	return sign(k, EVP_get_digestbyname(md), p, n, ret, 512);
}
