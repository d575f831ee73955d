/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frames of versions before wire.h's. A program that PAM serves keeps the
 * module that it began with while the package is upgraded: it is answered, in
 * the frames of its own version, by today's rules. Pure.
 *
 *   version 1   a terminal, which counts for nothing now; the PIN stands in the
 *               request and names no token; replies have no name, least
 *               length and alert
 *   version 2   a terminal
 */
#ifndef BRIDGE_LOGIN_AUTH_PAST_WIRE_H
#define BRIDGE_LOGIN_AUTH_PAST_WIRE_H

#include "bridge/login/wire.h"

/* The version that a request is of, if it is one of these; else 0. */
unsigned past_version(const unsigned char *p, size_t n);

/*
 * Of version 1 with `prove` ret->token is "" and ret_pin, which must be empty,
 * has the PIN. ERROR_MALFORMED.
 */
int past_request_read(const unsigned char *p, size_t n,
	struct login_request *ret, struct secret *ret_pin, struct error *err);

/* A result that the version has no letter for is LOGIN_FAILED in it. */
void past_reply_write(unsigned version, const struct login_reply *a,
	struct buf *b);

#endif
