/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8: sequences, and what of them may stand in a line. */
#include "base/utf8.h"

#include <string.h>

size_t utf8_next(const char *s, size_t n, uint32_t *cp)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *p = (const unsigned char *)s;
	size_t len, i;

	if (p[0] < 0x80) {
		*cp = p[0];
		return 1;
	}
	if (p[0] >= 0xf0 && p[0] <= 0xf4)
		len = 4, *cp = p[0] & 7u;
	else if (p[0] >= 0xe0 && p[0] < 0xf0)
		len = 3, *cp = p[0] & 15u;
	else if (p[0] >= 0xc2 && p[0] < 0xe0)
		len = 2, *cp = p[0] & 31u;
	else
		return 0;
	if (len > n)
		return 0;
	for (i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*cp = *cp << 6 | (p[i] & 0x3fu);
	}
	if (*cp < least[len] || *cp > 0x10ffff ||
		(*cp >= 0xd800 && *cp < 0xe000))
		return 0;
	return len;
}

static bool code_point_is_clean(uint32_t cp)
{
	if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0))
		return false;
	if (cp == 0x2028 || cp == 0x2029)
		return false;
	/* bidirectional embedding, override and isolate */
	return !(cp >= 0x202a && cp <= 0x202e) &&
		!(cp >= 0x2066 && cp <= 0x2069);
}

bool utf8_is_clean(const char *p, size_t n)
{
	uint32_t cp;
	size_t len;

	for (; n > 0; p += len, n -= len) {
		len = utf8_next(p, n, &cp);
		if (len == 0 || !code_point_is_clean(cp))
			return false;
	}
	return true;
}

void utf8_sanitise(char *s)
{
	size_t left = strlen(s), len;
	uint32_t cp;

	for (; left > 0; s += len, left -= len) {
		len = utf8_next(s, left, &cp);
		if (len == 0)
			len = 1, cp = 0;
		if (!code_point_is_clean(cp))
			memset(s, '?', len);
	}
}
