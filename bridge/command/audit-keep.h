/* SPDX-License-Identifier: Apache-2.0 */
/* audit's files: what a run is held against, and what it leaves behind. */
#ifndef BRIDGE_COMMAND_AUDIT_KEEP_H
#define BRIDGE_COMMAND_AUDIT_KEEP_H

#include "bridge/audit/output/plan.h"
#include "bridge/command/command.h"

struct aws_session;

/* What is kept of a run. */
struct audit_keeping {
	struct audit_plan plan;
	struct audit_counted counted;
};

void audit_keeping_init(struct audit_keeping *k);
void audit_keeping_done(struct audit_keeping *k);

/* The lists that options name, into the audit, and what --record wants. */
int audit_take_lists(const struct app *app, struct audit *a,
	struct audit_keeping *k, struct error *err);

/* Before anything is asked: ERROR_REFUSED where --record will not do. */
int audit_check_session(const struct app *app, const struct aws_session *s,
	struct error *err);

/* Writes what options ask for; at_end: the run came to its end. */
int audit_keep(const struct app *app, const struct audit *a,
	struct audit_keeping *k, bool at_end, struct error *err);

#endif
