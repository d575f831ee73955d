/* SPDX-License-Identifier: Apache-2.0 */
/* A vendor of tokens for tests. */
#include "tests/unit/vendor.h"

#include "base/encode.h"
#include "token/attest/cbor.h"
#include "token/attest/tpm-structures.h"

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

EVP_PKEY *vendor_key(const char *type)
{
	EVP_PKEY *key;

	if (strncmp(type, "RSA", 3) == 0)
		key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA",
			(size_t)(type[3] ? atoi(type + 4) : 2048));
	else if (strncmp(type, "ED", 2) == 0)
		key = EVP_PKEY_Q_keygen(NULL, NULL, type);
	else
		key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", type);
	MUST(key);
	return key;
}

EVP_PKEY *vendor_key_of(const char *name)
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

void vendor_hex(struct buf *b, const char *hex)
{
	unsigned char byte;
	size_t i;

	for (i = 0; hex && hex[i]; i += 2) {
		MUST(hex_decode(hex + i, 2, &byte, 1) == 1);
		buf_put_byte(b, byte);
	}
}

/* ---- certificates ---- */

static void add_extension(X509 *cert, const struct vendor_extension *e)
{
	ASN1_OCTET_STRING *data = ASN1_OCTET_STRING_new();
	ASN1_OBJECT *oid = OBJ_txt2obj(e->oid, 1);
	X509_EXTENSION *x;
	struct buf b;

	buf_init(&b, 4096);
	vendor_hex(&b, e->hex);
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

X509 *vendor_cert(const struct vendor_cert *what, EVP_PKEY *key, X509 *issuer,
	EVP_PKEY *issuer_key)
{
	X509 *cert = X509_new();
	X509_NAME *name = X509_get_subject_name(cert);
	EVP_PKEY *by = issuer_key ? issuer_key : key;
	bool pure = EVP_PKEY_get_base_id(by) == EVP_PKEY_ED25519 ||
		EVP_PKEY_get_base_id(by) == EVP_PKEY_ED448;
	size_t i;

	X509_set_version(cert, what->version == -1 ? X509_VERSION_1 :
		what->version ? what->version : X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 4711);
	ASN1_TIME_set_string_X509(X509_getm_notBefore(cert),
		what->from ? what->from : "20200101000000Z");
	ASN1_TIME_set_string_X509(X509_getm_notAfter(cert),
		what->until ? what->until : "20491231235959Z");
	add_name(name, "C", what->no_c ? NULL : "SE");
	add_name(name, "O", what->no_o ? NULL : "Example Tokens");
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

const struct vendor_cert vendor_root_cert = {
	.cn = "Example Root CA",
	.basic = "critical,CA:TRUE",
};

const struct vendor_cert vendor_middle_cert = {
	.cn = "Example Intermediate CA",
	.basic = "critical,CA:TRUE,pathlen:0",
};

const struct vendor_cert vendor_leaf_cert = {
	.cn = "Example Token 1",
	.ou = "Authenticator Attestation",
	.basic = "critical,CA:FALSE",
	.extensions = {
		VENDOR_AAGUID_EXTENSION,
		/* raw ASCII: 1.3.6.1.4.1.41482.1.7 */
		{ "1.3.6.1.4.1.41482.2",
			"312e332e362e312e342e312e34313438322e312e37", false },
		{ "1.3.6.1.4.1.41482.13.1", "0403050704", false },
		{ "1.3.6.1.4.1.45724.2.1.1", "03020430", false },
	},
};

const struct vendor_cert vendor_aik_cert = {
	.no_c = true,
	.no_o = true,
	.basic = "CA:FALSE",
	.extensions = {
		/* manufacturer, model and version in a directory name */
		{ "2.5.29.17", "303da43b30393137300d060567810502030c0469643a31"
			"3010060567810502020c074578616d706c65301406056781050201"
			"0c0b69643a4646464646314430", true },
		{ "2.5.29.37", "300706056781050803", false },
	},
};

static void make_certs(struct vendor *m)
{
	m->root = vendor_cert(&vendor_root_cert, m->root_key, NULL, NULL);
	m->middle = vendor_cert(&vendor_middle_cert, m->middle_key, m->root,
		m->root_key);
	m->leaf = vendor_cert(&vendor_leaf_cert, m->leaf_key, m->middle,
		m->middle_key);
	m->aik = vendor_cert(&vendor_aik_cert, m->leaf_key, m->middle,
		m->middle_key);
}

void vendor_init(struct vendor *m)
{
	m->root_key = vendor_key_of("root");
	m->middle_key = vendor_key_of("intermediate");
	m->leaf_key = vendor_key_of("leaf");
	m->credential_key = vendor_key_of("credential");
	make_certs(m);
}

void vendor_untrusted(struct vendor *m)
{
	m->root_key = vendor_key("P-256");
	m->middle_key = vendor_key("P-256");
	m->leaf_key = vendor_key("P-256");
	m->credential_key = vendor_key("P-256");
	make_certs(m);
}

void vendor_done(struct vendor *m)
{
	X509_free(m->aik);
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
	unsigned char raw[1024];
	BIGNUM *v = NULL;

	MUST(EVP_PKEY_get_bn_param(key, param, &v) == 1);
	if (n == 0)
		n = (size_t)BN_num_bytes(v);
	MUST(BN_bn2binpad(v, raw, (int)n) == (int)n);
	tcbor_put_bytes(b, raw, n);
	BN_free(v);
}

int vendor_alg_of(EVP_PKEY *key)
{
	int bits = EVP_PKEY_get_bits(key);

	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_RSA:
		return COSE_ALG_RS256;
	case EVP_PKEY_ED25519:
		return COSE_ALG_EDDSA;
	case EVP_PKEY_ED448:
		return COSE_ALG_ED448;
	default:
		return bits == 521 ? COSE_ALG_ES512 :
			bits == 384 ? COSE_ALG_ES384 : COSE_ALG_ES256;
	}
}

static void put_raw_key(struct buf *b, EVP_PKEY *key, int curve)
{
	unsigned char raw[57];
	size_t n = sizeof(raw);

	MUST(EVP_PKEY_get_raw_public_key(key, raw, &n) == 1);
	put_int(b, curve);
	put_int(b, -2);
	tcbor_put_bytes(b, raw, n);
}

static void put_point(struct buf *b, EVP_PKEY *key)
{
	int bits = EVP_PKEY_get_bits(key);
	size_t n = (size_t)(bits + 7) / 8;

	put_int(b, bits == 521 ? 3 : bits == 384 ? 2 : 1);
	put_int(b, -2);
	put_number(b, key, OSSL_PKEY_PARAM_EC_PUB_X, n);
	put_int(b, -3);
	put_number(b, key, OSSL_PKEY_PARAM_EC_PUB_Y, n);
}

void vendor_cose_key(struct buf *b, EVP_PKEY *key, int alg)
{
	int type = EVP_PKEY_get_base_id(key);

	tcbor_put_head(b, TCBOR_MAP, type == EVP_PKEY_EC ? 5 : 4);
	put_int(b, 1);
	put_int(b, type == EVP_PKEY_EC ? 2 : type == EVP_PKEY_RSA ? 3 : 1);
	put_int(b, 3);
	put_int(b, alg);
	put_int(b, -1);
	if (type == EVP_PKEY_RSA) {
		put_number(b, key, OSSL_PKEY_PARAM_RSA_N, 0);
		put_int(b, -2);
		put_number(b, key, OSSL_PKEY_PARAM_RSA_E, 0);
	} else if (type == EVP_PKEY_EC) {
		put_point(b, key);
	} else {
		put_raw_key(b, key, type == EVP_PKEY_ED448 ? 7 : 6);
	}
}

static const EVP_MD *digest_of(int alg)
{
	switch (alg) {
	case COSE_ALG_EDDSA:
	case COSE_ALG_ED448:
		return NULL;
	case COSE_ALG_ES384:
		return EVP_sha384();
	case COSE_ALG_ES512:
		return EVP_sha512();
	case COSE_ALG_RS1:
		return EVP_sha1();
	default:
		return EVP_sha256();
	}
}

void vendor_sign(EVP_PKEY *key, int alg, const void *a, size_t a_n,
	const void *b, size_t b_n, struct buf *ret)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char sig[1024]; /* of RSA with 8192 bits */
	size_t n = sizeof(sig);
	struct buf all;

	buf_init(&all, 1 << 20);
	buf_put(&all, a, a_n);
	buf_put(&all, b, b_n);
	MUST(EVP_DigestSignInit(ctx, NULL, digest_of(alg), NULL, key) == 1);
	MUST(EVP_DigestSign(ctx, sig, &n, all.p, all.n) == 1);
	EVP_MD_CTX_free(ctx);
	buf_done(&all);
	buf_put(ret, sig, n);
}

/* ---- answers ---- */

void vendor_answer_init(struct vendor_answer *w, const struct vendor *m)
{
	*w = (struct vendor_answer){
		.fmt = "packed",
		.rp_id = VENDOR_RP_ID,
		.asked_rp_id = VENDOR_RP_ID,
		.client_data = "{\"type\":\"webauthn.create\"}",
		.asked_client_data = "{\"type\":\"webauthn.create\"}",
		.flags = AUTHDATA_UP | AUTHDATA_AT,
		.counter = 7,
		.aaguid = VENDOR_AAGUID,
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

void vendor_answer_u2f(struct vendor_answer *w, const struct vendor *m)
{
	vendor_answer_init(w, m);
	w->fmt = "fido-u2f";
	memset(w->aaguid, 0, sizeof(w->aaguid));
	w->alg = 0;
	w->x5c_n = 1;
}

void vendor_answer_tpm(struct vendor_answer *w, const struct vendor *m)
{
	vendor_answer_init(w, m);
	w->fmt = "tpm";
	w->x5c[0] = m->aik;
}

void vendor_auth_data(const struct vendor_answer *w, struct buf *b)
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
		if (w->credential_hex)
			vendor_hex(b, w->credential_hex);
		else
			vendor_cose_key(b, w->credential_key,
				w->credential_alg);
	}
	vendor_hex(b, w->extensions_hex);
}

static void put_u2f_data(const struct vendor_answer *w, struct buf *b)
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
	vendor_cose_key(&key, w->credential_key, w->credential_alg);
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
	vendor_hex(sig, "3048");
	for (i = 0; i < 2; i++) {
		MUST(BN_bn2binpad(i ? ECDSA_SIG_get0_s(s) :
				      ECDSA_SIG_get0_r(s), raw + 2, 32) == 32);
		vendor_hex(sig, "0222");
		buf_put(sig, raw, sizeof(raw));
	}
	ECDSA_SIG_free(s);
}

static void put_sig(const struct vendor_answer *w, const struct buf *auth_data,
	const struct buf *info, struct buf *sig)
{
	unsigned char hash[32];
	struct buf u2f;

	buf_init(&u2f, 4096);
	SHA256((const unsigned char *)w->client_data, strlen(w->client_data),
		hash);
	if (strcmp(w->fmt, "fido-u2f") == 0) {
		put_u2f_data(w, &u2f);
		vendor_sign(w->sign_key, w->digest_alg, u2f.p, u2f.n, NULL, 0,
			sig);
	} else if (strcmp(w->fmt, "tpm") == 0) {
		vendor_sign(w->sign_key, w->digest_alg, info->p, info->n, NULL,
			0, sig);
	} else {
		vendor_sign(w->sign_key, w->digest_alg, auth_data->p,
			auth_data->n, hash, sizeof(hash), sig);
	}
	buf_done(&u2f);
	if (w->long_integers)
		lengthen(sig);
	if (w->spoil_sig)
		sig->p[w->spoil_sig - 1] ^= 1;
}

/* ---- a TPM's structures ---- */

static void put_sized(struct buf *b, const void *p, size_t n)
{
	buf_put_be(b, n, 2);
	buf_put(b, p, n);
}

static void put_sized_number(struct buf *b, EVP_PKEY *key, const char *param,
	bool shortest)
{
	unsigned char raw[1024];
	BIGNUM *v = NULL;
	size_t n;

	MUST(EVP_PKEY_get_bn_param(key, param, &v) == 1);
	n = (size_t)BN_num_bytes(v);
	if (!shortest && EVP_PKEY_get_base_id(key) == EVP_PKEY_EC)
		n = (size_t)(EVP_PKEY_get_bits(key) + 7) / 8;
	MUST(BN_bn2binpad(v, raw, (int)n) == (int)n);
	put_sized(b, raw, n);
	BN_free(v);
}

static void put_sized_hex(struct buf *b, const char *hex)
{
	struct buf v;

	buf_init(&v, 4096);
	vendor_hex(&v, hex);
	put_sized(b, v.p, v.n);
	buf_done(&v);
}

static uint16_t or(uint16_t given, uint16_t usual)
{
	return given ? given : usual;
}

static void put_area(const struct vendor_answer *w, struct buf *b)
{
	const struct vendor_tpm *t = &w->tpm;
	EVP_PKEY *key = t->area_key ? t->area_key : w->credential_key;
	bool rsa = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
	int bits = EVP_PKEY_get_bits(key);

	buf_put_be(b, or(t->key_type, rsa ? TPM_RSA : TPM_ECC), 2);
	buf_put_be(b, or(t->name_alg, TPM_SHA256), 2);
	buf_put_be(b, t->attributes ? t->attributes : 0x60472, 4);
	put_sized_hex(b, t->policy_hex);
	buf_put_be(b, or(t->symmetric, TPM_NULL), 2);
	buf_put_be(b, or(t->scheme, TPM_NULL), 2);
	if (t->scheme_hash)
		buf_put_be(b, t->scheme_hash, 2);
	if (rsa) {
		buf_put_be(b, (uint64_t)bits + t->more_bits, 2);
		buf_put_be(b, t->exponent, 4);
		put_sized_number(b, key, OSSL_PKEY_PARAM_RSA_N, false);
	} else {
		buf_put_be(b, or(t->curve, bits == 521 ? 5 :
				bits == 384 ? 4 : 3), 2);
		buf_put_be(b, or(t->kdf, TPM_NULL), 2);
		put_sized_number(b, key, OSSL_PKEY_PARAM_EC_PUB_X,
			t->short_numbers);
		put_sized_number(b, key, OSSL_PKEY_PARAM_EC_PUB_Y,
			t->short_numbers);
	}
	vendor_hex(b, t->area_more);
	b->n -= t->area_cut;
}

/* The hash of a || b, behind `id` where that is one of a TPM's algorithms. */
static void put_sized_hash(struct buf *ret, uint16_t id, const EVP_MD *md,
	const struct buf *a, const void *b, size_t b_n, bool spoil)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned n = 0;

	MUST(EVP_DigestInit_ex(ctx, md ? md : EVP_sha256(), NULL) == 1 &&
		EVP_DigestUpdate(ctx, a->p, a->n) == 1 &&
		EVP_DigestUpdate(ctx, b, b_n) == 1 &&
		EVP_DigestFinal_ex(ctx, hash, &n) == 1);
	EVP_MD_CTX_free(ctx);
	hash[n - 1] ^= spoil;
	buf_put_be(ret, n + (id ? 2 : 0), 2);
	if (id)
		buf_put_be(ret, id, 2);
	buf_put(ret, hash, n);
}

static const EVP_MD *name_digest(uint16_t alg)
{
	return alg == 4 ? EVP_sha1() : alg == TPM_SHA384 ? EVP_sha384() :
		alg == TPM_SHA512 ? EVP_sha512() : EVP_sha256();
}

static void put_info(const struct vendor_answer *w, const struct buf *auth_data,
	const struct buf *area, struct buf *b)
{
	const struct vendor_tpm *t = &w->tpm;
	uint16_t name_alg = or(t->name_alg, TPM_SHA256);
	unsigned char hash[32];

	buf_put_be(b, t->magic ? t->magic : 0xff544347, 4);
	buf_put_be(b, or(t->type, 0x8017), 2);
	put_sized_hex(b, t->signer_hex);
	SHA256((const unsigned char *)w->client_data, strlen(w->client_data),
		hash);
	put_sized_hash(b, 0, t->sha256_extra ? EVP_sha256() :
		digest_of(w->digest_alg), auth_data, hash, sizeof(hash),
		t->spoil_extra);
	vendor_hex(b, "0000000000001000" "00000002" "00000003" "01"
		     "0123456789abcdef"); /* clockInfo, firmwareVersion */
	put_sized_hash(b, name_alg, name_digest(name_alg), area, NULL, 0,
		t->spoil_name);
	put_sized_hex(b, t->qualified_hex);
	vendor_hex(b, t->info_more);
	b->n -= t->info_cut;
}

static void put_cert(struct buf *b, X509 *cert)
{
	unsigned char *der = NULL;
	int n = i2d_X509(cert, &der);

	MUST(n > 0);
	tcbor_put_bytes(b, der, (size_t)n);
	OPENSSL_free(der);
}

static void put_x5c(const struct vendor_answer *w, struct buf *b)
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
			vendor_hex(b, w->x5c_garbage);
		else
			put_cert(b, w->x5c[i]);
}

static void put_bytes(struct buf *b, const char *name, const struct buf *v)
{
	tcbor_put_text(b, name);
	tcbor_put_bytes(b, v->p, v->n);
}

/* The members of a statement, in their canonical order */
static void put_statement(const struct vendor_answer *w,
	const struct buf *auth_data, struct buf *b)
{
	bool tpm = strcmp(w->fmt, "tpm") == 0;
	struct buf sig, area, info;

	buf_init(&sig, 1024);
	buf_init(&area, 4096);
	buf_init(&info, 4096);
	if (tpm) {
		put_area(w, &area);
		put_info(w, auth_data, &area, &info);
	}
	tcbor_put_head(b, TCBOR_MAP, (size_t)(w->alg != 0) +
		(w->sign_key != NULL) + w->with_x5c +
		(tpm ? 3u - w->tpm.no_area - w->tpm.no_info : 0));
	if (w->alg) {
		tcbor_put_text(b, "alg");
		put_int(b, w->alg);
	}
	if (w->sign_key) {
		put_sig(w, auth_data, &info, &sig);
		put_bytes(b, "sig", &sig);
	}
	if (tpm) {
		tcbor_put_text(b, "ver");
		tcbor_put_text(b, w->tpm.ver ? w->tpm.ver : "2.0");
	}
	if (w->with_x5c)
		put_x5c(w, b);
	if (tpm && !w->tpm.no_area)
		put_bytes(b, "pubArea", &area);
	if (tpm && !w->tpm.no_info)
		put_bytes(b, "certInfo", &info);
	MUST(!buf_failed(&area) && !buf_failed(&info) && !buf_failed(&sig));
	buf_done(&info);
	buf_done(&area);
	buf_done(&sig);
}

void vendor_answer_build(const struct vendor_answer *w, struct attestation *ret)
{
	attestation_done(ret);
	attestation_init(ret);
	MUST(strlen(w->fmt) <= ATTEST_FMT_MAX);
	strcpy(ret->fmt, w->fmt);
	strcpy(ret->rp_id, w->asked_rp_id);
	buf_put_str(&ret->client_data, w->asked_client_data);
	vendor_auth_data(w, &ret->auth_data);
	put_statement(w, &ret->auth_data, &ret->att_stmt);
	MUST(!buf_failed(&ret->att_stmt) && !buf_failed(&ret->auth_data));
}

void vendor_assertion(EVP_PKEY *key, const char *rp_id, const char *client_data,
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
	vendor_sign(key, vendor_alg_of(key), ret->auth_data.p, ret->auth_data.n,
		hash, sizeof(hash), &ret->signature);
}

void vendor_anchors(struct anchors *ret, X509 *const *certs, size_t n)
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

void vendor_evidence_of(const struct vendor *m, struct vendor_answer *w,
	struct evidence *ret)
{
	evidence_init(ret);
	w->client_data = w->asked_client_data =
		"{\"type\":\"webauthn.create\",\"challenge\":\"AAAA\","
		"\"origin\":\"" VENDOR_RP_ID "\"}";
	vendor_answer_build(w, &ret->attestation);
	ret->has_assertion = true;
	vendor_assertion(w->credential_key, VENDOR_RP_ID,
		"{\"type\":\"webauthn.get\",\"challenge\":\"AAAA\","
		"\"origin\":\"" VENDOR_RP_ID "\"}", w->credential_id,
		AUTHDATA_UP, w->counter + 1, &ret->assertion);
	ret->made_at = VENDOR_AT;
	ret->verdict = VERDICT_GENUINE;
	MUST(leaf_fingerprint(m->root, ret->anchor_sha256) == 0);
	strcpy(ret->advisories, "2026-11-01");
	strcpy(ret->local_advisories, "2026-11-20");
	ret->has_claims = true;
	memcpy(ret->claimed_aaguid, VENDOR_AAGUID, 16);
	strcpy(ret->claimed_firmware, "5.7.4");
	ret->claimed_serial = 12345678;
}

void vendor_evidence(const struct vendor *m, struct evidence *ret)
{
	struct vendor_answer w;

	vendor_answer_init(&w, m);
	vendor_evidence_of(m, &w, ret);
}
