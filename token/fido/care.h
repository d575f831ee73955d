/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Care of a token: its PIN, a reset of its FIDO side, a light to find it by.
 * Deadlines and cancelling are those of the open token (fido.h).
 */
#ifndef TOKEN_FIDO_CARE_H
#define TOKEN_FIDO_CARE_H

#include "base/secret.h"
#include "token/fido/fido.h"

#define CARE_PIN_MIN 4       /* code points (CTAP 2.1 section 6.5.1) */
#define CARE_PIN_MAX 63      /* bytes of UTF-8, ibid. */

/*
 * Whether n bytes may become a PIN: clean UTF-8 (text.h), at most CARE_PIN_MAX
 * bytes, at least `least` code points (never fewer than CARE_PIN_MIN), and no
 * combining character: CTAP wants PINs in Unicode's form NFC, which such a text
 * need not be, and a program that makes it so would then send another PIN.
 * ERROR_PIN says why not and repeats nothing of it. Pure.
 */
int care_check_pin(const char *p, size_t n, uint64_t least,
	struct error *err);

/*
 * Gives the token a PIN, or, with the present one in `old` (else NULL), another
 * one. A wrong old one costs a try: ERROR_PIN_WRONG. ERROR_PIN where the
 * token's own policy does not take the new one. Wipes neither.
 */
int care_set_pin(struct fido *f, const struct secret *old,
	const struct secret *pin, struct error *err);

/*
 * authenticatorReset (CTAP 2.1 section 6.6): erases every FIDO credential, U2F
 * included, and the PIN. Needs a touch, and a token that was plugged in less
 * than 10 s ago: ERROR_TIMEOUT where it says that it was not.
 */
int care_reset(struct fido *f, struct error *err);

/* CTAPHID_WINK; ERROR_UNSUPPORTED where the token says that it cannot. */
int care_wink(struct fido *f, struct error *err);

#endif
