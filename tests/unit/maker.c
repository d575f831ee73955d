/* SPDX-License-Identifier: Apache-2.0 */
/* A maker of tokens for tests. */
#include "tests/unit/maker.h"

#include "base/encode.h"
#include "token/tcbor.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

/* The tests' own machinery must not fail in silence. */
#define MUST(condition)                                                        \
	do {                                                                   \
		if (!(condition))                                              \
			abort();                                               \
	} while (0)

EVP_PKEY *maker_key(const char *type)
{
	EVP_PKEY *key;

	if (strcmp(type, "RSA") == 0)
		key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
	else if (strcmp(type, "ED25519") == 0)
		key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	else
		key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", type);
	MUST(key);
	return key;
}

EVP_PKEY *maker_key_of(const char *name)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	EC_POINT *point = EC_POINT_new(group);
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	unsigned char d[32], q[65];
	OSSL_PARAM *params;
	EVP_PKEY *key = NULL;
	BIGNUM *k;

	SHA256((const unsigned char *)name, strlen(name), d);
	d[0] &= 0x7f; /* below the order */
	k = BN_bin2bn(d, sizeof(d), NULL);
	MUST(EC_POINT_mul(group, point, k, NULL, NULL, NULL) == 1);
	MUST(EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, q,
		     sizeof(q), NULL) == sizeof(q));
	OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME,
		"prime256v1", 0);
	OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, q,
		sizeof(q));
	OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PRIV_KEY, k);
	params = OSSL_PARAM_BLD_to_param(bld);
	MUST(EVP_PKEY_fromdata_init(ctx) == 1 &&
		EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) == 1);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	EVP_PKEY_CTX_free(ctx);
	BN_free(k);
	EC_POINT_free(point);
	EC_GROUP_free(group);
	return key;
}

void maker_hex(struct buf *b, const char *hex)
{
	unsigned char byte;
	size_t i;

	for (i = 0; hex && hex[i]; i += 2) {
		MUST(hex_decode(hex + i, 2, &byte, 1) == 1);
		buf_put_byte(b, byte);
	}
}

/* ---- certificates ---- */

static void add_extension(X509 *cert, const struct maker_extension *e)
{
	ASN1_OCTET_STRING *data = ASN1_OCTET_STRING_new();
	ASN1_OBJECT *oid = OBJ_txt2obj(e->oid, 1);
	X509_EXTENSION *x;
	struct buf b;

	buf_init(&b, 4096);
	maker_hex(&b, e->hex);
	MUST(ASN1_OCTET_STRING_set(data, b.p, (int)b.n) == 1);
	x = X509_EXTENSION_create_by_OBJ(NULL, oid, e->critical, data);
	MUST(x && X509_add_ext(cert, x, -1) == 1);
	X509_EXTENSION_free(x);
	ASN1_OBJECT_free(oid);
	ASN1_OCTET_STRING_free(data);
	buf_done(&b);
}

static void add_basic(X509 *cert, const char *value)
{
	X509_EXTENSION *x = X509V3_EXT_conf_nid(NULL, NULL,
		NID_basic_constraints, value);

	MUST(x && X509_add_ext(cert, x, -1) == 1);
	X509_EXTENSION_free(x);
}

static void add_name(X509_NAME *name, const char *field, const char *value)
{
	if (value)
		MUST(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
			     (const unsigned char *)value, -1, -1, 0) == 1);
}

X509 *maker_cert(const struct maker_cert *what, EVP_PKEY *key, X509 *issuer,
	EVP_PKEY *issuer_key)
{
	X509 *cert = X509_new();
	X509_NAME *name = X509_get_subject_name(cert);
	EVP_PKEY *by = issuer_key ? issuer_key : key;
	bool pure = EVP_PKEY_get_base_id(by) == EVP_PKEY_ED25519;
	size_t i;

	X509_set_version(cert, what->version == -1 ? X509_VERSION_1 :
		what->version ? what->version : X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 4711);
	ASN1_TIME_set_string_X509(X509_getm_notBefore(cert),
		what->from ? what->from : "20200101000000Z");
	ASN1_TIME_set_string_X509(X509_getm_notAfter(cert),
		what->until ? what->until : "20491231235959Z");
	add_name(name, "C", "SE");
	add_name(name, "O", "Example Tokens");
	add_name(name, "OU", what->ou);
	add_name(name, "CN", what->cn);
	X509_set_issuer_name(cert,
		issuer ? X509_get_subject_name(issuer) : name);
	X509_set_pubkey(cert, key);
	if (what->basic)
		add_basic(cert, what->basic);
	for (i = 0; i < ARRAY_LEN(what->extensions); i++)
		if (what->extensions[i].oid)
			add_extension(cert, &what->extensions[i]);
	MUST(X509_sign(cert, by, pure ? NULL : EVP_sha256()) > 0);
	return cert;
}

const struct maker_cert maker_root_cert = {
	.cn = "Example Root CA",
	.basic = "critical,CA:TRUE",
};

const struct maker_cert maker_middle_cert = {
	.cn = "Example Intermediate CA",
	.basic = "critical,CA:TRUE,pathlen:0",
};

const struct maker_cert maker_leaf_cert = {
	.cn = "Example Token 1",
	.ou = "Authenticator Attestation",
	.basic = "critical,CA:FALSE",
	.extensions = {
		MAKER_AAGUID_EXTENSION,
		/* raw ASCII: 1.3.6.1.4.1.41482.1.7 */
		{ "1.3.6.1.4.1.41482.2",
			"312e332e362e312e342e312e34313438322e312e37", false },
		{ "1.3.6.1.4.1.41482.13.1", "0403050704", false },
		{ "1.3.6.1.4.1.45724.2.1.1", "03020430", false },
	},
};

void maker_init(struct maker *m)
{
	m->root_key = maker_key_of("root");
	m->middle_key = maker_key_of("intermediate");
	m->leaf_key = maker_key_of("leaf");
	m->credential_key = maker_key_of("credential");
	m->root = maker_cert(&maker_root_cert, m->root_key, NULL, NULL);
	m->middle = maker_cert(&maker_middle_cert, m->middle_key, m->root,
		m->root_key);
	m->leaf = maker_cert(&maker_leaf_cert, m->leaf_key, m->middle,
		m->middle_key);
}

void maker_done(struct maker *m)
{
	X509_free(m->leaf);
	X509_free(m->middle);
	X509_free(m->root);
	EVP_PKEY_free(m->credential_key);
	EVP_PKEY_free(m->leaf_key);
	EVP_PKEY_free(m->middle_key);
	EVP_PKEY_free(m->root_key);
}

/* ---- COSE ---- */

static void put_int(struct buf *b, int64_t v)
{
	uint64_t u = v < 0 ? (uint64_t)(-1 - v) : (uint64_t)v;
	unsigned char major = v < 0 ? 0x20 : 0;

	if (u < 24) {
		buf_put_byte(b, (unsigned char)(major | u));
	} else if (u < 256) {
		buf_put_byte(b, major | 24);
		buf_put_be(b, u, 1);
	} else if (u < 65536) {
		buf_put_byte(b, major | 25);
		buf_put_be(b, u, 2);
	} else {
		buf_put_byte(b, major | 27);
		buf_put_be(b, u, 8);
	}
}

static void put_number(struct buf *b, EVP_PKEY *key, const char *param,
	size_t n)
{
	unsigned char raw[512];
	BIGNUM *v = NULL;

	MUST(EVP_PKEY_get_bn_param(key, param, &v) == 1);
	if (n == 0)
		n = (size_t)BN_num_bytes(v);
	MUST(BN_bn2binpad(v, raw, (int)n) == (int)n);
	tcbor_put_bytes(b, raw, n);
	BN_free(v);
}

int maker_alg_of(EVP_PKEY *key)
{
	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_RSA:
		return COSE_ALG_RS256;
	case EVP_PKEY_ED25519:
		return COSE_ALG_EDDSA;
	default:
		return EVP_PKEY_get_bits(key) == 384 ? COSE_ALG_ES384 :
						       COSE_ALG_ES256;
	}
}

void maker_cose_key(struct buf *b, EVP_PKEY *key, int alg)
{
	unsigned char raw[32];
	size_t n = sizeof(raw);
	int kind = maker_alg_of(key);
	bool ec = kind == COSE_ALG_ES256 || kind == COSE_ALG_ES384;

	tcbor_put_head(b, TCBOR_MAP, ec ? 5 : 4);
	put_int(b, 1);
	put_int(b, ec ? 2 : kind == COSE_ALG_EDDSA ? 1 : 3);
	put_int(b, 3);
	put_int(b, alg);
	put_int(b, -1);
	if (kind == COSE_ALG_RS256) {
		put_number(b, key, OSSL_PKEY_PARAM_RSA_N, 0);
		put_int(b, -2);
		put_number(b, key, OSSL_PKEY_PARAM_RSA_E, 0);
	} else if (kind == COSE_ALG_EDDSA) {
		MUST(EVP_PKEY_get_raw_public_key(key, raw, &n) == 1);
		put_int(b, 6);
		put_int(b, -2);
		tcbor_put_bytes(b, raw, n);
	} else {
		n = kind == COSE_ALG_ES256 ? 32 : 48;
		put_int(b, kind == COSE_ALG_ES256 ? 1 : 2);
		put_int(b, -2);
		put_number(b, key, OSSL_PKEY_PARAM_EC_PUB_X, n);
		put_int(b, -3);
		put_number(b, key, OSSL_PKEY_PARAM_EC_PUB_Y, n);
	}
}

void maker_sign(EVP_PKEY *key, int alg, const void *a, size_t a_n,
	const void *b, size_t b_n, struct buf *ret)
{
	const EVP_MD *md = alg == COSE_ALG_EDDSA ? NULL :
		alg == COSE_ALG_ES384		 ? EVP_sha384() :
						   EVP_sha256();
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char sig[512];
	size_t n = sizeof(sig);
	struct buf all;

	buf_init(&all, 1 << 20);
	buf_put(&all, a, a_n);
	buf_put(&all, b, b_n);
	MUST(EVP_DigestSignInit(ctx, NULL, md, NULL, key) == 1);
	MUST(EVP_DigestSign(ctx, sig, &n, all.p, all.n) == 1);
	EVP_MD_CTX_free(ctx);
	buf_done(&all);
	buf_put(ret, sig, n);
}

/* ---- answers ---- */

void maker_answer_init(struct maker_answer *w, const struct maker *m)
{
	*w = (struct maker_answer){
		.fmt = "packed",
		.rp_id = MAKER_RP_ID,
		.asked_rp_id = MAKER_RP_ID,
		.client_data = "{\"type\":\"webauthn.create\"}",
		.asked_client_data = "{\"type\":\"webauthn.create\"}",
		.flags = AUTHDATA_UP | AUTHDATA_AT,
		.counter = 7,
		.aaguid = MAKER_AAGUID,
		.credential_id = "credential of alice",
		.credential_key = m->credential_key,
		.credential_alg = COSE_ALG_ES256,
		.sign_key = m->leaf_key,
		.digest_alg = COSE_ALG_ES256,
		.alg = COSE_ALG_ES256,
		.x5c = { m->leaf, m->middle },
		.x5c_n = 2,
		.with_x5c = true,
	};
}

void maker_answer_u2f(struct maker_answer *w, const struct maker *m)
{
	maker_answer_init(w, m);
	w->fmt = "fido-u2f";
	memset(w->aaguid, 0, sizeof(w->aaguid));
	w->alg = 0;
	w->x5c_n = 1;
}

void maker_auth_data(const struct maker_answer *w, struct buf *b)
{
	unsigned char hash[32];

	SHA256((const unsigned char *)w->rp_id, strlen(w->rp_id), hash);
	buf_put(b, hash, sizeof(hash));
	buf_put_byte(b, w->flags);
	buf_put_be(b, w->counter, 4);
	if (w->flags & AUTHDATA_AT) {
		buf_put(b, w->aaguid, sizeof(w->aaguid));
		buf_put_be(b, strlen(w->credential_id), 2);
		buf_put_str(b, w->credential_id);
		maker_cose_key(b, w->credential_key, w->credential_alg);
	}
	maker_hex(b, w->extensions_hex);
}

static void put_u2f_data(const struct maker_answer *w, struct buf *b)
{
	unsigned char hash[32], point[65];
	struct buf key;

	buf_put_byte(b, 0);
	SHA256((const unsigned char *)w->rp_id, strlen(w->rp_id), hash);
	buf_put(b, hash, sizeof(hash));
	SHA256((const unsigned char *)w->client_data, strlen(w->client_data),
		hash);
	buf_put(b, hash, sizeof(hash));
	buf_put_str(b, w->credential_id);
	buf_init(&key, 1024);
	maker_cose_key(&key, w->credential_key, w->credential_alg);
	memset(point, 0, sizeof(point));
	cose_key_point(key.p, key.n, point);
	buf_put(b, point, sizeof(point));
	buf_done(&key);
}

/* r and s with a zero byte more than DER allows, as some old tokens do */
static void lengthen(struct buf *sig)
{
	const unsigned char *p = sig->p;
	ECDSA_SIG *s = d2i_ECDSA_SIG(NULL, &p, (long)sig->n);
	unsigned char raw[34] = { 0 };
	int i;

	MUST(s);
	buf_reset(sig);
	maker_hex(sig, "3048");
	for (i = 0; i < 2; i++) {
		MUST(BN_bn2binpad(i ? ECDSA_SIG_get0_s(s) :
				      ECDSA_SIG_get0_r(s), raw + 2, 32) == 32);
		maker_hex(sig, "0222");
		buf_put(sig, raw, sizeof(raw));
	}
	ECDSA_SIG_free(s);
}

static void put_sig(const struct maker_answer *w, const struct buf *auth_data,
	struct buf *sig)
{
	unsigned char hash[32];
	struct buf u2f;

	buf_init(&u2f, 4096);
	SHA256((const unsigned char *)w->client_data, strlen(w->client_data),
		hash);
	if (strcmp(w->fmt, "fido-u2f") == 0) {
		put_u2f_data(w, &u2f);
		maker_sign(w->sign_key, w->digest_alg, u2f.p, u2f.n, NULL, 0,
			sig);
	} else {
		maker_sign(w->sign_key, w->digest_alg, auth_data->p,
			auth_data->n, hash, sizeof(hash), sig);
	}
	buf_done(&u2f);
	if (w->long_integers)
		lengthen(sig);
	if (w->spoil_sig)
		sig->p[w->spoil_sig - 1] ^= 1;
}

static void put_cert(struct buf *b, X509 *cert)
{
	unsigned char *der = NULL;
	int n = i2d_X509(cert, &der);

	MUST(n > 0);
	tcbor_put_bytes(b, der, (size_t)n);
	OPENSSL_free(der);
}

static void put_x5c(const struct maker_answer *w, struct buf *b)
{
	size_t i;

	tcbor_put_text(b, "x5c");
	if (w->x5c_is_text) {
		tcbor_put_text(b, "x5c");
		return;
	}
	buf_put_byte(b, (unsigned char)(0x80 | w->x5c_n));
	for (i = 0; i < w->x5c_n; i++)
		if (i == 0 && w->x5c_garbage)
			maker_hex(b, w->x5c_garbage);
		else
			put_cert(b, w->x5c[i]);
}

void maker_answer_build(const struct maker_answer *w, struct attestation *ret)
{
	size_t members = (size_t)(w->alg != 0) + (w->sign_key != NULL) +
		w->with_x5c;
	struct buf *b = &ret->att_stmt, sig;

	attestation_done(ret);
	attestation_init(ret);
	MUST(strlen(w->fmt) <= ATTEST_FMT_MAX);
	strcpy(ret->fmt, w->fmt);
	strcpy(ret->rp_id, w->asked_rp_id);
	buf_put_str(&ret->client_data, w->asked_client_data);
	maker_auth_data(w, &ret->auth_data);
	tcbor_put_head(b, TCBOR_MAP, members);
	if (w->alg) {
		tcbor_put_text(b, "alg");
		put_int(b, w->alg);
	}
	if (w->sign_key) {
		buf_init(&sig, 1024);
		put_sig(w, &ret->auth_data, &sig);
		tcbor_put_text(b, "sig");
		tcbor_put_bytes(b, sig.p, sig.n);
		buf_done(&sig);
	}
	if (w->with_x5c)
		put_x5c(w, b);
	MUST(!buf_failed(b) && !buf_failed(&ret->auth_data));
}

void maker_assertion(EVP_PKEY *key, const char *rp_id, const char *client_data,
	const char *credential_id, uint8_t flags, uint32_t counter,
	struct assertion *ret)
{
	unsigned char hash[32];

	assertion_done(ret);
	assertion_init(ret);
	strcpy(ret->rp_id, rp_id);
	buf_put_str(&ret->client_data, client_data);
	buf_put_str(&ret->credential_id, credential_id);
	SHA256((const unsigned char *)rp_id, strlen(rp_id), hash);
	buf_put(&ret->auth_data, hash, sizeof(hash));
	buf_put_byte(&ret->auth_data, flags);
	buf_put_be(&ret->auth_data, counter, 4);
	SHA256((const unsigned char *)client_data, strlen(client_data), hash);
	maker_sign(key, maker_alg_of(key), ret->auth_data.p, ret->auth_data.n,
		hash, sizeof(hash), &ret->signature);
}

void maker_anchors(struct anchors *ret, X509 *const *certs, size_t n)
{
	size_t i;

	ret->rows = calloc(n + 1, sizeof(*ret->rows));
	MUST(ret->rows);
	ret->n = n;
	for (i = 0; i < n; i++) {
		X509_up_ref(certs[i]);
		ret->rows[i].cert = certs[i];
		leaf_fingerprint(certs[i], ret->rows[i].sha256);
		leaf_name(X509_get_subject_name(certs[i]),
			ret->rows[i].subject, sizeof(ret->rows[i].subject));
	}
}

void maker_evidence(const struct maker *m, struct evidence *ret)
{
	struct maker_answer w;

	evidence_init(ret);
	maker_answer_init(&w, m);
	maker_answer_build(&w, &ret->attestation);
	ret->has_assertion = true;
	maker_assertion(m->credential_key, MAKER_RP_ID,
		"{\"type\":\"webauthn.get\"}", w.credential_id, AUTHDATA_UP, 8,
		&ret->assertion);
	ret->made_at = MAKER_AT;
	ret->verdict = VERDICT_GENUINE;
	MUST(leaf_fingerprint(m->root, ret->anchor_sha256) == 0);
	strcpy(ret->advisories, "2026-11-01");
	strcpy(ret->local_advisories, "2026-11-20");
	ret->has_claims = true;
	memcpy(ret->claimed_aaguid, MAKER_AAGUID, 16);
	strcpy(ret->claimed_firmware, "5.7.4");
	ret->claimed_serial = 12345678;
}
