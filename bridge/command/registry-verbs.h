/* SPDX-License-Identifier: Apache-2.0 */
/* What the verbs of `registry` share. */
#ifndef BRIDGE_COMMAND_REGISTRY_VERBS_H
#define BRIDGE_COMMAND_REGISTRY_VERBS_H

#include "bridge/command/command.h"
#include "bridge/registry/registry.h"

/* The path that the options name. */
const char *registry_named(const struct app *app);

/* A registry's head, for people and for the system's log: what a command is
 * run for (init, backup). */
void registry_say_this_head(const struct registry_head *head);
/* The head after a change: people are told with --verbose. */
void registry_say_changed(const struct registry_head *head);

#endif
