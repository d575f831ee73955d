/* SPDX-License-Identifier: Apache-2.0 */
/* Taking an MFA device away from an IAM user. */
#ifndef BRIDGE_MFA_REVOCATION_H
#define BRIDGE_MFA_REVOCATION_H

#include "bridge/account/account.h"
#include "bridge/journal/journal.h"

/* What is to be taken away from whom; everything is borrowed. */
struct mfa_revocation {
	struct account *aws;  /* guarded already */
	struct registry *reg; /* writable */
	struct event_actor actor;
	const char *user;     /* IAM user */
	const char *device;   /* its serial, or the name at its end */
	const char *reason;   /* NULL: none */
	bool last;            /* though it may be the last one */
	const char *after;    /* the number of the last event when the
	                         replacement began that this is a part of, in
	                         digits; NULL: of none */
	/* One of several: recover_all was run a moment ago, and a device that
	   was enabled again since its revocation began is nobody's decision:
	   ERROR_CONFLICT. */
	bool by_the_way;
};

struct mfa_revoked {
	struct journal_facts facts;
	bool gone;         /* nothing was left to be done at AWS */
	bool unsure;       /* with gone: AWS did not tell whether somebody else has
	                      it by now */
	bool account_left; /* the token could not be looked into: ... */
	struct error left; /* ... and why; its account stays */
	bool orphan;       /* AWS keeps the device, deactivated: the caller may
	                      not delete it, and what may was said */
	struct registry_head head;
};

/*
 * After what earlier runs left was settled as far as that can be done; a
 * revocation of this device that was broken off is gone on with. ERROR_REFUSED
 * for a last device whose user still has a password or an active key;
 * ERROR_FAILED where neither AWS nor the registry knows the device;
 * ERROR_CONFLICT where somebody else has it by now. One that the registry knows
 * to be revoked is revoked. Begun, it is only finished: by a later run
 * where this one fails.
 */
int mfa_revoke(const struct run *run, const struct mfa_revocation *q,
	struct mfa_revoked *ret, struct error *err);

/* What was done at AWS, and no more than that: "deactivated and deleted". */
const char *mfa_revoked_text(const struct mfa_revoked *x);

/*
 * The rule of the last device, for all of a user's at once: ERROR_REFUSED where
 * there is a console password or an active access key.
 */
int mfa_check_unprotected(struct account *aws, const char *user,
	struct error *err);

#endif
