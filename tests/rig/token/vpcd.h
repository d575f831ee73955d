/* The vpcd transport: the token's smart card in a reader of pcscd. */
#ifndef TOKEN_VPCD_H
#define TOKEN_VPCD_H

#include "card.h"

/* Once it is put in, it connects to 127.0.0.1:port, again and again until
 * pcscd is there. */
struct card *vpcd_card_new(struct token *t, unsigned port);

#endif
