/* The smart card in a reader: one APDU at a time, with its touches, delays
 * and misbehaviour. Which reader that is, the card does not know. */
#ifndef TOKEN_CARD_H
#define TOKEN_CARD_H

#include "token.h"

/* What carries the APDUs: vpcd, or the token's own CCID interface. */
struct reader {
	void (*answer)(void *arg, const uint8_t *p, size_t n);
	/* the card was put in or taken out */
	void (*moved)(void *arg, bool in);
	bool (*connected)(const void *arg);
	void (*free)(void *arg);
};

/* The card is out of the reader. arg belongs to the card, which gives it to
 * reader->free. */
struct card *card_new(struct token *t, const struct reader *reader, void *arg);
/* NULL is allowed; also below. */
void card_free(struct card *c);
/* In or out of the reader. */
void card_insert(struct card *c, bool in);
bool card_is_in(const struct card *c);
bool card_is_connected(const struct card *c);
/* Power off, or the reader has gone: what is under way is forgotten. */
void card_reset(struct card *c);
/* One command APDU; reader->answer follows, now or later, but not when the
 * card is reset or taken out before. */
void card_apdu(struct card *c, const uint8_t *p, size_t n);

#endif
