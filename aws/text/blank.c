/* SPDX-License-Identifier: Apache-2.0 */
/* Blanks and ends of lines, as Python has them. */
#include "aws/text/blank.h"

#include "base/utf8.h"

/* str.isspace() */
static bool is_blank(uint32_t c)
{
	return c == ' ' || (c >= 0x09 && c <= 0x0d) ||
		(c >= 0x1c && c <= 0x1f) || c == 0x85 || c == 0xa0 ||
		c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
		c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

static bool ends_line(uint32_t c)
{
	return (c >= 0x0a && c <= 0x0d) || (c >= 0x1c && c <= 0x1e) ||
		c == 0x85 || c == 0x2028 || c == 0x2029;
}

/* Length of the last character. */
static size_t last_of(struct span s)
{
	size_t n = 1;

	while (n < s.n && n < 4 && ((unsigned char)s.p[s.n - n] & 0xc0) == 0x80)
		n++;
	return n;
}

struct span span_trim_end(struct span s)
{
	uint32_t c;
	size_t len;

	while (s.n > 0) {
		len = last_of(s);
		if (utf8_next(s.p + s.n - len, len, &c) != len || !is_blank(c))
			break;
		s.n -= len;
	}
	return s;
}

struct span span_trim(struct span s)
{
	uint32_t c;
	size_t len;

	while (s.n > 0) {
		len = utf8_next(s.p, s.n, &c);
		if (len == 0 || !is_blank(c))
			break;
		s.p += len;
		s.n -= len;
	}
	return span_trim_end(s);
}

bool span_line(struct span *rest, struct span *ret)
{
	uint32_t c;
	size_t len;

	if (rest->n == 0)
		return false;
	*ret = (struct span){ rest->p, 0 };
	while (rest->n > 0) {
		len = utf8_next(rest->p, rest->n, &c);
		if (len == 0) /* no UTF-8: a byte of the line like any other */
			c = 'x', len = 1;
		rest->p += len;
		rest->n -= len;
		if (ends_line(c))
			return true;
		ret->n += len;
	}
	return true;
}
