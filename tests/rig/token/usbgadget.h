/* The control transfers of a token's USB device. */
#ifndef TOKEN_USBGADGET_H
#define TOKEN_USBGADGET_H

#include "token.h"

/* One control transfer: 0, with what the host reads put into in, or -1: the
 * device stalls. */
int usbgadget_control(struct token *t, const uint8_t setup[8],
		      const uint8_t *out, size_t n, GByteArray *in);

#endif
