/*
 * Credential ids. The id is the private key itself, sealed with the token's
 * secret and bound to the RP: another token, or the same one asked for
 * another RP, cannot open it.
 */
#ifndef TOKEN_CREDENTIAL_H
#define TOKEN_CREDENTIAL_H

#include "alg.h"
#include "token.h"

#define CREDENTIAL_ID 64

enum { CRED_RESIDENT = 1, CRED_HMAC_SECRET = 2 };

struct credential {
	uint8_t d[32];
	uint8_t flags, protect;	/* protect: credProtect level, 0 not asked */
	const struct alg *alg;
};

/* Fills in d; the rest is the caller's. */
void credential_new(struct token *t, const uint8_t rp_hash[32],
		    struct credential *c, uint8_t ret_id[CREDENTIAL_ID]);
bool credential_open(struct token *t, const uint8_t rp_hash[32],
		     const uint8_t *id, size_t n, struct credential *ret);
/* The signature counter, one further, as four bytes; saved. */
void credential_count(struct token *t, uint8_t ret[4]);

#endif
