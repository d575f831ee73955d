/* SPDX-License-Identifier: Apache-2.0 */
/* A lost token: every binding of it. */
#ifndef BRIDGE_REVOKE_TOKEN_H
#define BRIDGE_REVOKE_TOKEN_H

#include "bridge/revoke/work.h"

/*
 * `what` is a serial number, a label or the first digits of an id, all of the
 * registry: the token need not be here. Its local bindings go first, as nothing
 * holds them back, then its devices in this account; those of other accounts
 * are rows. ERROR_FAILED where no row is meant, ERROR_USAGE where several are.
 */
int revoke_token(struct revoke_work *w, const char *what,
	struct error *err);

/* The one row; of several all are named. */
int revoke_find_token(struct registry *reg, const char *what,
	struct registry_tokens *ret, struct error *err);

#endif
