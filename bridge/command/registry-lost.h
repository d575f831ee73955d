/* SPDX-License-Identifier: Apache-2.0 */
/* `registry move` of a token that is gone, where AWS is asked, too. */
#ifndef BRIDGE_COMMAND_REGISTRY_LOST_H
#define BRIDGE_COMMAND_REGISTRY_LOST_H

#include "bridge/command/command.h"

/* --state stolen, and --state lost with a --method that was typed. */
bool registry_lost_goes_to_aws(const struct options *o);

int registry_lost(struct app *app, struct error *err);

#endif
