/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Care of a token: its PIN, a reset of its FIDO side, a light to find it by.
 * Deadlines and cancelling are those of the open token (fido.h).
 */
#ifndef TOKEN_FIDO_CARE_H
#define TOKEN_FIDO_CARE_H

#include "base/secret.h"
#include "token/fido/fido.h"

#define CARE_RANDOM_MIN 6    /* digits of a PIN that is made here */
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
 * A new random PIN of n decimal digits (CARE_RANDOM_MIN to CARE_PIN_MAX), each
 * of the kernel's random bytes without bias; one that care_is_trivial is thrown
 * away and made again. The caller wipes it.
 */
int care_random_pin(size_t n, struct secret *ret, struct error *err);

/*
 * Whether anybody would try these digits early: fewer than four different ones,
 * one after the other in a row (123456, 987654, 890123), a piece that is
 * repeated, or the same forwards and backwards. Pure.
 */
bool care_is_trivial(const char *p, size_t n);

/*
 * Gives the token a PIN, or, with the present one in `old` (else NULL), another
 * one. A wrong old one costs a try: ERROR_PIN_WRONG. ERROR_PIN where the
 * token's own policy does not take the new one. Wipes neither.
 */
int care_set_pin(struct fido *f, const struct secret *old,
	const struct secret *pin, struct error *err);

/* Whether the token can be told to take its PIN no more until it is changed. */
bool care_can_force_change(const struct fido_info *info);

/*
 * Tells it so (CTAP 2.1 section 6.11.4, setMinPINLength with forceChangePin),
 * by the PIN that it has. ERROR_UNSUPPORTED where it cannot be told.
 */
int care_force_change(struct fido *f, const struct secret *pin,
	struct error *err);

/*
 * authenticatorReset (CTAP 2.1 section 6.6): erases every FIDO credential, U2F
 * included, and the PIN. Needs a touch, and a token that was plugged in less
 * than 10 s ago: ERROR_TIMEOUT where it says that it was not.
 */
int care_reset(struct fido *f, struct error *err);

/* CTAPHID_WINK; ERROR_UNSUPPORTED where the token says that it cannot. */
int care_wink(struct fido *f, struct error *err);

#endif
