/* SPDX-License-Identifier: Apache-2.0 */
/* registry handover: the holder proves to have the token, by a PIN of his own
 * where it has one. */
#ifndef BRIDGE_LIFECYCLE_HANDOVER_H
#define BRIDGE_LIFECYCLE_HANDOVER_H

#include "bridge/command/command.h"

int handover_run(struct app *app, struct error *err);

#endif
