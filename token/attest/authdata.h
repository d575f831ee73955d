/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Authenticator data (WebAuthn Level 3 section 6.1) and COSE public keys
 * (RFC 9053). Pure: bytes in, pointers into those bytes out.
 */
#ifndef TOKEN_ATTEST_AUTHDATA_H
#define TOKEN_ATTEST_AUTHDATA_H

#include "base/buf.h"
#include "base/error.h"

#include <openssl/evp.h>
#include <stdint.h>

enum authdata_flag {
	AUTHDATA_UP = 0x01,
	AUTHDATA_UV = 0x04,
	AUTHDATA_BE = 0x08,
	AUTHDATA_BS = 0x10,
	AUTHDATA_AT = 0x40,
	AUTHDATA_ED = 0x80,
};

struct authdata {
	const unsigned char *rp_id_hash; /* 32 bytes */
	uint8_t flags;
	uint32_t counter;
	const unsigned char *aaguid; /* 16 bytes; NULL without AT */
	const unsigned char *credential_id;
	size_t credential_id_n;
	const unsigned char *public_key; /* COSE_Key */
	size_t public_key_n;
};

/*
 * Splits authenticator data; every byte must be accounted for, extensions
 * must be one well-formed CBOR map. ERROR_MALFORMED leaves *ret untouched.
 */
int authdata_parse(const unsigned char *p, size_t n, struct authdata *ret,
	struct error *err);

/*
 * COSE algorithm identifiers that we verify. Those of RFC 9864 are older ones
 * with the curve said, which WebAuthn ties to the older ones, too: the same.
 */
enum cose_algorithm {
	COSE_ALG_ES256 = -7,
	COSE_ALG_EDDSA = -8,
	COSE_ALG_ESP256 = -9,
	COSE_ALG_ED25519 = -19,
	COSE_ALG_ES384 = -35,
	COSE_ALG_ES512 = -36,
	COSE_ALG_ESP384 = -51,
	COSE_ALG_ESP512 = -52,
	COSE_ALG_ED448 = -53,
	COSE_ALG_RS256 = -257,
};
/* RSASSA-PKCS1-v1_5 with SHA-1: of TPMs, by cose_verify_rs1() alone */
#define COSE_ALG_RS1 (-65535)

/*
 * A COSE_Key as an OpenSSL key, owned by the caller. ERROR_MALFORMED where the
 * members do not fit the algorithm or the point is not on its curve,
 * ERROR_UNSUPPORTED for an algorithm outside cose_algorithm.
 */
int cose_key_load(const unsigned char *p, size_t n, EVP_PKEY **ret,
	int *ret_alg, struct error *err);

/* Whether it is one that we verify. */
bool cose_is_verified(int64_t alg);
/* Whether both mean the same, as ES256 and ESP256 do. */
bool cose_is_same(int64_t a, int64_t b);

/* Uncompressed point 04 || x || y of an ES256 COSE_Key: 65 bytes. 0 or -1. */
int cose_key_point(const unsigned char *p, size_t n, unsigned char ret[65]);

/* What the algorithm hashes with; NULL for EdDSA and unknown ones. */
const EVP_MD *cose_digest(int64_t alg);

/* Whether key is one of this curve, by OpenSSL's name of it. */
bool cose_key_is_on(EVP_PKEY *key, const char *group);

/*
 * Whether sig is alg's signature by key over a || b. False also where the
 * key is NULL or its type, curve or size (RSA: 2048 bits) does not fit.
 */
bool cose_verify(EVP_PKEY *key, int alg, const void *a, size_t a_n,
	const void *b, size_t b_n, const unsigned char *sig, size_t sig_n);

/*
 * Old U2F tokens put more zeros before r and s than DER allows, and OpenSSL
 * refuses those: appends the same two numbers in their one right form, or
 * nothing where they are no two numbers.
 */
void cose_shorten_ecdsa(const unsigned char *p, size_t n, struct buf *ret);

/* The same for COSE_ALG_RS1, which nothing but a `tpm` statement may use. */
bool cose_verify_rs1(EVP_PKEY *key, const unsigned char *p, size_t n,
	const unsigned char *sig, size_t sig_n);

#endif
