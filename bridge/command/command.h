/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One row for each verb, at the end of the file that implements it; a command
 * without verbs is one row. The list of rows in command.c is all that main,
 * help, completion and the manual's check know.
 */
#ifndef BRIDGE_COMMAND_COMMAND_H
#define BRIDGE_COMMAND_COMMAND_H

#include "bridge/command/value.h"
#include "bridge/run/run.h"
#include "bridge/settings/option.h"
#include "bridge/terminal/people.h"
#include "bridge/terminal/table.h"

/* Rows, NULL at the end. */
struct verb;
typedef const struct verb *const verb_table;

/* What every command gets; rooms below it get only the run. */
struct app {
	struct options options;
	struct terminal terminal;
	struct run run; /* its cancel_fd is readable after SIGINT, SIGTERM,
	                   SIGHUP */
	char **words;     /* of the whole line, NULL at the end; borrowed */
	char **typed;     /* what a person typed of it, where a wrapper said so;
	                     borrowed; else NULL */
	size_t typed_n;
	bool is_asked;    /* started by another of us: see
	                     bridge/audit/accounts/asked.h */
	char **arguments; /* the verb's own, NULL at the end; borrowed */
	verb_table *verbs; /* all that there are */
	bool json;
};

/* What a person who wants to do something looks under. */
enum verb_group {
	GROUP_BEGIN,
	GROUP_SEE,
	GROUP_JUDGE,
	GROUP_AWS,
	GROUP_LOGIN,
	GROUP_RECORD,
	GROUP_CARE,
	GROUP_HELP,
};

/* What a verb cannot do without. */
enum verb_need {
	NEEDS_ROOT = 1,     /* but on a registry for rehearsal */
	NEEDS_TERMINAL = 2, /* a person who types on it */
};

struct argument {
	const char *name; /* "USER" */
	enum value value; /* how it is completed */
};

/*
 * Options of a verb that mean something only beside another one, or only without
 * it.
 */
struct combination {
	enum option_id key;
	enum { GOES_WITH, GOES_WITHOUT } how;
	enum option_id others[14]; /* 0 ends */
};

#define VERB_ARGUMENTS_MAX 2
#define VERB_OPTIONS_MAX 40
#define VERB_COMBINATIONS_MAX 12
#define VERB_TAKES_MAX 4

struct verb {
	const char *command; /* "registry" */
	const char *name;    /* "move"; NULL: the command itself */
	enum verb_group group;
	const char *summary; /* one line, lower case, no full stop */
	const char *help;    /* paragraphs of at most 80 columns */
	const char *example; /* lines */
	struct argument arguments[VERB_ARGUMENTS_MAX + 1]; /* a name NULL ends */
	int min_arguments;
	/* Those that mean something here, beside those of every command; ends
	   with 0 (OPTION_HELP, which is one of the latter). */
	enum option_id options[VERB_OPTIONS_MAX + 1];
	/* Of them those that help names and the manual explains: a terminal has
	   24 lines. */
	enum option_id in_manual[VERB_OPTIONS_MAX + 1];
	struct combination combinations[VERB_COMBINATIONS_MAX + 1]; /* a key 0
	                         ends */
	enum option_id stray; /* what an argument too many means where its form
	                         does not tell; 0: nothing */
	struct value_taken takes[VERB_TAKES_MAX + 1]; /* where an option takes
	                         something else here; an id 0 ends */
	bool many_outputs;    /* --output may be given again */
	unsigned needs;       /* verb_need bits */
	/* NULL: never */
	bool (*needs_network)(const struct options *o);
	/*
	 * Returns the exit status 0 to 127 of what was found, or negative
	 * with err. Only data goes to standard output. NULL: this row stands
	 * before the verbs of its command.
	 */
	int (*run)(struct app *app, struct error *err);
	const char *usual; /* of a row that stands before verbs: the verb that
	                      is meant where none is said; NULL: none */
};

extern verb_table verbs[];

/* The verb's argument i, from 0; NULL behind the last. */
static inline const char *app_argument(const struct app *app, int i)
{
	int n = 0;

	while (n < i && app->arguments[n])
		n++;
	return app->arguments[n];
}

/* How a person wants a table. */
static inline struct table_view app_view(const struct app *app)
{
	return (struct table_view){
		.wide = option_is_set(&app->options, OPTION_WIDE),
		.columns = option(&app->options, OPTION_COLUMNS),
	};
}

#endif
