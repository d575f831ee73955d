/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Codes of MFA devices for signing in: out of an attached token that holds the
 * device's secret, by a touch; else out of what a person types.
 */
#ifndef BRIDGE_OPEN_MFA_CODE_H
#define BRIDGE_OPEN_MFA_CODE_H

#include "aws/role/role.h"
#include "bridge/run/run.h"

struct code_asker {
	const struct run *run;  /* borrowed */
	uint64_t step;          /* of the last code that was given */
	struct mfa_codes codes; /* what a session is signed in with */
};

/* *ret must not move while its ->codes are in use. */
void code_asker_init(struct code_asker *ret, const struct run *run);

#endif
