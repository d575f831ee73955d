/* The smart card side: APDUs, applet selection, chaining. */
#ifndef TOKEN_CCID_H
#define TOKEN_CCID_H

#include "token.h"

struct ccid *ccid_new(struct token *t);
void ccid_free(struct ccid *c);
void ccid_reset(struct ccid *c);
/* One command APDU; out takes data and status word. Same rule of touch as
 * everywhere: WANT_TOUCH, then again with touched set. */
enum outcome ccid_apdu(struct ccid *c, const uint8_t *p, size_t n,
		       bool touched, GByteArray *out);

extern const uint8_t ccid_atr[];
extern const size_t ccid_atr_size;

#endif
