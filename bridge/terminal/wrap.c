/* SPDX-License-Identifier: Apache-2.0 */
/* A long line over several ones. */
#include "bridge/terminal/wrap.h"

#include <stdbool.h>
#include <string.h>

#define HANGING 2 /* columns that a sentence's later lines are moved in */

/* Bytes of the character or escape sequence at s, and its columns. */
static size_t step(const char *s, size_t *ret_columns)
{
	size_t n = 1;

	*ret_columns = *s != '\033';
	if (*s == '\033') {
		while (s[n] && s[n - 1] != 'm')
			n++;
		return n;
	}
	while (((unsigned char)s[n] & 0xc0) == 0x80)
		n++;
	return n;
}

size_t wrap_piece(const char *s, size_t room)
{
	size_t i, n, wide, columns = 0, end = 0;
	bool copied = false, words = false;

	for (i = 0; s[i]; i += n) {
		if (s[i] == '`')
			copied = !copied;
		/* blanks in front are no place to break */
		if (s[i] == ' ' && words && !copied)
			end = i;
		words |= s[i] != ' ';
		n = step(s + i, &wide);
		columns += wide;
		if (columns > room && end > 0)
			return end;
	}
	return i;
}

size_t wrap_break(const char *s, size_t room)
{
	size_t whole = wrap_piece(s, room), i, n, wide, columns = 0, end = 0;

	if (memchr(s, '`', whole))
		return whole;
	for (i = 0; i < whole; i += n) {
		n = step(s + i, &wide);
		columns += wide;
		if (columns > room)
			return end > 0 ? end : i;
		if (strchr("/:,", s[i]) && columns > room / 2)
			end = i + n;
	}
	return whole;
}

size_t wrap_indent(const char *s, size_t width)
{
	size_t i, n, wide, columns = 0, gap = 0;
	size_t lead = strspn(s, " ");

	for (i = 0; s[i] && columns < width; i += n) {
		if (i >= lead + 2 && s[i] != ' ' && s[i - 1] == ' ' &&
			s[i - 2] == ' ')
			gap = columns;
		n = step(s + i, &wide);
		columns += wide;
	}
	if (gap == 0 || gap > width / 2)
		gap = lead + HANGING;
	return gap < width / 2 ? gap : HANGING;
}

/* Columns that the line which begins at s is moved in: fewer where its first word
 * has no room behind `indent`. */
static size_t later_indent(const char *s, size_t width, size_t indent)
{
	size_t word = wrap_piece(s, 1), i, n, wide, columns = 0;

	for (i = 0; i < word; i += n) {
		n = step(s + i, &wide);
		columns += wide;
	}
	return indent > HANGING && indent + columns > width ? HANGING : indent;
}

void wrap_put(struct buf *b, const char *s, size_t width, size_t indent)
{
	size_t i, n, before = 0;

	do {
		n = width ? wrap_piece(s, width - before) : strlen(s);
		for (i = 0; i < before; i++)
			buf_put_str(b, " ");
		buf_put(b, s, n);
		buf_put_str(b, "\n");
		s += n + (s[n] == ' ');
		before = later_indent(s, width, indent);
	} while (*s);
}
