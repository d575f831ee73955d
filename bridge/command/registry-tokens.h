/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs of `registry` about tokens. Each returns a status. */
#ifndef BRIDGE_COMMAND_REGISTRY_TOKENS_H
#define BRIDGE_COMMAND_REGISTRY_TOKENS_H

#include "bridge/command/command.h"

int registry_show(struct app *app, struct error *err);
int registry_intake(struct app *app, struct error *err);
int registry_handover(struct app *app, struct error *err);
int registry_move(struct app *app, struct error *err);
int registry_retire(struct app *app, struct error *err);

#endif
