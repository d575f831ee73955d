/* SPDX-License-Identifier: Apache-2.0 */
/* AWS's idea of a device's clock, set right by two codes of the token. */
#ifndef BRIDGE_CODES_RESYNC_H
#define BRIDGE_CODES_RESYNC_H

#include "bridge/account/account.h"
#include "token/card/ykoath.h"

/* Everything is borrowed. */
struct mfa_resync {
	struct account *aws; /* guarded already */
	struct registry *reg; /* which knows labels; NULL: none does */
	const char *user;    /* IAM user */
	const char *device;  /* its serial number, or the name at its end; NULL:
	                        the only virtual one that the user has */
};

enum mfa_proof {
	MFA_PROVED,     /* STS took a code */
	MFA_NOT_YET,    /* it did not, in 30 s */
	MFA_NOT_ASKED,  /* AWS lets only the user ask */
};

struct mfa_resynced {
	char user[IAM_NAME_MAX + 1];
	char serial[IAM_SERIAL_MAX + 1];
	char oath_account[OATH_NAME_MAX + 1];
	enum mfa_proof proof;
	struct error why; /* with MFA_NOT_YET: STS's last word */
};

/*
 * Two codes as of code_proof_send_pair(), from the token that holds the device's
 * OATH credential; then STS is asked to take the newer one, where the caller is
 * that user. Errors are those of code_proof_find_device(), code_source_find()
 * and code_proof_send_pair().
 */
int mfa_resync(const struct run *run, const struct mfa_resync *q,
	struct mfa_resynced *ret, struct error *err);

#endif
