/* SPDX-License-Identifier: Apache-2.0 */
/* JSON Web Signatures over OpenSSL. */
#include "token/trust/jws.h"

#include "base/encode.h"
#include "token/trust/certificate.h"

#include <jansson.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string.h>

#define X5C_MAX 8
#define RSA_BITS_MIN 2048
#define ES256_LEN 64 /* R || S, RFC 7518 section 3.4 */
#define SIGNATURE_MAX 1024

/* A JWS taken apart. */
struct parts {
	const char *header, *payload, *signature;
	size_t header_n, payload_n, signature_n;
	json_t *json;            /* the header; owned */
	const struct algorithm *algorithm;
	X509 *leaf;              /* owned */
	STACK_OF(X509) *others;  /* owned */
};

static bool fits_rsa(EVP_PKEY *key)
{
	return EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA &&
		EVP_PKEY_get_bits(key) >= RSA_BITS_MIN;
}

static bool fits_p256(EVP_PKEY *key)
{
	char group[32];

	return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
		EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) == 1 &&
		strcmp(group, "prime256v1") == 0;
}

/* DER of the signature in *ret (OPENSSL_free), as OpenSSL wants it. */
static int der_same(const unsigned char *raw, size_t n, unsigned char **ret)
{
	*ret = OPENSSL_memdup(raw, n);
	return *ret ? (int)n : -1;
}

static int der_of_pair(const unsigned char *raw, size_t n,
	unsigned char **ret)
{
	ECDSA_SIG *pair = ECDSA_SIG_new();
	BIGNUM *r = NULL, *s = NULL;
	int len = -1;

	*ret = NULL;
	if (n == ES256_LEN) {
		r = BN_bin2bn(raw, ES256_LEN / 2, NULL);
		s = BN_bin2bn(raw + ES256_LEN / 2, ES256_LEN / 2, NULL);
	}
	if (pair && r && s && ECDSA_SIG_set0(pair, r, s) == 1) {
		r = s = NULL;
		len = i2d_ECDSA_SIG(pair, ret);
	}
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(pair);
	return len;
}

static const struct algorithm {
	const char *name;
	bool (*fits)(EVP_PKEY *);
	int (*der)(const unsigned char *, size_t, unsigned char **);
} algorithms[] = {
	{ "RS256", fits_rsa, der_same },
	{ "ES256", fits_p256, der_of_pair },
};

void jws_init(struct jws *j, size_t max)
{
	memset(j, 0, sizeof(*j));
	buf_init(&j->payload, max);
}

void jws_done(struct jws *j)
{
	size_t max = j->payload.max;

	buf_done(&j->payload);
	jws_init(j, max);
}

static void parts_done(struct parts *x)
{
	json_decref(x->json);
	X509_free(x->leaf);
	sk_X509_pop_free(x->others, X509_free);
}

/* Three parts, one dot between each two. */
static int split_parts(const char *p, size_t n, struct parts *x,
	struct error *err)
{
	const char *one = memchr(p, '.', n), *two;

	two = one ? memchr(one + 1, '.', n - (size_t)(one + 1 - p)) : NULL;
	if (n && p[0] == '{')
		return error_set(err, ERROR_MALFORMED,
			"not a signed blob but JSON, which nobody signed: give "
			"the blob as it was served, before it was decoded");
	if (!two)
		return error_set(err, ERROR_MALFORMED,
			"not a signed blob: no header, payload and signature "
			"with dots between them");
	x->header = p;
	x->header_n = (size_t)(one - p);
	x->payload = one + 1;
	x->payload_n = (size_t)(two - x->payload);
	x->signature = two + 1;
	x->signature_n = n - (size_t)(x->signature - p);
	return 0;
}

/* In place: base64url is longer than what it stands for. */
static int decode_parts(const char *what, const char *p, size_t n,
	struct buf *ret, struct error *err)
{
	ssize_t len;
	int r;

	buf_reset(ret);
	buf_put(ret, p, n);
	r = buf_check(ret, what, err);
	if (r < 0)
		return r;
	len = base64_decode(BASE64_URL, buf_str(ret), n, ret->p, n);
	if (len < 0)
		return error_set(err, ERROR_MALFORMED,
			"the blob's %s is not base64url", what);
	ret->n = (size_t)len;
	return 0;
}

static int load_header(struct parts *x, struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	json_error_t je;
	int r;

	buf_init(&b, JWS_HEADER_MAX);
	r = decode_parts("header", x->header, x->header_n, &b, err);
	if (r < 0)
		return r;
	x->json = json_loadb(buf_str(&b), b.n, JSON_REJECT_DUPLICATES, &je);
	if (!json_is_object(x->json))
		return error_set(err, ERROR_MALFORMED,
			"the blob's header is no JSON object");
	/* RFC 7515 section 4.1.11: what is critical must be understood */
	if (json_object_get(x->json, "crit"))
		return error_set(err, ERROR_UNSUPPORTED,
			"the blob's header has critical extensions");
	return 0;
}

static int choose_algorithm(struct parts *x, struct error *err)
{
	const char *alg = json_string_value(json_object_get(x->json, "alg"));
	size_t i;

	for (i = 0; alg && i < ARRAY_LEN(algorithms); i++)
		if (strcmp(algorithms[i].name, alg) == 0)
			x->algorithm = &algorithms[i];
	if (x->algorithm)
		return 0;
	return error_set(err, ERROR_REFUSED,
		"the blob is signed by algorithm '%.16s': RS256 and ES256 are "
		"known", alg ? alg : "");
}

static int load_chain(struct parts *x, struct error *err)
{
	json_t *x5c = json_object_get(x->json, "x5c");
	size_t i, n = json_array_size(x5c);
	json_t *item;
	X509 *cert;

	if (n == 0 || n > X5C_MAX)
		return error_set(err, ERROR_MALFORMED,
			"the blob brings no list of 1 to %d certificates (x5c)",
			X5C_MAX);
	x->others = sk_X509_new_null();
	if (!x->others)
		return error_memory(err);
	for (i = 0; i < n; i++) {
		item = json_array_get(x5c, i);
		cert = json_is_string(item) ?
			leaf_from_base64(json_string_value(item),
				json_string_length(item)) : NULL;
		if (!cert)
			return error_set(err, ERROR_MALFORMED,
				"the blob's certificate %zu is not one in DER "
				"and base64", i + 1);
		if (i == 0) {
			x->leaf = cert;
		} else if (sk_X509_push(x->others, cert) <= 0) {
			X509_free(cert);
			return error_memory(err);
		}
	}
	return 0;
}

static int check_chain(const struct parts *x, const struct anchors *anchors,
	time_t at, struct jws *ret, struct error *err)
{
	const struct anchor *end;
	int why;

	leaf_name(X509_get_subject_name(x->leaf), ret->signer,
		sizeof(ret->signer));
	why = anchors_verify(anchors, x->leaf, x->others, at, &end);
	if (why == X509_V_OK) {
		memcpy(ret->anchor, end->subject, sizeof(ret->anchor));
		memcpy(ret->anchor_sha256, end->sha256,
			sizeof(ret->anchor_sha256));
		return 0;
	}
	return error_set(err, anchors_expired(why) ? ERROR_EXPIRED :
		ERROR_REFUSED,
		"the blob's signer '%s' leads to none of the %zu anchors: %s",
		ret->signer, anchors->n, X509_verify_cert_error_string(why));
}

static int check_name(const struct parts *x, const char *name,
	const struct jws *j, struct error *err)
{
	if (X509_check_host(x->leaf, name, 0, X509_CHECK_FLAG_NO_WILDCARDS,
		    NULL) == 1)
		return 0;
	return error_set(err, ERROR_REFUSED,
		"the blob is signed by '%s', not by '%s'", j->signer, name);
}

static bool jws_signature_holds(const struct parts *x, EVP_PKEY *key,
	const unsigned char *raw, size_t raw_n)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t signed_n = x->header_n + 1 + x->payload_n;
	unsigned char *der = NULL;
	bool good;
	int n;

	n = x->algorithm->der(raw, raw_n, &der);
	good = n > 0 && ctx && EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(),
				       NULL, key) == 1 &&
		EVP_DigestVerify(ctx, der, (size_t)n,
			(const unsigned char *)x->header, signed_n) == 1;
	OPENSSL_free(der);
	EVP_MD_CTX_free(ctx);
	return good;
}

static int check_signature(const struct parts *x, struct error *err)
{
	CLEANUP(buf_done) struct buf raw;
	EVP_PKEY *key = X509_get0_pubkey(x->leaf);
	int r;

	buf_init(&raw, SIGNATURE_MAX);
	if (!key || !x->algorithm->fits(key))
		return error_set(err, ERROR_REFUSED,
			"the blob's signer has no key for %s",
			x->algorithm->name);
	r = decode_parts("signature", x->signature, x->signature_n, &raw, err);
	if (r < 0)
		return r;
	if (jws_signature_holds(x, key, raw.p, raw.n))
		return 0;
	return error_set(err, ERROR_REFUSED,
		"the blob's signature does not hold: it was changed");
}

int jws_payload(const char *p, size_t n, struct buf *ret, struct error *err)
{
	struct parts x = { 0 };
	int r;

	r = split_parts(p, n, &x, err);
	return r < 0 ? r : decode_parts("payload", x.payload, x.payload_n, ret,
		err);
}

int jws_verify(const char *p, size_t n, const struct anchors *anchors,
	const char *name, time_t at, struct jws *ret, struct error *err)
{
	CLEANUP(parts_done) struct parts x = { 0 };
	CLEANUP(jws_done) struct jws j;
	int r;

	jws_init(&j, ret->payload.max);
	r = split_parts(p, n, &x, err);
	if (r == 0)
		r = load_header(&x, err);
	if (r == 0)
		r = choose_algorithm(&x, err);
	if (r == 0)
		r = load_chain(&x, err);
	if (r == 0)
		r = check_chain(&x, anchors, at, &j, err);
	if (r == 0)
		r = check_name(&x, name, &j, err);
	if (r == 0)
		r = check_signature(&x, err);
	if (r == 0)
		r = decode_parts("payload", x.payload, x.payload_n, &j.payload,
			err);
	if (r < 0)
		return r;
	memcpy(j.alg, x.algorithm->name, strlen(x.algorithm->name));
	jws_done(ret);
	*ret = j;
	jws_init(&j, 0);
	return 0;
}
