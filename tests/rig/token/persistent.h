/* The PIN/UV auth token that lasts, and what it opens (CTAP 2.2). */
#ifndef TOKEN_PERSISTENT_H
#define TOKEN_PERSISTENT_H

#include "token.h"

/* The token: another one after a reset and with another PIN. */
void persistent_token(const struct token *t, uint8_t ret[32]);
/* encIdentifier: the device identifier, under that token. */
void persistent_identifier(const struct token *t, GByteArray *out);

#endif
