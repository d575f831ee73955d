/* SPDX-License-Identifier: Apache-2.0 */
/* The row that words begin with, and what may be meant where there is none. */
#include "bridge/command/find.h"

#include "base/near.h"
#include "bridge/command/verb.h"

#include <stdio.h>
#include <string.h>

static bool has_name(const struct verb *v, const char *name)
{
	return name ? v->name && strcmp(v->name, name) == 0 : !v->name;
}

const struct verb *verb_row(verb_table *all, const char *command,
	const char *name)
{
	size_t i;

	for (i = 0; all[i]; i++)
		if (strcmp(all[i]->command, command) == 0 &&
			has_name(all[i], name))
			return all[i];
	return NULL;
}

/* What a name is made of: anything else may be a secret in the wrong place. */
static bool looks_like_name(const char *word)
{
	return word[0] &&
		strspn(word, "abcdefghijklmnopqrstuvwxyz-") == strlen(word);
}

/* The only verb of this name, whose command was left out; NULL: none, or more
 * than one. */
static const struct verb *only_verb(verb_table *all, const char *name)
{
	const struct verb *hit = NULL;
	size_t i;

	for (i = 0; all[i]; i++) {
		if (!has_name(all[i], name))
			continue;
		if (hit)
			return NULL;
		hit = all[i];
	}
	return hit;
}

static int unknown_command(verb_table *all, const char *word,
	struct error *err)
{
	const struct verb *verb = only_verb(all, word);
	struct near n = { .word = word };
	size_t i;

	if (verb)
		return error_set(err, ERROR_USAGE,
			"unknown command '%s'; did you mean '%s %s'? "
			"`tokenbridge --help` lists all", word, verb->command,
			verb->name);
	for (i = 0; all[i]; i++)
		if (!all[i]->name)
			near_look(&n, all[i]->command);
	if (n.best)
		return error_set(err, ERROR_USAGE,
			"unknown command '%s'; did you mean '%s'? `tokenbridge "
			"--help` lists all", word, n.best);
	return error_set(err, ERROR_USAGE,
		"unknown command%s%s%s; `tokenbridge --help` lists them",
		looks_like_name(word) ? " '" : "",
		looks_like_name(word) ? word : "",
		looks_like_name(word) ? "'" : "");
}

static bool takes_new_secret(verb_table *all, const struct verb *head)
{
	size_t i;

	for (i = 0; all[i]; i++)
		if (strcmp(all[i]->command, head->command) == 0 &&
			verb_has_option(all[i], OPTION_NEW_PIN_FD))
			return true;
	return false;
}

static void list_names(verb_table *all, const struct verb *head, char *ret,
	size_t size)
{
	size_t i, used = 0;

	ret[0] = '\0';
	for (i = 0; all[i] && used < size; i++)
		if (all[i]->name &&
			strcmp(all[i]->command, head->command) == 0)
			used += (size_t)snprintf(ret + used, size - used,
				"%s%s", used ? ", " : "", all[i]->name);
}

static int unknown_verb(verb_table *all, const struct verb *head,
	const char *word, struct error *err)
{
	bool repeat = looks_like_name(word) && !takes_new_secret(all, head);
	struct near n = { .word = word };
	char list[200];
	size_t i;

	for (i = 0; all[i]; i++)
		if (all[i]->name &&
			strcmp(all[i]->command, head->command) == 0)
			near_look(&n, all[i]->name);
	if (n.best)
		return error_set(err, ERROR_USAGE,
			"unknown verb%s%s%s of %s; did you mean '%s'? "
			"`tokenbridge %s --help` lists all", repeat ? " '" : "",
			repeat ? word : "", repeat ? "'" : "", head->command,
			n.best, head->command);
	list_names(all, head, list, sizeof(list));
	return error_set(err, ERROR_USAGE,
		"unknown verb%s%s%s of %s, which has: %s; `tokenbridge %s "
		"--help` tells what they do", repeat ? " '" : "",
		repeat ? word : "", repeat ? "'" : "", head->command, list,
		head->command);
}

int verb_missing(verb_table *all, const struct verb *head, struct error *err)
{
	char list[200];

	list_names(all, head, list, sizeof(list));
	return error_set(err, ERROR_USAGE,
		"%s needs a verb: %s; `tokenbridge %s --help` tells what they "
		"do", head->command, list, head->command);
}

int verb_find(verb_table *all, char *const *words, const struct verb **ret,
	int *ret_used, struct error *err)
{
	const struct verb *row = verb_row(all, words[0], NULL);

	if (!row)
		return unknown_command(all, words[0], err);
	if (verb_is_head(row) && words[1]) {
		const struct verb *head = row;

		row = verb_row(all, words[0], words[1]);
		if (!row)
			return unknown_verb(all, head, words[1], err);
	}
	*ret = row;
	*ret_used = row->name ? 2 : 1;
	return 0;
}
