/* The cryptography a key needs; libcrypto stays behind this file and cert*.c.
 * A failure inside libcrypto ends the program: a token cannot go on. */
#ifndef TOKEN_KEY_H
#define TOKEN_KEY_H

#include "bytes.h"

void random_bytes(void *ret, size_t n);
void sha256(const void *p, size_t n, uint8_t ret[32]);
/* md as below; returns the length */
size_t digest_of(const char *md, const void *p, size_t n, uint8_t ret[64]);
/* md is "SHA1", "SHA256" or "SHA512"; returns the length, at most 64 */
size_t hmac(const char *md, const void *key, size_t klen,
	    const void *p, size_t n, uint8_t ret[64]);
void hkdf_sha256(const void *ikm, size_t n, const char *info,
		 uint8_t ret[32]);
/* AES-256-CBC without padding; n is a multiple of 16 */
void aes_cbc(bool encrypt, const uint8_t key[32], const uint8_t iv[16],
	     const uint8_t *p, size_t n, uint8_t *ret);
/* AES-128-CBC without padding, encrypting only */
void aes128_cbc(const uint8_t key[16], const uint8_t iv[16], const uint8_t *p,
		size_t n, uint8_t *ret);
/* AES-256-GCM: nonce (12) | text | tag (16); n + 28 bytes */
void gcm_seal(const uint8_t key[32], const uint8_t aad[32],
	      const uint8_t *p, size_t n, uint8_t *ret);
bool gcm_open(const uint8_t key[32], const uint8_t aad[32],
	      const uint8_t *p, size_t n, uint8_t *ret);

/* P-256: d is the private scalar, xy the public point (64 bytes) */
void p256_new(uint8_t d[32]);
void p256_public(const uint8_t d[32], uint8_t *xy);
/* DER signature with SHA-256; returns its length, at most 72; room for 80 */
size_t p256_sign(const uint8_t d[32], const void *p, size_t n, uint8_t *ret);
/* P-384, the scalar made from the seed; signed with SHA-384; room for 112 */
void p384_public(const uint8_t seed[32], uint8_t *xy);
size_t p384_sign(const uint8_t seed[32], const void *p, size_t n,
		 uint8_t *ret);
void ed25519_public(const uint8_t seed[32], uint8_t *ret);
size_t ed25519_sign(const uint8_t seed[32], const void *p, size_t n,
		    uint8_t *ret);
/* false when the point is not on the curve */
bool p256_ecdh(const uint8_t d[32], const uint8_t xy[64], uint8_t z[32]);

/* PKCS#1 v1.5 by a key in PKCS#1 DER of at most 4096 bits */
size_t rsa_sign(const GByteArray *der, const char *md, const void *p,
		size_t n, uint8_t ret[512]);

#endif
