/* SPDX-License-Identifier: Apache-2.0 */
/* The command line. */
#include "bridge/command/arguments.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define LONG_BASE 256

static int unknown_option(char **argv, int code, struct error *err)
{
	const char *what = argv[optind - 1];

	if (code == ':')
		return error_set(err, ERROR_USAGE, "'%s' needs a value", what);
	if (optopt && optopt < LONG_BASE)
		return error_set(err, ERROR_USAGE, "unknown option '-%c'",
			optopt);
	if (optopt >= LONG_BASE)
		return error_set(err, ERROR_USAGE, "'%.*s' takes no value",
			(int)strcspn(what, "="), what);
	return error_set(err, ERROR_USAGE, "unknown option '%.*s'",
		(int)strcspn(what, "="), what);
}

static enum option_id option_of(int code)
{
	int i;

	if (code >= LONG_BASE)
		return (enum option_id)(code - LONG_BASE);
	for (i = 0; i < OPTION_COUNT; i++)
		if (option_rows[i].letter == code)
			return (enum option_id)i;
	return OPTION_TOKEN; /* -d, as ykman has it */
}

static void make_tables(struct option *longs, char *shorts)
{
	size_t n = 0;
	int i;

	*shorts++ = ':';
	for (i = 0; i < OPTION_COUNT; i++) {
		const struct option_row *row = &option_rows[i];

		if (!row->name)
			continue;
		longs[n++] = (struct option){ row->name,
			row->argument ? required_argument : no_argument, NULL,
			LONG_BASE + i };
		if (row->letter) {
			*shorts++ = row->letter;
			if (row->argument)
				*shorts++ = ':';
		}
	}
	memcpy(shorts, "d:", 3);
	longs[n] = (struct option){ NULL, 0, NULL, 0 };
}

/*
 * getopt_long takes any unambiguous beginning of a name: `--pin=...` would
 * silently be --pin-fd. Scripts and PINs deserve better. `word` is what was
 * typed for the long option `name`; its value is never repeated.
 */
static int refuse_abbreviation(const char *word, const char *name,
	struct error *err)
{
	size_t n = strcspn(word + 2, "=");

	if (n == strlen(name) && memcmp(word + 2, name, n) == 0)
		return 0;
	return error_set(err, ERROR_USAGE,
		"unknown option '%.*s' (--%s is written out)", (int)n + 2, word,
		name);
}

int options_parse(struct options *o, int argc, char **argv, struct error *err)
{
	struct option longs[OPTION_COUNT + 1];
	char shorts[2 * OPTION_COUNT + 4];
	const char *word;
	int code, r = 0;

	make_tables(longs, shorts);
	opterr = 0;
	optind = 0;
	while ((code = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		enum option_id id;

		if (code == '?' || code == ':')
			return unknown_option(argv, code, err);
		id = option_of(code);
		word = argv[optind - (optarg && optarg == argv[optind - 1] ?
			2 : 1)];
		if (code >= LONG_BASE)
			r = refuse_abbreviation(word, option_rows[id].name,
				err);
		if (r < 0)
			return r;
		if (o->value[id] && option_rows[id].argument)
			return error_set(err, ERROR_USAGE,
				"--%s is given twice", option_rows[id].name);
		r = option_set(o, id, option_rows[id].argument ? optarg : "1",
			FROM_COMMAND_LINE, err);
		if (r < 0)
			return r;
	}
	o->argument_count = argc - optind;
	o->arguments = calloc((size_t)o->argument_count + 1, sizeof(char *));
	if (!o->arguments)
		return error_memory(err);
	memcpy(o->arguments, argv + optind,
		(size_t)o->argument_count * sizeof(char *));
	return 0;
}
