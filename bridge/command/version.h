/* SPDX-License-Identifier: Apache-2.0 */
/* Which version this is. */
#ifndef BRIDGE_COMMAND_VERSION_H
#define BRIDGE_COMMAND_VERSION_H

#include "bridge/command/command.h"

/* A line on standard output. */
void version_print(void);

#endif
