/* SPDX-License-Identifier: Apache-2.0 */
/* What --help and `help` print: at most HELP_LINES lines, of 80 columns. */
#ifndef BRIDGE_COMMAND_HELP_H
#define BRIDGE_COMMAND_HELP_H

#include "bridge/command/command.h"

#define HELP_LINES 24
#define HELP_COLUMNS 80

/* Of a verb, of the verbs of a command, or of all (NULL). */
void help_print(verb_table *all, const struct verb *v);

#endif
