/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The touch prompt, which comes once in an attempt. A token that was asked what
 * it wants blinks as soon as it is told to. One that was asked nothing but its
 * channel may want its PIN instead, and refuses at once: the prompt waits until
 * it says that it waits for a touch, as CTAPHID has it do within 100 ms.
 */
#ifndef BRIDGE_LOGIN_AUTH_TOUCH_H
#define BRIDGE_LOGIN_AUTH_TOUCH_H

#include "bridge/login/auth/prove.h"

/* That token is told to blink now: prompts, or says when to. */
void touch_begin(struct prove *x, struct plugged *t);

/* That token waits for a touch, or was touched: prompts where nothing did. */
void touch_prompt(struct prove *x, const struct plugged *t);

/* The same for one that has said nothing for too long. */
void touch_prompt_if_due(struct prove *x);

/* When that is; DEADLINE_NEVER: no prompt is owed. */
deadline_t touch_due(const struct prove *x);

#endif
