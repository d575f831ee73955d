/* SPDX-License-Identifier: Apache-2.0 */
/* The password of a token's OATH application, from whoever follows the run. */
#ifndef BRIDGE_PROMPT_OATH_H
#define BRIDGE_PROMPT_OATH_H

#include "bridge/run/run.h"
#include "token/worker/oath.h"

/*
 * Unlocks the applet of place->id for all that w does from then on; `who` is
 * the token, for people. A person may try three times: no try is counted by the
 * token. ERROR_REFUSED where nobody can be asked, ERROR_PIN_WRONG.
 */
int prompt_oath_password(const struct run *run, struct worker *w,
	const struct card_place *place, const char *who, struct error *err);

#endif
