/* SPDX-License-Identifier: Apache-2.0 */
/* A new key in place of an old one, as one sequence. */
#ifndef BRIDGE_REVOKE_REPLACE_H
#define BRIDGE_REVOKE_REPLACE_H

#include "bridge/enroll/enroll.h"
#include "bridge/mfa/revocation.h"

/* Everything is borrowed. */
struct replace_request {
	struct mfa_request enroll; /* of the new key; account, registry and
	                              user are those of both */
	const char *old;           /* the whole serial number of the old device */
	const char *reason;        /* of the revocation; NULL: replaced */
	bool stolen;               /* contained first, whatever there is room
	                              for */
};

struct replaced {
	struct mfa_enrolled made;
	bool made_before;  /* by an earlier run: only facts.serial is filled */
	struct mfa_revoked gone;
	bool done_before;  /* all of it: nothing was to do */
	bool old_first;
};

/* Whether a journal is one of a replacement that is not finished: its own, or
 * that of its revocation, which outlives it where AWS keeps the old device. */
bool replace_is_part(const struct journal_facts *f);

/*
 * The new key is enrolled, then the old device revoked. Where AWS takes no
 * further device of the user, or the old key is stolen, it is the other way
 * round, and the time in between is told. A run that is killed is gone on with
 * by the same request: what of it is done is found by the journal, AWS and the
 * registry. Once the old device is gone the new one is owed: a failure leaves
 * the journal, which keeps others from enrolling the user meanwhile.
 */
int replace_device(const struct run *run, const struct replace_request *q,
	struct replaced *ret, struct error *err);

#endif
