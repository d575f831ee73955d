/* SPDX-License-Identifier: Apache-2.0 */
/* audit --accounts, and the processes that it starts. */
#ifndef BRIDGE_COMMAND_AUDIT_MANY_H
#define BRIDGE_COMMAND_AUDIT_MANY_H

#include "bridge/audit/run.h"
#include "bridge/command/command.h"

/* How many questions a second; of an account. */
int audit_take_rate(const struct app *app, struct audit *a,
	struct error *err);

/* All accounts that the option names, into one result. */
int audit_from_accounts(struct app *app, struct audit *a, struct error *err);
/* One of them, in a process that another of us has started. */
int audit_asked(struct app *app, struct error *err);

#endif
