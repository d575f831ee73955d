/* SPDX-License-Identifier: Apache-2.0 */
/* audit's files: what a run is held against, and what it leaves behind. */
#ifndef BRIDGE_COMMAND_AUDIT_KEEP_H
#define BRIDGE_COMMAND_AUDIT_KEEP_H

#include "bridge/audit/run.h"
#include "bridge/command/command.h"

/* The lists that options name, into the audit. */
int audit_take_lists(const struct app *app, struct audit *a,
	struct error *err);

#endif
