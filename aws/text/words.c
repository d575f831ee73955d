/* SPDX-License-Identifier: Apache-2.0 */
/* Words, as botocore takes names of sections and commands apart. */
#include "aws/text/words.h"

#include <string.h>

struct words {
	char *at;     /* where the next letter goes */
	size_t count; /* that are complete */
	bool in_word;
};

static void put_letter(struct words *w, char c)
{
	w->in_word = true;
	*w->at++ = c;
}

static void end_word(struct words *w)
{
	if (!w->in_word)
		return;
	*w->at++ = '\0';
	w->count++;
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

/* A blank, two quotes or the source's own NUL pay for each word's NUL. */
bool words_split(const char *s, char *room, size_t *ret_count)
{
	struct words w = { .at = room };

	for (; *s; s++) {
		if (strchr(" \t\r\n", *s)) {
			end_word(&w);
		} else if (*s == '"' || *s == '\'') {
			s = put_quoted(&w, s);
			if (!s)
				return false;
		} else if (*s == '\\') {
			if (!*++s)
				return false;
			put_letter(&w, *s);
		} else {
			put_letter(&w, *s);
		}
	}
	end_word(&w);
	*ret_count = w.count;
	return true;
}

const char *words_next(const char *word)
{
	return word + strlen(word) + 1;
}
