/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands: one verb, one file that ends with its own row. The list
 * of rows in command.c is all that main, --help and the manual's check know.
 */
#ifndef BRIDGE_COMMAND_COMMAND_H
#define BRIDGE_COMMAND_COMMAND_H

#include "bridge/run/run.h"
#include "bridge/settings/option.h"
#include "bridge/terminal/people.h"

/* What every command gets; rooms below it get only the run. */
struct app {
	struct options options;
	struct terminal terminal;
	struct run run; /* its cancel_fd is readable after SIGINT, SIGTERM,
	                   SIGHUP */
	bool json;
};

#define COMMAND_OPTIONS_MAX 20

struct command {
	const char *name;
	const char *arguments; /* "USER", "add PEM | show | ..." or "" */
	const char *summary;   /* one line, lower case, no full stop */
	const char *help;      /* paragraphs; ends with examples */
	enum option_id options[COMMAND_OPTIONS_MAX]; /* beside global ones;
	                          ends with 0 (OPTION_HELP, which is global) */
	int min_arguments, max_arguments; /* behind the verb */
	bool knows_formats; /* looks itself at a --format other than text and
	                       json */
	/* NULL: never */
	bool (*needs_network)(const struct options *o);
	/*
	 * Returns the exit status 0 to 127 of what was found, or negative
	 * with err. Only data goes to standard output.
	 */
	int (*run)(struct app *app, struct error *err);
};

extern const struct command *const commands[]; /* NULL at the end */

/* The command's own argument i, from 0; NULL behind the last. */
static inline const char *app_argument(const struct app *app, int i)
{
	return i + 1 < app->options.argument_count ?
		app->options.arguments[i + 1] : NULL;
}

#endif
