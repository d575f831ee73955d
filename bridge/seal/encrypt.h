/* SPDX-License-Identifier: Apache-2.0 */
/* age and gpg, run by tokenbridge-seal. */
#ifndef BRIDGE_SEAL_ENCRYPT_H
#define BRIDGE_SEAL_ENCRYPT_H

#include "bridge/seal/wire.h"

/*
 * q's secret and a newline, encrypted for q's recipients, as armoured text in
 * b (reset first). The program gets the secret by a pipe, this process's
 * environment, no terminal, and a deadline; it is killed as well when cancel_fd
 * is readable or hung up. It is found where the system keeps
 * its programs, not along a PATH.
 */
int seal_encrypt(const struct seal_request *q, int cancel_fd, struct buf *b,
	struct error *err);

/* Whether n bytes are a whole armoured message of that program. Pure. */
bool seal_is_message(enum seal_program program, const unsigned char *p,
	size_t n);

#endif
