/* SPDX-License-Identifier: Apache-2.0 */
/* registry move, registry retire: another holder, or another state. */
#ifndef BRIDGE_LIFECYCLE_MOVE_H
#define BRIDGE_LIFECYCLE_MOVE_H

#include "bridge/command/command.h"

int move_run(struct app *app, struct error *err);
int retire_run(struct app *app, struct error *err);

#endif
