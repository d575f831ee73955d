/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows found by what a person typed. Pure. They are handed the list, as a verb
 * that tells of verbs is itself in it.
 */
#ifndef BRIDGE_COMMAND_FIND_H
#define BRIDGE_COMMAND_FIND_H

#include "bridge/command/command.h"

/* The row of "registry", "move" or, name being NULL, of the command itself;
 * NULL where there is none. */
const struct verb *verb_row(verb_table *all, const char *command,
	const char *name);

/*
 * The row that words (NULL at the end, at least one) begin with. *ret_used is
 * how many of them are its name. A command alone gives its own row, which may
 * be the head of its verbs. ERROR_USAGE: unknown, and what may be meant; a word
 * that may be a secret in the wrong place is not repeated.
 */
int verb_find(verb_table *all, char *const *words, const struct verb **ret,
	int *ret_used, struct error *err);

/* ERROR_USAGE: a head alone, which needs a verb behind it. */
int verb_missing(verb_table *all, const struct verb *head, struct error *err);

#endif
