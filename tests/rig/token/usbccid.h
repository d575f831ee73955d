/* The smart card as a USB interface of the token: the bulk messages of CCID
 * (Device Class: Smart Card, revision 1.1). */
#ifndef TOKEN_USBCCID_H
#define TOKEN_USBCCID_H

#include "token.h"

struct usbccid;

/* send brings a message to the host by an IN endpoint. It makes t->card,
 * which owns it and ends it. */
struct usbccid *usbccid_new(struct token *t,
			    void (*send)(struct token *t, unsigned endpoint,
					 const uint8_t *p, size_t n));
/* Bytes from the host; a message may come in several parts. */
void usbccid_out(struct usbccid *u, const uint8_t *p, size_t n);

#endif
