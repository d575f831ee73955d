/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit as a plan for `rollout`: a row for each user who has a console
 * password and, by his own list of devices in this run, no MFA. A report and
 * lists of others decide nothing here, and what is muted is left out.
 */
#ifndef BRIDGE_AUDIT_OUTPUT_PLAN_H
#define BRIDGE_AUDIT_OUTPUT_PLAN_H

#include "base/buf.h"
#include "bridge/audit/run.h"

/* The printer's state: the caller's, borrowed. */
struct audit_plan {
	struct buf csv;
	size_t rows;
};

extern const struct audit_output audit_plan_output;

void audit_plan_init(struct audit_plan *p);
void audit_plan_done(struct audit_plan *p);
/* The whole plan into a file, replaced as a whole (0600). A plan without a row
 * has its first line all the same. */
int audit_plan_write(struct audit_plan *p, const char *path,
	struct error *err);

#endif
