/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps of a live audit, in the order in which they are taken, one file
 * each. Negative only where a person wants to stop, or this machine cannot go
 * on: a call that fails leaves a gap.
 */
#ifndef BRIDGE_AUDIT_GATHER_STEPS_H
#define BRIDGE_AUDIT_GATHER_STEPS_H

#include "bridge/audit/gather/account.h"

#define LIVE_ROOT_CHECKS                                                       \
	(AUDIT_BIT(AUDIT_ROOT_MFA_MISSING) |                                   \
		AUDIT_BIT(AUDIT_ROOT_MFA_VIRTUAL) |                            \
		AUDIT_BIT(AUDIT_ROOT_ACCESS_KEY) |                             \
		AUDIT_BIT(AUDIT_ROOT_ONE_DEVICE) |                             \
		AUDIT_BIT(AUDIT_ROOT_REMOVABLE))

/* Of one of many accounts: asks for the report, so that it is there later. */
int live_begin_report(struct live *l, struct error *err);
int live_read_report(struct live *l, struct error *err);
int live_ask_root(struct live *l, struct error *err);
/* Of that: a session as root, where it is wanted, and what it is told. */
int live_become_root(struct live *l, struct error *err);
int live_ask_as_root(struct live *l, struct error *err);
/* Of that: whether the account is of an organisation. */
int live_ask_member(struct live *l, struct error *err);
/* Whether anything of users is asked; who there is. */
bool live_asks_users(const struct live *l);
int live_list_people(struct live *l, struct error *err);
/* Who has an administrator's rights, where that is asked. */
int live_ask_rights(struct live *l, struct error *err);
int live_ask_people(struct live *l, struct error *err);
/* Certifications of the FIDO devices that they have. */
int live_ask_certified(struct live *l, struct error *err);
void live_judge_orphans(struct live *l);
int live_compare_registry(struct live *l, struct error *err);
/* Of that: sequences of this account and endpoint that no process goes on with. */
void live_see_unfinished(struct live *l);

#endif
