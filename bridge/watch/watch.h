/* SPDX-License-Identifier: Apache-2.0 */
/* Follows tokens from plug to unplug, one line for each thing that happens. */
#ifndef BRIDGE_WATCH_WATCH_H
#define BRIDGE_WATCH_WATCH_H

#include "bridge/command/command.h"

/*
 * Prints the tokens that are there; unless --once goes on with what is plugged
 * in and out until app->cancel_fd (ERROR_INTERRUPTED) or until nobody reads
 * standard output any more, which is success. With --once and a choice of
 * tokens none of which is there: ERROR_NO_TOKEN.
 */
int watch_run(const struct app *app, struct error *err);

/*
 * One line about a token: as compact JSON, or for people. `what` is "present",
 * "add", "change" or "remove"; item is as attached_json makes it, perhaps with
 * a member "registry". NULL without memory. free() it.
 */
char *watch_line_json(const char *what, const char *time, const char *key,
	json_t *item);
char *watch_line_text(const char *what, const char *time, json_t *item);

#endif
