/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with a value of the command line, whatever the verb is. Pure. */
#ifndef BRIDGE_COMMAND_CHECKED_H
#define BRIDGE_COMMAND_CHECKED_H

#include "bridge/command/command.h"

/*
 * ERROR_USAGE: a value that its option cannot have at any verb, by its form
 * alone; AWS, a token, a file or the registry is not asked for it. What only
 * some verbs take is theirs to refuse, and so are numbers (option_number). Of
 * settings in files the verbs that read them tell.
 */
int options_check_values(const struct options *o, struct error *err);
/* The same for arguments: a name that no IAM user can have. */
int arguments_check_values(const struct verb *v, char *const *arguments,
	const struct options *o, struct error *err);

#endif
