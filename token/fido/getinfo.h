/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All that authenticatorGetInfo answers (CTAP 2.1 section 6.4, and what later
 * versions add), as JSON. All of it is what the token says of itself.
 */
#ifndef TOKEN_FIDO_GETINFO_H
#define TOKEN_FIDO_GETINFO_H

#include "token/fido/fido.h"

#include <jansson.h>

/*
 * The answer's map as a new object. Members that the specification names have
 * its names; those that it does not, and those that are not of the form that
 * it gives them, stand in "other" under their number. Bytes are hex, the AAGUID
 * is a UUID; a number that not every JSON reader keeps exactly (above 2^53 - 1)
 * is a string of digits; text is made clean. Pure.
 *
 * ERROR_MALFORMED where the bytes are no such map, or a key stands twice.
 */
int getinfo_parse(const unsigned char *p, size_t n, json_t **ret,
	struct error *err);

/* The same of a whole reply, its status byte first. Pure. */
int getinfo_parse_reply(const struct buf *reply, json_t **ret,
	struct error *err);

/*
 * The same of what the token answered when it was opened; ERROR_UNSUPPORTED on
 * a U2F key and on a reader.
 */
int getinfo_of(const struct fido *f, json_t **ret, struct error *err);

/* What CTAPHID's INIT told: protocol, deviceVersion, capabilities. New. */
json_t *getinfo_channel(const struct fido_info *i);

#endif
