/* SPDX-License-Identifier: Apache-2.0 */
/* The command line. */
#include "bridge/command/arguments.h"

#include "base/text.h"
#include "bridge/command/find.h"
#include "bridge/command/verb.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define LONG_BASE 256

/*
 * How much of a word that begins with dashes may be repeated: what follows
 * "=", or what no option is made of, may be a secret (--pin1234).
 */
static int option_part(const char *word)
{
	return (int)strspn(word, "abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ-_");
}

/* The option of which getopt says '?' or ':'. Its name is known, or is none. */
static int bad_option(char **argv, int code, struct error *err)
{
	const char *what = argv[optind - 1];

	if (code == ':')
		return error_set(err, ERROR_USAGE, "'%.*s' needs a value",
			(int)strcspn(what, "="), what);
	if (optopt && optopt < LONG_BASE)
		return error_set(err, ERROR_USAGE, "unknown option '-%c'",
			optopt);
	if (optopt >= LONG_BASE)
		return error_set(err, ERROR_USAGE, "'%.*s' takes no value",
			(int)strcspn(what, "="), what);
	return error_set(err, ERROR_USAGE, "unknown option '%.*s'",
		option_part(what), what);
}

enum option_id options_of_letter(int letter)
{
	int i;

	if (letter == 'd') /* as ykman has it */
		return OPTION_TOKEN;
	for (i = 0; i < OPTION_COUNT; i++)
		if (option_rows[i].letter == letter)
			break;
	return (enum option_id)i;
}

static enum option_id option_of(int code)
{
	return code >= LONG_BASE ? (enum option_id)(code - LONG_BASE) :
				   options_of_letter(code);
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

/* Once more: a line of its own in the value. */
static int add_value(struct options *o, enum option_id id, const char *value,
	struct error *err)
{
	CLEANUP(free_p) char *both = text_format("%s\n%s", o->value[id],
		value);

	return both ? option_set(o, id, both, FROM_COMMAND_LINE, err) :
		error_memory(err);
}

static int take_option(struct options *o, char **argv, int code,
	struct error *err)
{
	enum option_id id = option_of(code);
	const struct option_row *row = &option_rows[id];
	int r = 0;

	if (code >= LONG_BASE)
		r = refuse_abbreviation(argv[optind - (optarg &&
			optarg == argv[optind - 1] ? 2 : 1)], row->name, err);
	if (r < 0)
		return r;
	/* values that are given again stand in a line each */
	if (row->repeats && optarg && strchr(optarg, '\n'))
		return error_set(err, ERROR_USAGE,
			"--%s: the value holds a control character", row->name);
	if (o->value[id] && row->repeats)
		return add_value(o, id, optarg, err);
	if (o->value[id] && row->argument)
		return error_set(err, ERROR_USAGE, "--%s is given twice",
			row->name);
	return option_set(o, id, row->argument ? optarg : "1",
		FROM_COMMAND_LINE, err);
}

/* The verb is known only when all is read: then what it has is told. */
static int tell_more(verb_table *all, const struct options *o,
	const char *word, const struct error *e, struct error *err)
{
	char title[VERB_TITLE_LEN + 8] = "", hint[VERB_HINT_LEN] = "";
	const struct verb *v = NULL;
	int used;

	if (o->arguments[0] && verb_find(all, o->arguments, &v, &used, NULL) == 0) {
		verb_title(v, title);
		strcat(title, " ");
	}
	if (word)
		verb_hint_option(v, word, hint);
	return error_set(err, ERROR_USAGE,
		"%s%s `tokenbridge %s--help` lists the options", e->text,
		hint[0] ? hint : ";", title);
}

int options_parse(struct options *o, verb_table *all, int argc, char **argv,
	struct error *err)
{
	struct option longs[OPTION_COUNT + 1];
	char shorts[2 * OPTION_COUNT + 4];
	CLEANUP(free_p) char *unknown = NULL;
	struct error e = { 0 };
	struct error *first = &e;
	int code, r;

	make_tables(longs, shorts);
	opterr = 0;
	optind = 0;
	while ((code = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (code != '?' && code != ':') {
			r = take_option(o, argv, code, first);
		} else {
			r = bad_option(argv, code, first);
			if (first && code == '?' && !optopt)
				unknown = strndup(argv[optind - 1],
					strcspn(argv[optind - 1], "="));
		}
		if (r < 0)
			first = NULL; /* the first is told */
	}
	o->argument_count = argc - optind;
	o->arguments = calloc((size_t)o->argument_count + 1, sizeof(char *));
	if (!o->arguments)
		return error_memory(err);
	memcpy(o->arguments, argv + optind,
		(size_t)o->argument_count * sizeof(char *));
	if (e.code == ERROR_USAGE)
		return tell_more(all, o, unknown, &e, err);
	return e.code ? error_copy(err, &e) : 0;
}
