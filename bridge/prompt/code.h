/* SPDX-License-Identifier: Apache-2.0 */
/* A code of a token's OATH application, asked for by a touch. */
#ifndef BRIDGE_PROMPT_CODE_H
#define BRIDGE_PROMPT_CODE_H

#include "bridge/run/run.h"
#include "token/worker/oath.h"

/*
 * The answer to the challenge of now, by this machine's clock and the period
 * that the credential's name tells. The touch may
 * come when its time is over: such a code is not given, another one is asked
 * for. `who` is the token on the prompt; `purpose` ends its sentence (" to
 * ..."; "": nothing more). *ret_left: seconds that it is good for. ERROR_TOUCH;
 * the caller wipes *ret.
 */
int prompt_code(const struct run *run, struct worker *w,
	const struct oath_target *target, const char *who, const char *purpose,
	struct oath_response *ret, int *ret_left, struct error *err);

#endif
