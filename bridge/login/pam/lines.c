/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/login/pam/lines.h"

#include <string.h>

#define BLANKS " \t\n"
#define LINE_MAX_PAM 1023

const char *const pam_folders[PAM_FOLDERS] = { "/etc/pam.d",
	"/usr/lib/pam.d", "/usr/etc/pam.d" };

/*
 * Up to a NUL, its comment or its end. As PAM has it, empty lines and comments
 * behind a backslash are passed over, and the line goes on behind them.
 */
bool pam_text_take(struct pam_text *t, const char *p, size_t n,
	unsigned number)
{
	const char *comment;
	size_t blanks;

	t->cut = t->cut || (size_t)(t->to - t->begin) + n > LINE_MAX_PAM;
	n = strnlen(p, n);
	for (blanks = 0; blanks < n && strchr(BLANKS, p[blanks]); blanks++)
		;
	if (blanks == n || p[blanks] == '#')
		return false;
	if (t->first == 0)
		t->first = number;
	comment = memchr(p, '#', n);
	if (comment)
		n = (size_t)(comment - p);
	while (n > 0 && strchr(BLANKS, p[n - 1]))
		n--;
	memcpy(t->to, p, n);
	t->to += n;
	if (comment || t->to[-1] != '\\')
		return true;
	t->to[-1] = ' ';
	return false;
}

char *pam_text_end(struct pam_text *t)
{
	char *line = t->begin;

	*t->to++ = '\0';
	*t = (struct pam_text){ .begin = t->to, .to = t->to };
	return line;
}

char *pam_text_word(char **p)
{
	char *begin = *p + strspn(*p, BLANKS), *from, *to;

	if (!*begin) {
		*p = begin;
		return NULL;
	}
	if (*begin != '[') {
		from = begin + strcspn(begin, BLANKS);
		*p = from + (*from != '\0');
		*from = '\0';
		return begin;
	}
	for (from = to = ++begin; *from && *from != ']'; from++) {
		if (from[0] == '\\' && from[1] == ']')
			from++;
		*to++ = *from;
	}
	*p = from + (*from != '\0');
	*to = '\0';
	return begin;
}
