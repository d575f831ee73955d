/* SPDX-License-Identifier: Apache-2.0 */
/* Another account of the organization, entered by a role that it has. */
#ifndef BRIDGE_MEMBER_VISIT_H
#define BRIDGE_MEMBER_VISIT_H

#include "bridge/account/account.h"

/* The role that Organizations makes in accounts that it creates. */
#define VISIT_ROLE "OrganizationAccountAccessRole"

/*
 * Assumes `role` (a name, perhaps behind a path) of that account by the keys of
 * *from; its own account is entered with the same keys. *ret is to be ended by
 * account_done in any case. ERROR_REFUSED where the keys turn out to be another
 * account's; else errors as of every call.
 */
int member_visit(const struct account *from, const char *account,
	const char *role, struct account *ret, struct error *err);

#endif
