/* Attestation statements: one table, the longer ones in files of their own. */
#ifndef TOKEN_ATT_H
#define TOKEN_ATT_H

#include "credential.h"
#include "ctap2.h"

/* What is attested. */
struct attested {
	const GByteArray *ad;		/* authenticator data */
	const uint8_t *cdh, *rp_hash;
	const uint8_t *id;		/* CREDENTIAL_ID bytes */
	const struct credential *c;
	bool enterprise;		/* with the serial number */
};

/* Can this token's format attest a key of that algorithm? */
bool att_can(const struct token *t, const struct alg *a);
/* Members 1 (fmt), 2 (authData) and 3 (attStmt) of the reply. */
void att_put(struct token *t, const struct attested *a, GByteArray *out);

/* authData | clientDataHash, or what misbehaviour makes of it; caller unrefs */
GByteArray *att_message(struct token *t, const struct attested *a);
/* By the attestation key d, unless told to forge; returns the length. */
size_t att_sign(struct token *t, const uint8_t d[32], const GByteArray *m,
		uint8_t ret[SIGNATURE]);
/* The x5c array: the leaf, and the intermediate where it is sent. */
void att_put_x5c(struct token *t, const GByteArray *leaf, GByteArray *out);

/* The token's own key and leaf, with its serial number: enterprise.c. Both
 * stay what they are when the CA cannot be read. */
void token_enterprise_leaf(struct token *t, uint8_t d[32], GByteArray *leaf);
/* att-tpm.c */
void att_put_tpm(struct token *t, const struct attested *a, GByteArray *out);

#endif
