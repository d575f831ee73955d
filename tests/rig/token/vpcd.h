/* The vpcd door: the token's smart card in a reader of pcscd. */
#ifndef TOKEN_VPCD_H
#define TOKEN_VPCD_H

#include "token.h"

/* Connects to 127.0.0.1:port, again and again until pcscd is there. */
struct card *card_new(struct token *t, unsigned port);
void card_free(struct card *c);
/* In or out of the reader. */
void card_insert(struct card *c, bool in);
bool card_is_connected(const struct card *c);

#endif
