/* SPDX-License-Identifier: Apache-2.0 */
/* TOTP as AWS takes it: SHA-1, 30 s, 6 digits (RFC 6238, RFC 4226). */
#ifndef TOKEN_CARD_TOTP_H
#define TOKEN_CARD_TOTP_H

#include "base/secret.h"

#include <stdint.h>
#include <time.h>

#define TOTP_PERIOD 30
#define TOTP_CODE_LEN 7 /* six digits and a NUL */

/* The 8-byte challenge of a time step. */
void totp_challenge(uint64_t step, unsigned char ret[8]);
/* A random one, to prove a secret without giving away a code. 0 or -1. */
int totp_random_challenge(unsigned char ret[8]);
/*
 * How long a step of an OATH credential is: where it is not the usual one its
 * name begins with the seconds and a slash, which is all that the application
 * knows of it (Yubico's YKOATH; ykman and Yubico's app write it so). Pure.
 */
unsigned totp_period(const char *name);
/* Step of a moment. */
uint64_t totp_step(time_t t);

/* HMAC-SHA-1 of a challenge; both ends must come to the same. 0 or -1. */
int totp_hmac(const struct secret *key, const unsigned char challenge[8],
	unsigned char ret[20]);

/* Dynamic truncation (RFC 4226 section 5.3): 31 bits. */
uint32_t totp_truncate(const unsigned char hmac[20]);

#define TOTP_DIGITS_MAX 8

/* A code of so many digits, 6 to TOTP_DIGITS_MAX, of those bits. */
void totp_format(uint32_t truncated, unsigned digits,
	char ret[TOTP_DIGITS_MAX + 1]);

/* The code of a step; wipe it after use. 0 or -1. */
int totp_code(const struct secret *key, uint64_t step,
	char ret[TOTP_CODE_LEN]);

/*
 * The step nearest to `step`, at most `window` away, whose code is `first`, and
 * whose next one is `second` where that is not NULL. *ret_off is how far behind
 * (-) or ahead (+) of `step` the last of these codes is. Pure.
 */
bool totp_find(const struct secret *key, uint64_t step, unsigned window,
	const char *first, const char *second, int *ret_off);

#endif
