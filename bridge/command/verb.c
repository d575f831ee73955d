/* SPDX-License-Identifier: Apache-2.0 */
/* What is typed, checked by the row of its verb. */
#include "bridge/command/verb.h"

#include "base/near.h"

#include <stdio.h>
#include <string.h>

/* ---- names ---- */

void verb_title(const struct verb *v, char ret[VERB_TITLE_LEN])
{
	snprintf(ret, VERB_TITLE_LEN, "%s%s%s", v->command,
		v->name ? " " : "", v->name ? v->name : "");
}

void verb_usage(const struct verb *v, char ret[VERB_USAGE_LEN])
{
	size_t used = 0;
	int i;

	ret[0] = '\0';
	for (i = 0; v->arguments[i].name && used < VERB_USAGE_LEN; i++)
		used += (size_t)snprintf(ret + used, VERB_USAGE_LEN - used,
			"%s%s%s%s", i ? " " : "",
			i < v->min_arguments ? "" : "[", v->arguments[i].name,
			i < v->min_arguments ? "" : "]");
}

/* ---- options ---- */

bool verb_has_option(const struct verb *v, enum option_id id)
{
	size_t i;

	if (option_rows[id].scope == OPTION_EVERYWHERE)
		return true;
	for (i = 0; v->options[i]; i++)
		if (v->options[i] == id)
			return true;
	return false;
}

static bool is_typed(const struct options *o, enum option_id id)
{
	return o->from[id] == FROM_COMMAND_LINE;
}

/* The combination of v that stands against id; NULL: none does. */
static const struct combination *against(const struct verb *v,
	const struct options *o, enum option_id id)
{
	const struct combination *c;
	size_t i;

	for (c = v->combinations; c->key; c++)
		for (i = 0; c->others[i]; i++)
			if (c->others[i] == id && is_typed(o, c->key) ==
				(c->how == GOES_WITHOUT))
				return c;
	return NULL;
}

bool verb_excludes(const struct verb *v, const struct options *o,
	enum option_id id)
{
	const struct combination *c = against(v, o, id);

	return c && c->how == GOES_WITHOUT;
}

static int check_option(const struct verb *v, const struct options *o,
	enum option_id id, struct error *err)
{
	const struct combination *c = against(v, o, id);
	char title[VERB_TITLE_LEN];

	verb_title(v, title);
	if (!verb_has_option(v, id))
		return error_set(err, ERROR_USAGE,
			"%s has no option --%s; `tokenbridge %s --help` lists "
			"its options", title, option_rows[id].name, title);
	if (!c)
		return 0;
	return error_set(err, ERROR_USAGE,
		"--%s %s --%s; `tokenbridge %s --help` tells more",
		option_rows[id].name, c->how == GOES_WITH ?
		"goes with" : "does not go with", option_rows[c->key].name,
		title);
}

int verb_check_options(const struct verb *v, const struct options *o,
	struct error *err)
{
	int i, r = 0;

	for (i = 0; r == 0 && i < OPTION_COUNT; i++)
		if (is_typed(o, (enum option_id)i))
			r = check_option(v, o, (enum option_id)i, err);
	/* given again it is one more line */
	if (r == 0 && !v->many_outputs && option_is_set(o, OPTION_OUTPUT) &&
		strchr(option(o, OPTION_OUTPUT), '\n'))
		r = error_set(err, ERROR_USAGE, "--%s is given twice",
			option_rows[OPTION_OUTPUT].name);
	return r;
}

void verb_hint_option(const struct verb *v, const char *word,
	char ret[VERB_HINT_LEN])
{
	struct near n = { .word = word + strspn(word, "-") };
	int i;

	ret[0] = '\0';
	for (i = 0; i < OPTION_COUNT; i++)
		if (option_rows[i].name &&
			(!v || verb_has_option(v, (enum option_id)i)))
			near_look(&n, option_rows[i].name);
	if (n.best)
		snprintf(ret, VERB_HINT_LEN, "; did you mean --%s?", n.best);
}

struct value_taken verb_takes(const struct verb *v, enum option_id id)
{
	const struct value_taken *t;

	for (t = v ? v->takes : NULL; t && t->id; t++)
		if (t->id == id)
			return *t;
	return value_of(id);
}

int verb_check_format(const struct verb *v, const char *format,
	struct error *err)
{
	const char *words = verb_takes(v, OPTION_FORMAT).words;
	char title[VERB_TITLE_LEN];

	if (value_has_word(words, format))
		return 0;
	verb_title(v, title);
	return error_set(err, ERROR_USAGE,
		"%s has no --format '%s'; there are: %s", title, format, words);
}

/* ---- arguments ---- */

static bool has_option(const void *arg, enum option_id id)
{
	return verb_has_option(arg, id);
}

/* May stand in a command line as it is. */
static bool is_plain(const char *word)
{
	return strlen(word) < 80 && strspn(word, "abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._:-") == strlen(word);
}

/* What takes a PIN may have been given it in the wrong place. */
static int secret_argument(const char *title, struct error *err)
{
	return error_set(err, ERROR_USAGE,
		"%s takes no argument: a token is named by --token, and a PIN "
		"is typed or read from a descriptor; `tokenbridge %s --help` "
		"tells more", title, title);
}

static int stray_argument(const struct verb *v, const char *word,
	struct error *err)
{
	enum option_id id = value_looks_like(word, has_option, v);
	char title[VERB_TITLE_LEN], usage[VERB_USAGE_LEN];
	bool none = !v->arguments[0].name;

	verb_title(v, title);
	verb_usage(v, usage);
	if (verb_has_option(v, OPTION_NEW_PIN_FD))
		return secret_argument(title, err);
	if (!id)
		id = v->stray;
	if (!id)
		return error_set(err, ERROR_USAGE,
			"%s takes %s, '%s' is one too many; `tokenbridge %s "
			"--help` tells more", title,
			none ? "no argument" : usage, word, title);
	return error_set(err, ERROR_USAGE,
		"%s takes %s%s: %s --%s %s; `tokenbridge %s --help` tells "
		"more", title, none ? "no argument" : "only ",
		none ? "" : usage, value_phrase(id), option_rows[id].name,
		is_plain(word) ? word : option_rows[id].argument, title);
}

int verb_check_arguments(const struct verb *v, char *const *arguments,
	struct error *err)
{
	char title[VERB_TITLE_LEN], usage[VERB_USAGE_LEN];
	int n = 0, max = 0;

	while (v->arguments[max].name)
		max++;
	while (n <= max && arguments[n])
		n++;
	if (n > max)
		return stray_argument(v, arguments[max], err);
	if (n >= v->min_arguments)
		return 0;
	verb_title(v, title);
	verb_usage(v, usage);
	return error_set(err, ERROR_USAGE,
		"%s needs %s; `tokenbridge %s --help` tells more", title,
		usage, title);
}
