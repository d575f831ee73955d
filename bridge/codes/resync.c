/* SPDX-License-Identifier: Apache-2.0 */
/* Two codes for ResyncMFADevice, and whether STS takes one then. */
#include "bridge/codes/resync.h"

#include "bridge/codes/proof.h"

#include <stdio.h>

static int resync_prove(struct code_proof *x, struct mfa_resynced *ret,
	struct error *err)
{
	bool taken = false;
	int r;

	ret->proof = MFA_NOT_ASKED;
	if (!code_proof_is_callers(x))
		return 0;
	r = code_proof_ask_sts(x, &taken, &ret->why, err);
	ret->proof = taken ? MFA_PROVED : MFA_NOT_YET;
	return r;
}

int mfa_resync(const struct run *run, const struct mfa_resync *q,
	struct mfa_resynced *ret, struct error *err)
{
	CLEANUP(code_proof_done) struct code_proof x = CODE_PROOF(run, q->aws,
		q->reg);
	struct mfa_resynced done = { .proof = MFA_NOT_ASKED };
	int r = code_proof_find_device(&x, q->user, q->device, err);

	if (r == 0)
		r = code_source_find(&x.source, x.device.serial, err);
	if (r == 0)
		r = code_proof_send_pair(&x, err);
	if (r == 0)
		r = resync_prove(&x, &done, err);
	if (r < 0)
		return r;
	snprintf(done.user, sizeof(done.user), "%s", x.user.name);
	snprintf(done.serial, sizeof(done.serial), "%s", x.device.serial);
	snprintf(done.oath_account, sizeof(done.oath_account), "%s",
		x.source.account);
	*ret = done;
	return 0;
}
