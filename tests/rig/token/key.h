/* The cryptography a key needs; libcrypto stays behind this file and cert.c.
 * A failure inside libcrypto ends the program: a token cannot go on. */
#ifndef TOKEN_KEY_H
#define TOKEN_KEY_H

#include "bytes.h"

void random_bytes(void *ret, size_t n);
void sha256(const void *p, size_t n, uint8_t ret[32]);
/* md is "SHA1", "SHA256" or "SHA512"; returns the length, at most 64 */
size_t hmac(const char *md, const void *key, size_t klen,
	    const void *p, size_t n, uint8_t ret[64]);
void hkdf_sha256(const void *ikm, size_t n, const char *info,
		 uint8_t ret[32]);
/* AES-256-CBC without padding; n is a multiple of 16 */
void aes_cbc(bool encrypt, const uint8_t key[32], const uint8_t iv[16],
	     const uint8_t *p, size_t n, uint8_t *ret);
/* AES-256-GCM: nonce (12) | text | tag (16); n + 28 bytes */
void gcm_seal(const uint8_t key[32], const uint8_t aad[32],
	      const uint8_t *p, size_t n, uint8_t *ret);
bool gcm_open(const uint8_t key[32], const uint8_t aad[32],
	      const uint8_t *p, size_t n, uint8_t *ret);

/* P-256: d is the private scalar, xy the public point */
void p256_new(uint8_t d[32]);
void p256_public(const uint8_t d[32], uint8_t xy[64]);
/* DER signature with SHA-256; returns its length, at most 72 */
size_t p256_sign(const uint8_t d[32], const void *p, size_t n,
		 uint8_t ret[80]);
/* false when the point is not on the curve */
bool p256_ecdh(const uint8_t d[32], const uint8_t xy[64], uint8_t z[32]);

#endif
