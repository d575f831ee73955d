/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of sections, as botocore takes them apart: Python's shlex.split(),
 * which is a POSIX shell's quoting and nothing else of a shell.
 */
#include "aws/config/section.h"

#include <string.h>

/* Room for two words; more are only counted. */
struct words {
	char word[2][INI_NAME_MAX];
	size_t len;    /* of the one under way */
	size_t count;  /* that are complete */
	bool in_word;
};

static void put_letter(struct words *w, char c)
{
	w->in_word = true;
	/* never longer than the section, which fits */
	if (w->count < 2 && w->len < INI_NAME_MAX - 1)
		w->word[w->count][w->len++] = c;
}

static void end_word(struct words *w)
{
	if (!w->in_word)
		return;
	if (w->count < 2)
		w->word[w->count][w->len] = '\0';
	w->count++;
	w->len = 0;
	w->in_word = false;
}

/* The quoted text behind s[0]; NULL where the quote stays open. */
static const char *put_quoted(struct words *w, const char *s)
{
	char quote = *s++;

	w->in_word = true;
	for (; *s && *s != quote; s++) {
		if (quote == '"' && *s == '\\' && (s[1] == '"' || s[1] == '\\'))
			s++;
		put_letter(w, *s);
	}
	return *s ? s : NULL;
}

/* False: a quote or a backslash without its end. */
static bool split(const char *s, struct words *w)
{
	for (; *s; s++) {
		if (strchr(" \t\r\n", *s)) {
			end_word(w);
		} else if (*s == '"' || *s == '\'') {
			s = put_quoted(w, s);
			if (!s)
				return false;
		} else if (*s == '\\') {
			if (!*++s)
				return false;
			put_letter(w, *s);
		} else {
			put_letter(w, *s);
		}
	}
	end_word(w);
	return true;
}

bool section_name(const char *section, const char *kind,
	char ret[INI_NAME_MAX])
{
	struct words w = { .count = 0 };

	if (strncmp(section, kind, strlen(kind)) != 0 ||
		!split(section, &w) || w.count != 2)
		return false;
	memcpy(ret, w.word[1], INI_NAME_MAX);
	return true;
}

bool section_profile(const char *section, char ret[INI_NAME_MAX])
{
	if (strcmp(section, "default") == 0) {
		strcpy(ret, section);
		return true;
	}
	return section_name(section, "profile", ret);
}
