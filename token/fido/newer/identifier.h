/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The token's identifier (CTAP 2.2 section 6.4, encIdentifier), opened by a
 * PIN/UV auth token of the persistent kind, which libfido2 gets since 1.17.
 */
#ifndef TOKEN_FIDO_NEWER_IDENTIFIER_H
#define TOKEN_FIDO_NEWER_IDENTIFIER_H

#include <fido.h>
#include <stdbool.h>

/*
 * A code of libfido2; the PIN/UV auth token is forgotten at once. *ret_known is
 * false where the token has no identifier, and with an older libfido2.
 */
int identifier_ask(fido_dev_t *dev, const char *pin, uint8_t ret[16],
	bool *ret_known);

#endif
