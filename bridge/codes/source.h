/* SPDX-License-Identifier: Apache-2.0 */
/* The attached token that makes an MFA device's codes, and its codes. */
#ifndef BRIDGE_CODES_SOURCE_H
#define BRIDGE_CODES_SOURCE_H

#include "bridge/run/run.h"
#include "token/card/totp.h"
#include "token/worker/oath.h"

struct code_source {
	const struct run *run;         /* borrowed */
	struct registry *reg;          /* borrowed: it knows labels; NULL: none does */
	struct worker worker;          /* owned */
	struct oath_target target;
	char account[OATH_NAME_MAX + 1]; /* of the OATH credential */
	char who[80];                  /* the token, for people */
};

#define CODE_SOURCE(r, reg_) \
	{ .run = (r), .reg = (reg_), .worker = WORKER_INIT }
void code_source_done(struct code_source *s);

/*
 * The token that holds the OATH credential of the device (its serial number): by
 * the credential's name, which is the device's and no other's. Where no other
 * token holds it and one is protected by a password, that is asked for. *s stays
 * where it is: the target points into it. ERROR_NO_TOKEN, ERROR_CONFLICT where
 * two hold one, ERROR_REFUSED where nobody can be asked, ERROR_PIN_WRONG.
 */
int code_source_find(struct code_source *s, const char *device,
	struct error *err);

/* What the prompt says of a code. */
enum code_turn {
	CODE_ALONE,   /* no other is wanted */
	CODE_LAST,    /* the first touch of two, for the step before */
	CODE_PRESENT, /* the second */
};

/*
 * The code of that step, by a touch. ERROR_TOUCH; ERROR_UNSUPPORTED for codes
 * that are not of six digits.
 */
int code_source_read(struct code_source *s, uint64_t step, enum code_turn turn,
	char ret[TOTP_DIGITS_MAX + 1], struct error *err);

#endif
