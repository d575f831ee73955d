/* SPDX-License-Identifier: Apache-2.0 */
/* registry show: tokens and what they are bound to. */
#ifndef BRIDGE_SHOW_H
#define BRIDGE_SHOW_H

#include "bridge/command.h"

/* All, with bindings that no token is known of; or the one that is named. */
int show_run(struct app *app, struct error *err);

#endif
