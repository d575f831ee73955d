/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What earlier runs left undone (killed, unplugged, no network): each journal
 * is undone or finished before anything new is begun.
 */
#ifndef BRIDGE_MFA_RECOVER_H
#define BRIDGE_MFA_RECOVER_H

#include "bridge/mfa/sequence.h"

/* What may have been left undone. */
struct recovery {
	struct account *aws;  /* borrowed, as everything here */
	struct registry *reg;
	struct worker *worker;
	struct event_actor actor;
	uint32_t token_serial; /* of the token that is worked on; 0: none */
	const char *oath_id;   /* of its applet; NULL: none */
};

/*
 * Goes through the journals of this registry that no living process owns and
 * that belong to this account and endpoint. Says what it did. What
 * cannot be settled now (token not here, no right to delete) is said and
 * stays; where it concerns the token that is worked on, that is
 * ERROR_REFUSED.
 */
int recover_all(const struct run *run, const struct recovery *q,
	struct error *err);

#endif
