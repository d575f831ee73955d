/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 in pieces, by whole groups of four through a table. */
#include "aws/report/wrap/base64-stream.h"

#include <stdint.h>
#include <string.h>

#define BAD 0xff

#define R16(v) v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v

/* Value of each character; BAD for those that are none. */
static const unsigned char values[256] = {
	R16(BAD), R16(BAD),
	/* 0x20 */
	BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD,
	BAD, BAD, BAD, 62, BAD, BAD, BAD, 63,
	52, 53, 54, 55, 56, 57, 58, 59,
	60, 61, BAD, BAD, BAD, BAD, BAD, BAD,
	/* 0x40 */
	BAD, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
	15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, BAD, BAD, BAD, BAD, BAD,
	/* 0x60 */
	BAD, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
	41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, BAD, BAD, BAD, BAD, BAD,
	/* 0x80 */
	R16(BAD), R16(BAD), R16(BAD), R16(BAD),
	R16(BAD), R16(BAD), R16(BAD), R16(BAD),
};

void base64_stream_init(struct base64_stream *s)
{
	memset(s, 0, sizeof(*s));
}

/* A plain group of four; false where a character is none. */
static inline bool decode_group(const unsigned char *p, unsigned char *ret)
{
	unsigned a = values[p[0]], b = values[p[1]], c = values[p[2]],
		 d = values[p[3]];
	uint32_t v = a << 18 | b << 12 | c << 6 | d;

	if ((a | b | c | d) & 0x80)
		return false;
	ret[0] = (unsigned char)(v >> 16);
	ret[1] = (unsigned char)(v >> 8);
	ret[2] = (unsigned char)v;
	return true;
}

/* The last group, "xx==" or "xxx="; bytes of it, 0 where it is neither. */
static size_t decode_padded(const unsigned char *p, unsigned char *ret)
{
	unsigned a = values[p[0]], b = values[p[1]], c = values[p[2]];

	if ((a | b) & 0x80 || p[3] != '=')
		return 0;
	ret[0] = (unsigned char)(a << 2 | b >> 4);
	if (p[2] == '=')
		return b & 15 ? 0 : 1;
	if (c & 0x80 || c & 3)
		return 0;
	ret[1] = (unsigned char)(b << 4 | c >> 2);
	return 2;
}

static size_t first_bad(const unsigned char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (values[p[i]] == BAD)
			return i;
	return n ? n - 1 : 0;
}

/* One group of whatever kind; 0 where it is none. */
static size_t decode_any(struct base64_stream *s, const unsigned char *p,
	unsigned char *ret)
{
	size_t n;

	if (s->ended)
		return 0;
	if (decode_group(p, ret))
		return 3;
	n = decode_padded(p, ret);
	s->ended = n > 0;
	return n;
}

/* Keeps characters for a group until there are four, or no more. */
static bool hold_piece(struct base64_stream *s, const unsigned char *p,
	size_t n, size_t *i, size_t *ret_bad)
{
	for (; s->count < 4 && *i < n; ++*i) {
		if (values[p[*i]] == BAD && p[*i] != '=') {
			*ret_bad = *i;
			return false;
		}
		s->held[s->count++] = p[*i];
	}
	return true;
}

int base64_stream_feed(struct base64_stream *s, const char *text, size_t n,
	unsigned char *ret, size_t *ret_n, size_t *ret_bad)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t i = 0, o = 0, k;

	if (s->count > 0 && !hold_piece(s, p, n, &i, ret_bad))
		return -1;
	if (s->count == 4) {
		k = decode_any(s, s->held, ret);
		if (k == 0) {
			*ret_bad = i - 1;
			return -1;
		}
		o += k;
		s->count = 0;
	}
	while (!s->ended && n - i >= 4 && decode_group(p + i, ret + o))
		i += 4, o += 3;
	if (n - i >= 4) {
		k = decode_any(s, p + i, ret + o);
		if (k == 0) {
			*ret_bad = i + first_bad(p + i, 4);
			return -1;
		}
		i += 4;
		o += k;
	}
	if (s->ended && i < n) {
		*ret_bad = i;
		return -1;
	}
	if (!hold_piece(s, p, n, &i, ret_bad))
		return -1;
	*ret_n = o;
	return 0;
}

bool base64_stream_complete(const struct base64_stream *s)
{
	return s->count == 0;
}
