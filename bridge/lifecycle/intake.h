/* SPDX-License-Identifier: Apache-2.0 */
/* registry intake: a delivery is scanned against its list, key by key. */
#ifndef BRIDGE_LIFECYCLE_INTAKE_H
#define BRIDGE_LIFECYCLE_INTAKE_H

#include "bridge/command/command.h"

int intake_run(struct app *app, struct error *err);

#endif
