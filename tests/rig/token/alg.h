/* The algorithms of credentials. */
#ifndef TOKEN_ALG_H
#define TOKEN_ALG_H

#include "bytes.h"

#define SIGNATURE 112		/* room for the longest one */

/* A credential's key is 32 bytes whatever its algorithm: the scalar, or the
 * seed that the private key comes from. */
struct alg {
	const char *name;	/* in the option "algorithms" */
	int cose;
	unsigned coordinate;	/* length; 0: an Edwards key without y */
	/* x and y, or the one string of an Edwards key */
	void (*public)(const uint8_t key[32], uint8_t *ret);
	size_t (*sign)(const uint8_t key[32], const void *p, size_t n,
		       uint8_t *ret);
};

/* NULL when there is none; alg_at() counts from 0 */
const struct alg *alg_at(unsigned i);
const struct alg *alg_named(const char *name);
const struct alg *alg_of(int cose);
unsigned alg_index(const struct alg *a);

/* Its public key as a COSE_Key. */
void alg_put_cose(const struct alg *a, const uint8_t key[32], GByteArray *b);

#endif
