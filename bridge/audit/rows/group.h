/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows that are put right in the same way, told once: what was seen of all of
 * them, by whom and when, and what to do. Pure.
 */
#ifndef BRIDGE_AUDIT_ROWS_GROUP_H
#define BRIDGE_AUDIT_ROWS_GROUP_H

#include "bridge/audit/rows/rows.h"

/* All of its rows have its status, severity, check and remedy. */
struct audit_group {
	const struct audit_row **row; /* borrowed, by account and subject */
	size_t n;
	/* of one row as it is; of more with USER and DEVICE for theirs, of
	   several accounts with ACCOUNT, too */
	char *remedy;
	char *seen;         /* what all have in common; "" */
	char *source;       /* of all of them */
	const char *account;  /* NULL: there are several */
	time_t from, to;    /* 0: not known */
	bool lacks_time;    /* some have none */
};

struct audit_groups {
	struct audit_group *p;
	size_t n;
};

/*
 * Groups n rows in the order of audit_rows_all, and sorts `all`, which the
 * groups then borrow. ERROR_FAILED without memory.
 */
int audit_groups_of(const struct audit_row **all, size_t n,
	struct audit_groups *ret, struct error *err);
void audit_groups_done(struct audit_groups *g);

/* What was seen of this row and not of all of its group; owned by the caller,
 * NULL without memory. */
char *audit_group_rest(const struct audit_group *g,
	const struct audit_row *row);

#endif
