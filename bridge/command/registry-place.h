/* SPDX-License-Identifier: Apache-2.0 */
/* Where `registry handover`, `move` and `retire` write. */
#ifndef BRIDGE_COMMAND_REGISTRY_PLACE_H
#define BRIDGE_COMMAND_REGISTRY_PLACE_H

#include "bridge/command/command.h"
#include "bridge/lifecycle/state.h"

/* *reg is owned by the caller, also after a failure. */
int registry_open_place(const struct app *app, struct registry **reg,
	struct change_place *ret, struct error *err);

#endif
