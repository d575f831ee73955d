/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What earlier runs left undone (killed, unplugged, no network): each journal
 * is undone or finished before anything new is begun.
 */
#ifndef BRIDGE_MFA_RECOVER_H
#define BRIDGE_MFA_RECOVER_H

#include "bridge/mfa/sequence.h"

/* A revocation that a person asks for once more. Borrowed. */
struct recovery_wanted {
	const char *user;    /* IAM name */
	const char *user_id; /* "": not known */
	const char *device;  /* its serial, or the name at its end */
};

/* What may have been left undone. Borrowed, as everything here. */
struct recovery {
	struct account *aws;
	struct registry *reg;
	struct worker *worker;
	struct event_actor actor;
	/* Who must not be worked on while a journal concerns them; NULL: what is
	   begun takes away, and nothing keeps it waiting. */
	const struct decide_claim *claim;
	const struct recovery_wanted *wanted; /* NULL: none */
	bool only_wanted; /* the others were gone through a moment ago */
};

/*
 * A journal of all that a user has is only told of: who asked for that asks
 * again.
 *
 * Goes through the journals of this registry that no living process owns and
 * that belong to this account and endpoint. Says what it did. What cannot be
 * settled now (token not here, no right, AWS does not answer) is said and
 * stays, with the cause written down; it keeps nobody else waiting. Where it
 * concerns q->claim, that is ERROR_REFUSED; a journal that cannot be read may
 * concern anybody: ERROR_CORRUPT with a claim. ERROR_INTERRUPTED.
 *
 * The journal of q->wanted is not recovered but handed over, for the caller to
 * go on with: *ret_wanted, whose path is NULL where there is none. NULL without
 * q->wanted.
 */
int recover_all(const struct run *run, const struct recovery *q,
	struct journal *ret_wanted, struct error *err);

#endif
