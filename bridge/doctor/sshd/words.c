/* SPDX-License-Identifier: Apache-2.0 */
/* Words of a line, and patterns in them. */
#include "bridge/doctor/sshd/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\r\n"
#define PATTERN_MAX 1023 /* a longer one matches nothing */

void sshd_words_done(struct sshd_words *words)
{
	free(words->text);
	free(words->word);
	*words = (struct sshd_words){ 0 };
}

static char *skip_blanks(char *p)
{
	return p + 1 + strspn(p + 1, BLANKS);
}

char *sshd_next_word(char **p)
{
	char *word = *p, *end;
	bool equals;

	if (!word)
		return NULL;
	end = strpbrk(word, BLANKS "\"=");
	*p = end;
	if (!end)
		return word;
	if (*end == '"') {
		memmove(end, end + 1, strlen(end));
		end = strchr(end, '"');
		*p = end ? skip_blanks(end) : NULL;
		if (end)
			*end = '\0';
		return end ? word : NULL;
	}
	equals = *end == '=';
	*end = '\0';
	*p = skip_blanks(end);
	if (**p == '=' && !equals)
		*p = skip_blanks(*p);
	return word;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* One word from p, which is not blank: its end, NULL where a quote is open. */
static const char *copy_word(const char *p, char **to)
{
	char quote = '\0';

	for (; *p && (quote || !is_blank(*p)); p++) {
		if (*p == '\\' && p[1] && (strchr("'\"\\", p[1]) ||
				(!quote && p[1] == ' ')))
			*(*to)++ = *++p;
		else if (*p == '\\')
			*(*to)++ = *p;
		else if (!quote && (*p == '"' || *p == '\''))
			quote = *p;
		else if (quote && *p == quote)
			quote = '\0';
		else
			*(*to)++ = *p;
	}
	*(*to)++ = '\0';
	return quote ? NULL : p;
}

int sshd_split(const char *value, bool comments, struct sshd_words *ret,
	bool *ret_whole, struct error *err)
{
	CLEANUP(sshd_words_done) struct sshd_words words = { 0 };
	size_t n = strlen(value);
	const char *p = value;
	char *to;

	words.text = to = malloc(n + 2);
	words.word = calloc(n / 2 + 2, sizeof(*words.word));
	if (!words.text || !words.word)
		return error_memory(err);
	for (;;) {
		p += strspn(p, " \t");
		if (!*p || (comments && *p == '#'))
			break;
		words.word[words.n++] = to;
		p = copy_word(p, &to);
		*ret_whole = p != NULL;
		if (!p)
			return 0;
	}
	*ret_whole = true;
	*ret = words;
	words = (struct sshd_words){ 0 };
	return 0;
}

char *sshd_words_join(const struct sshd_words *w, char between)
{
	size_t i, n = 1;
	char *text, *to;

	for (i = 0; i < w->n; i++)
		n += strlen(w->word[i]) + 1;
	text = to = malloc(n);
	for (i = 0; text && i < w->n; i++)
		to += sprintf(to, "%s%c", w->word[i], between);
	if (text)
		to[to > text ? -1 : 0] = '\0';
	return text;
}

/* ---- patterns ---- */

static bool match_one(const char *s, const char *p, size_t n)
{
	for (; n > 0; s++, p++, n--) {
		if (*p == '*') {
			for (; n > 0 && *p == '*'; p++)
				n--;
			if (n == 0)
				return true;
			for (; *s; s++)
				if (match_one(s, p, n))
					return true;
			return false;
		}
		if (!*s || (*p != '?' && *p != *s))
			return false;
	}
	return !*s;
}

int sshd_match_list(const char *word, const char *patterns)
{
	const char *p = patterns;
	bool negated, got = false;
	size_t n;

	while (*p) {
		negated = *p == '!';
		p += negated;
		n = strcspn(p, ",");
		if (n >= PATTERN_MAX)
			return 0;
		if (match_one(word, p, n)) {
			if (negated)
				return -1;
			got = true;
		}
		p += n;
		p += *p == ',';
	}
	return got;
}
