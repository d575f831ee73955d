/* The YKOATH applet. */
#ifndef TOKEN_OATH_H
#define TOKEN_OATH_H

#include "token.h"

struct apdu {
	unsigned cla, ins, p1, p2;
	const uint8_t *data;
	size_t n;
};

enum {
	SW_OK = 0x9000, SW_GENERIC = 0x6581, SW_WRONG_LENGTH = 0x6700,
	SW_AUTH_REQUIRED = 0x6982, SW_NO_OBJECT = 0x6984,
	SW_NOT_SATISFIED = 0x6985, SW_WRONG_SYNTAX = 0x6a80,
	SW_NO_FILE = 0x6a82, SW_NO_SPACE = 0x6a84, SW_WRONG_P1P2 = 0x6a86,
	SW_INS = 0x6d00, SW_CLA = 0x6e00
};

void oath_init(struct oath *o);
void oath_done(struct oath *o);
/* Count the command. */
void oath_name(struct token *t, const struct apdu *a);
unsigned oath_select(struct token *t, GByteArray *out);
/* out takes the whole reply, however long; *sw the status word */
enum outcome oath_command(struct token *t, const struct apdu *a,
			  bool touched, GByteArray *out, unsigned *sw);

/* For the control protocol: password (empty: none) and n made-up accounts. */
void oath_set_password(struct token *t, const char *password);
void oath_fill(struct token *t, unsigned n);

#endif
