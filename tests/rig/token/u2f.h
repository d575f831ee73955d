/* U2F raw messages (FIDO U2F 1.2), the payload of CTAPHID_MSG. */
#ifndef TOKEN_U2F_H
#define TOKEN_U2F_H

#include "token.h"

/* Count the command that the message holds. */
void u2f_name(struct token *t, const uint8_t *p, size_t n);
/* Answer it: data and status word. Never waits; 6985 until touched. */
void u2f_handle(struct token *t, const uint8_t *p, size_t n, GByteArray *out);

#endif
