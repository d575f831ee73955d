/* SPDX-License-Identifier: Apache-2.0 */
/* registry import: what stood in the files of others. */
#ifndef BRIDGE_LOCAL_IMPORT_SSH_H
#define BRIDGE_LOCAL_IMPORT_SSH_H

#include "bridge/command/command.h"

/*
 * `registry import --format authorized_keys FILE --user LOCALUSER`: nothing
 * of a file with a line that cannot be kept; ERROR_MALFORMED and
 * ERROR_UNSUPPORTED name the line. Keys that are there already are passed
 * over. Publishes.
 */
int import_run(struct app *app, struct error *err);

#endif
