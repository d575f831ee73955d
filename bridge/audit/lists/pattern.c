/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Python's patterns by POSIX's. Only what both read alike is taken: a pattern
 * that meant more here than there would mute what nobody decided to.
 */
#include "bridge/audit/lists/mutes.h"

#include <stdio.h>
#include <string.h>

#define REPEAT_MAX 255

/* Where the reading of a pattern stands. */
struct scan {
	const char *p;
	bool repeats; /* what was read last may be repeated */
	bool counted; /* there was a {n} */
	unsigned open; /* groups */
};

/* Behind the [ of a list, up to its ]. */
static const char *scan_list(struct scan *s)
{
	if (*s->p == '^')
		s->p++;
	if (*s->p == ']')
		s->p++;
	for (; *s->p && *s->p != ']'; s->p++)
		if (*s->p == '[' || *s->p == '\\')
			return "a list with [ or \\ in it";
	if (!*s->p)
		return "a list without its end";
	s->p++;
	s->repeats = true;
	return NULL;
}

static bool read_number(struct scan *s, unsigned *ret)
{
	const char *start = s->p;

	*ret = 0;
	for (; *s->p >= '0' && *s->p <= '9' && s->p - start < 4; s->p++)
		*ret = *ret * 10 + (unsigned)(*s->p - '0');
	return s->p > start && *ret <= REPEAT_MAX;
}

/* Behind the { of a count. */
static const char *scan_count(struct scan *s)
{
	unsigned least, most;
	bool good = read_number(s, &least);

	if (good && *s->p == ',') {
		s->p++;
		good = *s->p == '}' || (read_number(s, &most) && least <= most);
	}
	if (!good || *s->p != '}' || s->counted)
		return "more than one count, or one that is not {n}, {n,} or "
		       "{n,m} up to 255";
	s->p++;
	s->counted = true;
	return NULL;
}

static const char *scan_repeat(struct scan *s, char c)
{
	if (!s->repeats)
		return "*, +, ? or { behind nothing or behind another one";
	s->repeats = false;
	return c == '{' ? scan_count(s) : NULL;
}

static const char *scan_escape(struct scan *s)
{
	if (!*s->p || !strchr(".[]{}()*+?^$|\\/-@=,_:", *s->p))
		return "a \\ before anything but .[]{}()*+?^$|\\/-@=,_: (\\d, "
		       "\\w and \\b are Python's own)";
	s->p++;
	s->repeats = true;
	return NULL;
}

static const char *scan_one(struct scan *s)
{
	char c = *s->p++;

	if (c < ' ' || c > '~')
		return "a character that is not ASCII";
	switch (c) {
	case '\\':
		return scan_escape(s);
	case '[':
		return scan_list(s);
	case '*':
	case '+':
	case '?':
	case '{':
		return scan_repeat(s, c);
	case '(':
	case '|':
	case '^':
	case '$':
		s->repeats = false;
		s->open += c == '(';
		return c == '(' && *s->p == ')' ? "an empty group" : NULL;
	case ')':
		s->repeats = true;
		return s->open-- == 0 ? "a ) without its (" : NULL;
	case '}':
		return "a } without its {";
	default:
		s->repeats = true;
		return NULL;
	}
}

static const char *scan_all(const char *p)
{
	struct scan s = { .p = p };
	const char *why = NULL;

	while (!why && *s.p)
		why = scan_one(&s);
	return why;
}

const char *pattern_compile(struct mute_pattern *pattern)
{
	bool star = pattern->text[0] == '*';
	char copy[MUTE_PATTERN_MAX + 2];
	const char *why;

	if (!*pattern->text || strlen(pattern->text) > MUTE_PATTERN_MAX)
		return "1 to 256 bytes are wanted";
	snprintf(copy, sizeof(copy), "%s%s", star ? "." : "", pattern->text);
	why = scan_all(copy);
	if (why)
		return why;
	if (regcomp(&pattern->re, copy, REG_EXTENDED | REG_NOSUB) != 0)
		return "it is no pattern";
	pattern->has_re = true;
	return NULL;
}
