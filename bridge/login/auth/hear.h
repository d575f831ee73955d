/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports of the tokens' processes (agent.h). None is believed: a claim counts
 * by its signature over the challenge of this attempt.
 */
#ifndef BRIDGE_LOGIN_AUTH_HEAR_H
#define BRIDGE_LOGIN_AUTH_HEAR_H

#include "bridge/login/auth/prove.h"

/*
 * Takes one frame of a token's process, whose socket is readable: the token is
 * then fit, held, dropped, or x->token, the one that has proved the login. One
 * that answers falsely drops out with x->alert. Waits 1 s for the frame.
 */
void hear_token(struct prove *x, struct plugged *t);

#endif
