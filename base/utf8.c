/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8: sequences, and what of them may stand in a line. */
#include "base/utf8.h"

#include "base/util.h"

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

/* In order. */
static const struct {
	uint32_t first, last;
} unclean[] = {
	{ 0x0000, 0x001f }, /* C0 */
	{ 0x007f, 0x009f }, /* DEL, C1 */
	{ 0x00ad, 0x00ad }, /* soft hyphen: of no width */
	{ 0x061c, 0x061c }, /* Arabic letter mark */
	{ 0x180e, 0x180e }, /* Mongolian vowel separator */
	{ 0x200b, 0x200f }, /* of no width; marks of direction */
	{ 0x2028, 0x202e }, /* separators; embedding and override */
	{ 0x2060, 0x206f }, /* of no width; isolates */
	{ 0xfeff, 0xfeff }, /* of no width: byte order mark */
	{ 0xfff9, 0xfffb }, /* interlinear annotation */
	{ 0xe0000, 0xe007f }, /* tags */
};

static bool code_point_is_clean(uint32_t cp)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(unclean) && cp >= unclean[i].first; i++)
		if (cp <= unclean[i].last)
			return false;
	return true;
}

static char continuation(uint32_t bits)
{
	return (char)(0x80 | (bits & 0x3f));
}

size_t utf8_encode(uint32_t cp, char ret[UTF8_LEN])
{
	size_t n = 0;

	if (cp > 0x10ffff || (cp >= 0xd800 && cp < 0xe000))
		return 0;
	if (cp < 0x80) {
		ret[n++] = (char)cp;
		return n;
	}
	if (cp < 0x800) {
		ret[n++] = (char)(0xc0 | cp >> 6);
	} else if (cp < 0x10000) {
		ret[n++] = (char)(0xe0 | cp >> 12);
	} else {
		ret[n++] = (char)(0xf0 | cp >> 18);
		ret[n++] = continuation(cp >> 12);
	}
	if (cp >= 0x800)
		ret[n++] = continuation(cp >> 6);
	ret[n++] = continuation(cp);
	return n;
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
		len = 1;
		if (*s >= ' ' && *s < 0x7f)
			continue;
		len = utf8_next(s, left, &cp);
		if (len == 0)
			len = 1, cp = 0;
		if (!code_point_is_clean(cp))
			memset(s, '?', len);
	}
}
