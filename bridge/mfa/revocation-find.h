/* SPDX-License-Identifier: Apache-2.0 */
/* A revocation before its first act: what its parts share. */
#ifndef BRIDGE_MFA_REVOCATION_FIND_H
#define BRIDGE_MFA_REVOCATION_FIND_H

#include "bridge/mfa/revocation.h"
#include "bridge/mfa/sequence.h"

struct revocation {
	const struct run *run;
	const struct mfa_revocation *q;
	struct journal journal;
	struct iam_user user;
	struct sight seen;  /* who has the device */
	bool has_seen;
	bool taken;         /* the journal is an earlier run's */
	bool nothing;       /* to be done: it was revoked before */
	struct registry_bindings bindings; /* of the device */
	struct journal_sights open;        /* other runs, unfinished */
	struct worker worker;
};

/* The same as what its sequence works on. */
struct sequence revocation_sequence(struct revocation *x);

/*
 * Which device is meant, by AWS's list, else by the registry, into the journal's
 * facts and x->seen; x->nothing where it was revoked before. Refuses the last
 * one as mfa_revoke() does.
 */
int revocation_find_device(struct revocation *x, bool user_found,
	struct error *err);
/* The rule of the last device, asked anew: by now the user has what AWS lists. */
int revocation_check_last(struct revocation *x, struct error *err);
/* What the registry knows of the device: binding, token, OATH application. */
int revocation_find_binding(struct revocation *x, struct error *err);

#endif
