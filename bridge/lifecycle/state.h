/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The states of a token in our care: which may follow which, and what every
 * change of one has in common.
 */
#ifndef BRIDGE_LIFECYCLE_STATE_H
#define BRIDGE_LIFECYCLE_STATE_H

#include "bridge/command/command.h"
#include "bridge/verify/record.h"

/* Whether a token may go from one state to another; from the same to the same
 * only where that is a change, of the holder or of the proof. Pure. */
bool custody_may(enum registry_state from, enum registry_state to);

/* The same of a row; ERROR_REFUSED says what may follow its state. */
int custody_check(const struct registry_token *row, enum registry_state to,
	struct error *err);

/* Bindings in force. */
size_t custody_bindings(const struct registry_token *row);

/*
 * ERROR_REFUSED, naming them, where bindings are in force; `remedy` says what
 * to do about them.
 */
int custody_check_unbound(const struct registry_token *row, const char *remedy,
	struct error *err);

/*
 * The one row that a person means by serial number, label or id. ERROR_FAILED
 * where none is, ERROR_USAGE where several are.
 */
int custody_find(struct registry *reg, const char *what,
	struct registry_token *ret, struct error *err);

/* A registry to write to, and who writes. */
int custody_open(struct app *app, struct registry **ret,
	struct event_actor *ret_actor, struct error *err);

/*
 * Behind the last event of a change: the head goes into the system's log and
 * onto standard error; login.db is made anew where the row lets somebody in.
 */
int custody_changed(struct app *app, const struct record *record,
	const struct registry_token *row, struct error *err);

#endif
