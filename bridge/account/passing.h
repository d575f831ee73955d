/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Refusals that pass: AWS is at work on the user or the device, or one part of
 * it has not heard yet of what another one has made.
 */
#ifndef BRIDGE_ACCOUNT_PASSING_H
#define BRIDGE_ACCOUNT_PASSING_H

#include "base/error.h"
#include "bridge/run/run.h"

/* `just_made`: what is worked on was made a moment ago. Pure. */
bool passing_refusal(const struct error *e, bool just_made);

/* One request; made anew each time, as codes have to be. */
typedef int passing_fn(void *data, struct error *err);

/* Sends it until it is answered otherwise, for 20 s at most. */
int passing_send(const struct run *run, passing_fn *send, void *data,
	bool just_made, struct error *err);

#endif
