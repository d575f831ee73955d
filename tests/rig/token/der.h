/* A vendor's defect: integers of a signature that are too long by a byte. */
#ifndef TOKEN_DER_H
#define TOKEN_DER_H

#include "token.h"

/* Count an ECDSA signature, and spoil it when it is the odd one's turn; sig
 * has room for a byte more. Returns its length. */
size_t der_odd(struct token *t, uint8_t *sig, size_t n);

#endif
