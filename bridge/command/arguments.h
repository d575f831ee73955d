/* SPDX-License-Identifier: Apache-2.0 */
/* The command line, as options and arguments. */
#ifndef BRIDGE_COMMAND_ARGUMENTS_H
#define BRIDGE_COMMAND_ARGUMENTS_H

#include "bridge/command/command.h"

/*
 * Reads argv into *o, which is all zeros. ERROR_USAGE, with what a verb of
 * `all` has; the words that are no options are in *o all the same.
 */
int options_parse(struct options *o, verb_table *all, int argc, char **argv,
	struct error *err);

/* The option that a letter stands for, -d among them; OPTION_COUNT: none. */
enum option_id options_of_letter(int letter);

#endif
