/* SPDX-License-Identifier: Apache-2.0 */
/* Initial PINs of the keys of a rollout. For this room only. */
#ifndef BRIDGE_ROLLOUT_PIN_H
#define BRIDGE_ROLLOUT_PIN_H

#include "bridge/rollout/session.h"

/* Says whose holder nothing can be encrypted for. */
int session_check_pins(struct session *x, struct error *err);

/*
 * Notes that the key of a row that is done is to get a PIN, where that is
 * wanted and its holder can read it. Not written down.
 */
int session_note_pin(struct session *x, size_t i, struct error *err);
/* Whether it has none yet, as far as is known, and this run gives some. */
bool session_owes_pin(const struct session *x, size_t i);
size_t session_pins_owed(const struct session *x);

/*
 * Gives the key that was just registered its PIN, unless it has one. What goes
 * wrong with it is said, and no error: the key is registered.
 */
int session_give_pin(struct session *x, const struct run *run, size_t i,
	const struct token *t, struct error *err);

/* The same of one that is plugged in again: a PIN that it has may be the one
 * that a run which was broken off has set, and that is said. */
int session_give_owed_pin(struct session *x, const struct run *run, size_t i,
	const struct token *t, struct error *err);

#endif
