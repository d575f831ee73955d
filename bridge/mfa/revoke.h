/* SPDX-License-Identifier: Apache-2.0 */
/* Revocation of one MFA device: forward only, and resumable at every point. */
#ifndef BRIDGE_MFA_REVOKE_H
#define BRIDGE_MFA_REVOKE_H

#include "bridge/mfa/sequence.h"

/* What was taken away. What the sequence did stands in the journal's facts. */
struct revoked {
	bool account_left;  /* the token could not be looked into */
	struct error left;  /* why, where it is so */
	bool orphan;        /* AWS keeps the device, unassigned */
	struct registry_head head;
};

/*
 * Runs or goes on with the journal's revocation from where it stands and ends
 * it; nothing that is gone already is an error. `seen` is who has the device as
 * AWS has just said, NULL: AWS is asked. `fresh`: nothing was sent before, so
 * that a refusal of the first request leaves nothing, and no journal.
 *
 * An orphan's journal stays, and so does that of one that fails: with
 * the cause.
 */
int revoke_run(struct sequence *s, bool fresh, const struct sight *seen,
	struct revoked *ret, struct error *err);

/* For recovery: says what it does. */
int revoke_resume(struct sequence *s, bool *ret_settled, struct error *err);

#endif
