/* SPDX-License-Identifier: Apache-2.0 */
/* What `list` shows, of tokens that were asked by whichever program. */
#ifndef BRIDGE_COMMAND_LISTED_H
#define BRIDGE_COMMAND_LISTED_H

#include "bridge/attached/attached.h"
#include "bridge/command/command.h"

/* ERROR_USAGE: --columns names none of the table's. */
int listed_check(const struct app *app, struct error *err);
int listed_show(const struct app *app, const struct attached *a,
	struct error *err);

#endif
