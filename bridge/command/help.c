/* SPDX-License-Identifier: Apache-2.0 */
/* help: what --help prints, made from the rows. */
#include "bridge/command/help.h"

#include "bridge/command/find.h"
#include "bridge/command/verb.h"

#include <stdio.h>
#include <string.h>

/* ---- options ---- */

/* "-o, --output PATH"; the letter's place is kept where some have one */
static int left_of(const struct option_row *row, bool letters, char *ret,
	size_t size)
{
	char letter[8] = "";

	if (letters)
		snprintf(letter, sizeof(letter), row->letter ? "-%c, " : "    ",
			row->letter);
	return snprintf(ret, size, "%s--%s%s%s", letter, row->name,
		row->argument ? " " : "", row->argument ? row->argument : "");
}

/* What is listed together is aligned together. */
static void list_options(const enum option_id *ids, size_t n)
{
	bool letters = false;
	char left[64];
	int width = 0;
	size_t i;

	for (i = 0; i < n; i++)
		letters |= option_rows[ids[i]].letter != 0;
	for (i = 0; i < n; i++) {
		int w = left_of(&option_rows[ids[i]], letters, left,
			sizeof(left));

		width = w > width ? w : width;
	}
	for (i = 0; i < n; i++) {
		left_of(&option_rows[ids[i]], letters, left, sizeof(left));
		printf("  %-*s  %s\n", width, left, option_rows[ids[i]].help);
	}
}

static void list_scope(enum option_scope scope)
{
	enum option_id ids[OPTION_COUNT];
	size_t n = 0;
	int i;

	for (i = 0; i < OPTION_COUNT; i++)
		if (option_rows[i].name && option_rows[i].scope == scope)
			ids[n++] = (enum option_id)i;
	list_options(ids, n);
}

static void print_shared_options(void)
{
	printf("Options of every command:\n");
	list_scope(OPTION_EVERYWHERE);
	printf("\nOptions of many commands, whose help names them behind "
	       "\"Also\":\n");
	list_scope(OPTION_SHARED);
	printf("\nSettings and variables that do the same: "
	       "tokenbridge.conf(5).\n");
}

static bool is_in_manual(const struct verb *v, enum option_id id)
{
	size_t i;

	for (i = 0; v->in_manual[i]; i++)
		if (v->in_manual[i] == id)
			return true;
	return false;
}

static void print_own(const struct verb *v)
{
	enum option_id own[VERB_OPTIONS_MAX];
	size_t i, n = 0;

	for (i = 0; v->options[i]; i++)
		if (option_rows[v->options[i]].scope == OPTION_OWN &&
			!is_in_manual(v, v->options[i]))
			own[n++] = v->options[i];
	if (n == 0)
		return;
	printf("\nOptions:\n");
	list_options(own, n);
}

/* By name alone: `help options`, or the manual, says what they do. */
static void print_shared(const struct verb *v)
{
	static const char reference[] = "(`tokenbridge help options`)";
	int column = printf("\nAlso:") - 1;
	bool any = false;
	size_t i;

	for (i = 0; v->options[i]; i++) {
		const struct option_row *row = &option_rows[v->options[i]];

		if (row->scope != OPTION_SHARED &&
			!is_in_manual(v, v->options[i]))
			continue;
		if (column + 3 + (int)strlen(row->name) > HELP_COLUMNS - 1)
			column = printf("\n     ") - 1;
		column += printf(" --%s", row->name);
		any = true;
	}
	if (column + (int)sizeof(reference) > HELP_COLUMNS - 1)
		printf("\n     ");
	printf(" %s%s\n", any ? "" : "options of every command ", reference);
}

/* ---- text ---- */

/* Words of a line of n bytes, behind `column` bytes of what is printed;
 * returns where they end. */
static int put_words(const char *line, int n, int column)
{
	const char *end = line + n;

	while (line < end) {
		int word = (int)strcspn(line, " \n");

		if (column > 0 && column + 1 + word > HELP_COLUMNS - 1) {
			putchar('\n');
			column = 0;
		}
		column += printf("%s%.*s", column > 0 ? " " : "", word, line);
		line += word + 1;
	}
	return column;
}

/* Lines flow into each other; an empty one, and one that begins with a blank,
 * stay as they are. */
static void print_text(const char *line)
{
	int column = 0;

	while (*line) {
		int n = (int)strcspn(line, "\n");

		if (n > 0 && line[0] != ' ') {
			column = put_words(line, n, column);
		} else {
			printf("%s%.*s\n", column > 0 ? "\n" : "", n, line);
			column = 0;
		}
		line += n + (line[n] == '\n');
	}
	if (column > 0)
		putchar('\n');
}

/* ---- a verb ---- */

static void print_needs(const struct verb *v)
{
	static const struct options none = { .argument_count = 0 };
	bool network = v->needs_network && v->needs_network(&none);
	bool root = v->needs & NEEDS_ROOT;
	bool terminal = v->needs & NEEDS_TERMINAL;

	if (!network && !root && !terminal)
		return;
	printf("Needs:%s%s%s%s%s\n", network ? " the network" : "",
		network && (root || terminal) ? "," : "",
		root ? " root" : "", root && terminal ? "," : "",
		terminal ? " a terminal" : "");
}

static void print_verb(const struct verb *v)
{
	char title[VERB_TITLE_LEN], usage[VERB_USAGE_LEN];

	verb_title(v, title);
	verb_usage(v, usage);
	printf("Usage: tokenbridge %s%s%s%s\n\n", title, usage[0] ? " " : "",
		usage, v->options[0] ? " [OPTION]..." : "");
	print_text(v->help);
	print_own(v);
	print_shared(v);
	print_needs(v);
	printf("\n%s", v->example);
}

/* ---- a command that has verbs ---- */

/* Of the longest name among the verbs of a head. */
static int names_width(verb_table *all, const struct verb *head)
{
	size_t width = 0, i;

	for (i = 0; all[i]; i++)
		if (all[i]->name &&
			strcmp(all[i]->command, head->command) == 0 &&
			strlen(all[i]->name) > width)
			width = strlen(all[i]->name);
	return (int)width;
}

static void print_head(verb_table *all, const struct verb *head)
{
	int width = names_width(all, head);
	size_t i;

	printf("Usage: tokenbridge %s %s [ARGUMENT]... [OPTION]...\n\n",
		head->command, head->usual ? "[VERB]" : "VERB");
	print_text(head->help);
	printf("\nVerbs:\n");
	for (i = 0; all[i]; i++)
		if (all[i]->name &&
			strcmp(all[i]->command, head->command) == 0)
			printf("  %-*s  %s\n", width, all[i]->name,
				all[i]->summary);
	printf("\n`tokenbridge help %s VERB` teaches one.\n\n%s",
		head->command, head->example);
}

/* ---- all ---- */

static const char *const group_names[] = {
	[GROUP_BEGIN] = "Begin",
	[GROUP_SEE] = "See",
	[GROUP_JUDGE] = "Judge",
	[GROUP_AWS] = "At AWS",
	[GROUP_LOGIN] = "Log in",
	[GROUP_RECORD] = "Record",
	[GROUP_CARE] = "Care",
};

/* On a terminal of 24 lines: help itself is in the last one. */
static void print_all(verb_table *all)
{
	const char *before = "";
	size_t i;

	printf("Usage: tokenbridge COMMAND [VERB] [ARG]... [OPTION]... "
	       "| help COMMAND | version\n");
	for (i = 0; all[i]; i++) {
		const char *group;

		if (all[i]->name || all[i]->group == GROUP_HELP)
			continue;
		group = group_names[all[i]->group];
		printf("%-7s %-10s  %s\n", group == before ? "" : group,
			all[i]->command, all[i]->summary);
		before = group;
	}
}

void help_print(verb_table *all, const struct verb *v)
{
	if (!v)
		print_all(all);
	else if (verb_is_head(v))
		print_head(all, v);
	else
		print_verb(v);
}

static int help_run(struct app *app, struct error *err)
{
	const struct verb *v = NULL;
	int used = 0, r = 0;

	if (app_argument(app, 0) &&
		strcmp(app_argument(app, 0), "options") == 0 &&
		!app_argument(app, 1)) {
		print_shared_options();
		return 0;
	}
	if (app_argument(app, 0))
		r = verb_find(app->verbs, app->arguments, &v, &used, err);
	if (r == 0 && app_argument(app, used) && v)
		return error_set(err, ERROR_USAGE,
			"%s has no verbs; `tokenbridge help %s` tells of it",
			v->command, v->command);
	if (r == 0)
		help_print(app->verbs, v);
	return r;
}

const struct verb verb_help = {
	.command = "help",
	.group = GROUP_HELP,
	.summary = "teach a command or a verb; `help options`: options",
	.help = "Prints what COMMAND, or its VERB, is for, what it takes and "
		"how to begin; without one, what commands there are. The same "
		"is printed by --help behind a command. `options` in place of "
		"a command tells of the options that many have.\n",
	.example = "  tokenbridge help registry move\n"
		"  tokenbridge help options\n",
	.arguments = { { "COMMAND", VALUE_COMMAND }, { "VERB", VALUE_VERB } },
	.run = help_run,
};
