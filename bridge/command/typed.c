/* SPDX-License-Identifier: Apache-2.0 */
/* A command line that is not finished. */
#include "bridge/command/typed.h"

#include "base/text.h"
#include "bridge/command/arguments.h"
#include "bridge/command/find.h"

#include <stdlib.h>
#include <string.h>

void typed_done(struct typed *t)
{
	options_done(&t->options);
}

/* A shell leaves ~ to whoever gets the word. */
static char *without_tilde(const char *word)
{
	const char *home = getenv("HOME");

	return strncmp(word, "~/", 2) == 0 && home ?
		text_format("%s/%s", home, word + 2) : strdup(word);
}

static void take_value(struct typed *t, enum option_id id, const char *word)
{
	CLEANUP(free_p) char *value = without_tilde(word);

	if (value)
		option_set(&t->options, id, value, FROM_COMMAND_LINE, NULL);
	t->pending = OPTION_COUNT;
}

static enum option_id option_named(const char *name, size_t n)
{
	int i;

	for (i = 0; i < OPTION_COUNT; i++)
		if (option_rows[i].name && strlen(option_rows[i].name) == n &&
			memcmp(option_rows[i].name, name, n) == 0)
			break;
	return (enum option_id)i;
}

/* Of an option that is known; `rest`: what stands behind it in its word. */
static void take_known(struct typed *t, enum option_id id, const char *rest)
{
	if (!option_rows[id].argument)
		take_value(t, id, "1");
	else if (rest)
		take_value(t, id, rest);
	else
		t->pending = id;
}

static void take_option(struct typed *t, const char *word)
{
	size_t n = strcspn(word, "=");
	enum option_id id;

	if (word[1] == '-') {
		id = option_named(word + 2, n - 2);
		if (id < OPTION_COUNT)
			take_known(t, id, word[n] ? word + n + 1 : NULL);
		return;
	}
	for (word++; *word; word++) {
		id = options_of_letter(*word);
		if (id == OPTION_COUNT)
			return;
		take_known(t, id, word[1] ? word + 1 : NULL);
		if (option_rows[id].argument)
			return;
	}
}

static bool is_option(const struct typed *t, const char *word)
{
	return !t->no_more_options && word[0] == '-' && word[1];
}

static void take_typed(struct typed *t, char *word)
{
	if (t->pending < OPTION_COUNT)
		take_value(t, t->pending, word);
	else if (!t->no_more_options && strcmp(word, "--") == 0)
		t->no_more_options = true;
	else if (is_option(t, word))
		take_option(t, word);
	else
		t->options.arguments[t->options.argument_count++] = word;
}

/* The last word may be an option with its value, "--token=12". */
static void take_last(struct typed *t, char *word)
{
	size_t n = strcspn(word, "=");
	enum option_id id;

	t->last = word;
	t->before = "";
	if (t->pending < OPTION_COUNT || !is_option(t, word) || !word[n] ||
		word[1] != '-')
		return;
	id = option_named(word + 2, n - 2);
	if (id == OPTION_COUNT || !option_rows[id].argument)
		return;
	t->pending = id;
	t->before = word;
	t->before_n = (int)n + 1;
	t->last = word + n + 1;
}

bool typed_read(struct typed *t, int n, char **words)
{
	int i;

	t->pending = OPTION_COUNT;
	t->options.arguments = calloc((size_t)n + 1, sizeof(char *));
	if (!t->options.arguments || n < 1)
		return false;
	for (i = 0; i < n - 1; i++)
		take_typed(t, words[i]);
	take_last(t, words[n - 1]);
	return !t->options.arguments[0] || verb_find(verbs,
		t->options.arguments, &t->verb, &t->used, NULL) == 0;
}
