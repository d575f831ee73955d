/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an IAM user signs in and calls with beside MFA devices: an inline policy
 * that denies everything, access keys, the console password. MFA goes last, so
 * that nobody is ever left with a password alone.
 */
#ifndef BRIDGE_REVOKE_CUT_H
#define BRIDGE_REVOKE_CUT_H

#include "bridge/revoke/work.h"

/* The policy's name, so that it can be found and taken back. */
#define CUT_POLICY "tokenbridge-revoked"

/*
 * Puts the policy, switches the active keys off, deletes the password, in this
 * order, each though the one before it was refused, and tells of each. All of
 * it may be done again. ERROR_INTERRUPTED.
 */
int cut_access(struct revoke_work *w, const char *user, struct error *err);

/*
 * Only looks: a row for each active key and the password, with the command for
 * it, and the policy's said. *ret_any: there is one, or nobody knows.
 */
int cut_say(struct revoke_work *w, const char *user, bool *ret_any,
	struct error *err);

/* ERROR_REFUSED where that user is the caller. */
int cut_check_caller(const struct revoke_work *w, const struct iam_user *user,
	struct error *err);

#endif
