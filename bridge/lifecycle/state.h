/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The states of a token, from the delivery to its end: which may follow which, and what every
 * change of one has in common.
 */
#ifndef BRIDGE_LIFECYCLE_STATE_H
#define BRIDGE_LIFECYCLE_STATE_H

#include "bridge/run/run.h"
#include "bridge/verify/record.h"

/* Whether a token may go from one state to another; from the same to the same
 * only where that is a change, of the holder or of the proof. Pure. */
bool lifecycle_may(enum registry_state from, enum registry_state to);

/* The same of a row; ERROR_REFUSED says what may follow its state. */
int lifecycle_check(const struct registry_token *row, enum registry_state to,
	struct error *err);

/*
 * ERROR_REFUSED, naming them and what takes them away, where bindings are in
 * force; `more` says what else may be done.
 */
int lifecycle_check_unbound(const struct registry_token *row, const char *more,
	struct error *err);

/*
 * The one row that a person means by serial number, label or id. ERROR_FAILED
 * where none is, ERROR_USAGE where several are.
 */
int lifecycle_find(struct registry *reg, const char *what,
	struct registry_token *ret, struct error *err);

/* Where a change is written; everything is borrowed. */
struct change_place {
	struct registry *reg;  /* writable */
	const char *login_db;  /* where it is published; NULL: nowhere */
};

/* Behind the last event of a change: login.db is made anew where the row lets
 * somebody in. */
int lifecycle_publish(const struct run *run, const struct change_place *p,
	const struct registry_token *row, struct error *err);

#endif
