/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libfido2 on a channel that is ours already: its transport functions. What a
 * survey asked before is answered from memory, its nonce echoed.
 */
#ifndef TOKEN_FIDO_IO_TRANSPORT_H
#define TOKEN_FIDO_IO_TRANSPORT_H

#include "token/hid/hid.h"

#include <fido.h>

struct transport {
	struct hid hid;        /* owned; its fd is -1 on a reader */
	struct buf get_info;   /* as a survey left it */
	struct buf sent;       /* a command, until its reply is there */
	struct buf reply;      /* of the command that was sent last */
	unsigned char nonce[HID_NONCE]; /* of libfido2's INIT */
	uint8_t command;       /* that was sent last */
	bool from_memory;      /* its reply is known already */
	bool opening;          /* getInfo is answered from memory */
	struct error failure;  /* why a function of ours failed; code 0: none */
};

void transport_init(struct transport *t);
void transport_done(struct transport *t);

/*
 * Opens dev on the channel that t->hid has, without asking the token anything.
 * dev's close does not close the descriptor. `t` must outlive dev and stay
 * where it is. Until transport_opened() getInfo comes from memory.
 */
int transport_open(struct transport *t, fido_dev_t *dev, struct error *err);
void transport_opened(struct transport *t);

#endif
