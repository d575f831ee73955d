/* The extension hmac-secret (CTAP 2.1 section 12.5). */
#ifndef TOKEN_HMAC_H
#define TOKEN_HMAC_H

#include "pin.h"

/* What an assertion is asked for; n is 0 when it is not, else 32 or 64. */
struct salts {
	struct shared shared;
	uint8_t salt[64];
	size_t n;
};

/* From the extension map of getAssertion; a status. */
int hmac_parse(struct token *t, const struct cbor *extensions, bool up,
	       struct salts *ret);
/* The extension map of the reply: the secrets of this credential. */
void hmac_put(struct token *t, const struct salts *s, const GByteArray *id,
	      bool uv, GByteArray *ad);

#endif
