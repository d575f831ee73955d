/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a token tells only to who knows its PIN: which discoverable credentials
 * it keeps (CTAP 2.1 section 6.8), and its own identifier (CTAP 2.2 section
 * 6.4, encIdentifier), which stays the same until a reset.
 */
#ifndef TOKEN_FIDO_DISCOVERABLE_H
#define TOKEN_FIDO_DISCOVERABLE_H

#include "token/fido/fido.h"

struct discoverable {
	uint64_t kept; /* discoverable credentials */
	uint64_t left; /* how many more, by the token's own guess */
	struct discoverable_rp {
		char id[256]; /* clean text */
		size_t n;     /* its credentials */
	} *rps; /* owned */
	size_t rps_n;
	uint8_t identifier[16];
	bool has_identifier; /* never with a libfido2 older than 1.17 */
};

void discoverable_done(struct discoverable *i);

/*
 * Asks whether it lists anything at all, before a PIN is asked for: what it
 * announces in getInfo does not count. ERROR_PIN where
 * it has none; ERROR_UNSUPPORTED: it lists nothing, or only by a command that
 * this program's libfido2 (before 1.15) does not know.
 */
int discoverable_check(struct fido *f, struct error *err);

/*
 * Fills *ret, all zero before; done in any case. Spends one PIN try where the
 * PIN is wrong (ERROR_PIN_WRONG).
 */
int discoverable_read(struct fido *f, const struct secret *pin,
	struct discoverable *ret, struct error *err);

#endif
