/* SPDX-License-Identifier: Apache-2.0 */
/* What every program that people type does around a verb. */
#ifndef BRIDGE_COMMAND_AROUND_H
#define BRIDGE_COMMAND_AROUND_H

#include "bridge/command/command.h"

/*
 * *ret_fd becomes readable with the first SIGINT, SIGTERM or SIGHUP: stop in
 * good order. Once for a process.
 */
int around_signals(int *ret_fd, struct error *err);

/* app->json and --verbose, of options that were loaded. */
void around_format(struct app *app);

/*
 * This process becomes that program, the one beside it or at `installed`, with
 * the same arguments. Returns where that fails: "cannot start ..., which `does`".
 */
int around_become(const char *name, const char *installed, char **argv,
	const char *does, struct error *err);

/* Says the error where r is negative, ends the output, and makes of both the
 * exit status. */
int around_status(int r, struct error *err);

#endif
