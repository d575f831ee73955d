/* SPDX-License-Identifier: Apache-2.0 */
/* The accounts that an audit's rows are of, and how many rows of each status
 * each has: for outputs that part their rows by account. */
#ifndef BRIDGE_AUDIT_ROWS_ACCOUNTS_H
#define BRIDGE_AUDIT_ROWS_ACCOUNTS_H

#include "bridge/audit/finding.h"

struct audit_account {
	char name[AUDIT_ACCOUNT]; /* "" where it is not known */
	uint64_t counts[AUDIT_STATUSES];
	uint64_t users[AUDIT_STATUSES]; /* of them: of user-mfa-missing */
	uint64_t without_password;      /* of the PASS of these */
};

#define AUDIT_ACCOUNTS_MAX 10000 /* as many as an organisation may have */

struct audit_accounts {
	struct audit_account *p; /* owned, in the order that they came */
	size_t n, size;
	size_t last;   /* of the row before */
	/* of accounts for which there was no room any more; the name is of
	   the last one */
	struct audit_account others;
};

/* The row's account, or `others`, with the row counted; NULL, and ui_fail,
 * without memory. */
struct audit_account *audit_accounts_count(struct audit_accounts *list,
	const struct audit_finding *f);
void audit_accounts_done(struct audit_accounts *list);

#endif
