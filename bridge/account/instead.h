/* SPDX-License-Identifier: Apache-2.0 */
/* What a user has, for whoever named a device that is not there. */
#ifndef BRIDGE_ACCOUNT_INSTEAD_H
#define BRIDGE_ACCOUNT_INSTEAD_H

#include "bridge/account/account.h"

#define INSTEAD_LEN 300

/*
 * "; there are: 'alice-0123 (blue-7)'; did you mean 'blue-7'?", by AWS's list
 * and the labels of the registry; "" where there is none, or AWS does not tell.
 */
void instead_devices(struct account *aws, struct registry *reg,
	const char *user, const char *wanted, char ret[INSTEAD_LEN]);

/* "; did you mean 'alice'?" where the registry binds a user of that account
 * with a name near enough, else "". */
void instead_user(const struct account *aws, struct registry *reg,
	const char *wanted, char ret[INSTEAD_LEN]);

#endif
