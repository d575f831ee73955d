/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An initial PIN: random, encrypted for its holder or shown once, then set. Who
 * prepares the token never chooses it, and with a file never sees it.
 *
 * What the holder gets is there first: killed anywhere, the token has no PIN,
 * and what lies on the disk is of no use; or it has one, and the file holds it.
 * The journal says which file that was, so that the next run may replace one
 * that is of no use.
 */
#ifndef BRIDGE_INITIAL_PIN_H
#define BRIDGE_INITIAL_PIN_H

#include "bridge/attached/attached.h"
#include "bridge/registry/registry.h"
#include "bridge/seal/recipient.h"

#define INITIAL_PIN_DIGITS 8 /* where nobody says how many */

/* Everything is borrowed. */
struct initial_pin_request {
	struct registry *reg;
	const struct token *token;
	const char *label;    /* how people call it, or NULL */
	struct fido *fido;    /* of it, open */
	const char *holder;   /* a name of the registry */
	const char *output;   /* the new file; NULL: shown on the terminal */
	size_t digits;
	bool no_force;        /* it may be kept as it is */
};

struct initial_pin {
	bool changed;          /* the token has it */
	char *file;            /* owned; absolute; NULL: it was shown */
	size_t recipients;     /* that it was encrypted for */
	enum seal_program program; /* by which, where recipients > 0 */
	bool forced;           /* the holder has to change it */
	struct error problem;  /* why not, where that failed; code 0: else */
};

void initial_pin_done(struct initial_pin *p);

/* Digits that this token takes and that are worth anything, at least. */
size_t initial_pin_least(const struct token *t);

/*
 * ERROR_CONFLICT where the token has a PIN, or the file is there; ERROR_REFUSED
 * where the registry says that it is somebody else's, or knows nothing that
 * the holder could decrypt; errors of sealing (bridge/seal/seal.h) and of the
 * token. *ret is to be ended by initial_pin_done in any case.
 */
int initial_pin_make(const struct run *run,
	const struct initial_pin_request *q, struct initial_pin *ret,
	struct error *err);

/*
 * The same refusals before something else is begun, behind which the PIN is to
 * be made: nothing is written, and q->fido may be NULL. What an earlier run left
 * is not looked at.
 */
int initial_pin_check(const struct run *run,
	const struct initial_pin_request *q, struct error *err);

#endif
