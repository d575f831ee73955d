/* SPDX-License-Identifier: Apache-2.0 */
/* What `root` does beside setting up: a file each. */
#ifndef BRIDGE_COMMAND_ROOT_H
#define BRIDGE_COMMAND_ROOT_H

#include "bridge/account/account.h"
#include "bridge/command/command.h"

/* --check: of this account, of a member, or of many. */
int root_check(struct app *app, struct error *err);
/* --remove-credentials of members. */
int root_remove(struct app *app, struct error *err);
/* --inventory of root's keys, by the registry. */
int root_inventory(struct app *app, struct error *err);

/* --account where it names what is looked at and not whose keys these are:
 * ERROR_USAGE, begun with `why`, where it is not there. */
int root_account_option(const struct options *o, const char *why,
	const char **ret, struct error *err);

#endif
