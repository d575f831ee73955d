/* SPDX-License-Identifier: Apache-2.0 */
/* A page in the browser of the person who calls, never in one of root's. */
#ifndef BRIDGE_PROMPT_BROWSER_H
#define BRIDGE_PROMPT_BROWSER_H

#include "bridge/run/run.h"

/*
 * Has xdg-open open the address: as the person who runs this, or who called
 * root, with that person's display and nothing of ours in the environment. It is
 * not waited for. That it cannot be opened is said, with the reason, and is no
 * error: the address is told all the same.
 */
void browser_open(const struct run *run, const char *address);

#endif
