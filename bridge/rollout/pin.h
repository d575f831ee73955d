/* SPDX-License-Identifier: Apache-2.0 */
/* Initial PINs of the keys of a rollout. For this room only. */
#ifndef BRIDGE_ROLLOUT_PIN_H
#define BRIDGE_ROLLOUT_PIN_H

#include "bridge/rollout/session.h"

/* Says whose holder nothing can be encrypted for. */
int session_check_pins(struct session *x, struct error *err);

/*
 * Gives the key of a row that is done its PIN, where that is wanted, its holder
 * can read it and the key has none. What goes wrong with it is said, and no
 * error: the key is registered.
 */
int session_give_pin(struct session *x, const struct run *run, size_t i,
	const struct token *t, struct error *err);

#endif
