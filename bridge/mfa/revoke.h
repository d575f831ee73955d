/* SPDX-License-Identifier: Apache-2.0 */
/* Revocation of one MFA device: forward only, and resumable at every point. */
#ifndef BRIDGE_MFA_REVOKE_H
#define BRIDGE_MFA_REVOKE_H

#include "bridge/mfa/sequence.h"

/* What was taken away. */
struct revoked {
	bool account_left;  /* the token was not here: its account stays */
	struct registry_head head;
};

/*
 * Runs or goes on with the journal's revocation from where it stands and ends
 * it. Nothing that is gone already is an error.
 */
int revoke_run(struct sequence *s, struct revoked *ret, struct error *err);

/* For recovery: says what it does. */
int revoke_resume(struct sequence *s, bool *ret_settled, struct error *err);

#endif
