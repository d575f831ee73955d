/* SPDX-License-Identifier: Apache-2.0 */
/* AWS's idea of a device's clock, set right by two codes of the token. */
#ifndef BRIDGE_CODES_RESYNC_H
#define BRIDGE_CODES_RESYNC_H

#include "bridge/account/account.h"
#include "token/card/ykoath.h"

/* Everything is borrowed. */
struct mfa_resync {
	struct account *aws; /* guarded already */
	const char *user;    /* IAM user */
	const char *device;  /* its whole serial number; NULL: the only virtual
	                        one that the user has */
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
 * ResyncMFADevice with the codes of the last two steps that have begun by
 * AWS's clock, read from the token that holds the device's OATH credential: a
 * touch for each. Codes that AWS may have taken at the device's enabling are
 * not sent: their time is waited out. Where AWS refuses the pair, or its answer
 * is lost, a later pair is read once. Errors are those of code_source_find() and
 * code_source_read(), ERROR_REMOTE; ERROR_FAILED where the user has no such device.
 *
 * Then, where the caller is that user with long-term keys, STS is asked to take
 * the newer code, up to four times in 30 s.
 */
int mfa_resync(const struct run *run, const struct mfa_resync *q,
	struct mfa_resynced *ret, struct error *err);

#endif
