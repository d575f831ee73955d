/* SPDX-License-Identifier: Apache-2.0 */
/* What two verbs do: registry bundle, and registry log with --bundle. */
#ifndef BRIDGE_COMMAND_BUNDLE_H
#define BRIDGE_COMMAND_BUNDLE_H

#include "bridge/command/command.h"

/*
 * Writes the bundle of the token that `token` names into the new directory
 * `path`, with all events where `whole`, and shows the receipt. Returns the
 * exit status, or an error.
 */
int bundle_make(struct app *app, const char *token, const char *path,
	bool whole, struct error *err);

#endif
