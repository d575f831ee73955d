/* SPDX-License-Identifier: Apache-2.0 */
/* The report out of a JSON string. */
#include "aws/report/wrap/content.h"

#include "base/encode.h"
#include "base/utf8.h"

#include <string.h>

#define HEX_DIGITS 4 /* of \uXXXX */

void report_content_init(struct report_content *c)
{
	memset(c, 0, sizeof(*c));
	base64_stream_init(&c->base64);
}

bool report_content_ends(const struct report_content *c, char next)
{
	return c->escape == 0 && next == '"';
}

bool report_content_complete(const struct report_content *c)
{
	return base64_stream_complete(&c->base64);
}

/* A report begins with "user", with a quote or with a byte order mark: as base64
 * none of them begins like that. */
static enum report_content_form form_by(unsigned char first, bool escaped)
{
	return first == 'u' || first >= 0x80 || (escaped && first == '"') ?
		REPORT_CONTENT_TEXT : REPORT_CONTENT_BASE64;
}

static bool is_line_end(unsigned char c)
{
	return c == '\n' || c == '\r';
}

/* What the string says, escapes undone; how much of it is well. */
static size_t content_put(struct report_content *c, const char *p, size_t n,
	bool escaped, unsigned char *ret, size_t *ret_n)
{
	size_t bad;

	if (escaped && c->form != REPORT_CONTENT_TEXT &&
		is_line_end((unsigned char)p[0]))
		return n; /* base64 in lines */
	if (c->form == REPORT_CONTENT_UNKNOWN)
		c->form = form_by((unsigned char)p[0], escaped);
	if (c->form == REPORT_CONTENT_BASE64)
		return base64_stream_feed(&c->base64, p, n, ret, ret_n,
			&bad) < 0 ? bad : n;
	memcpy(ret, p, n);
	*ret_n = n;
	return n;
}

/*
 * One more character of an escape, of which *ret gets what it stands for once it
 * is whole. False where there is no such escape; half of a pair of UTF-16 is none
 * here: what a report has is ASCII.
 */
static bool take_escape(struct report_content *c, char next, char *ret,
	size_t *ret_n)
{
	static const char names[] = "\"\\/bfnrt", stands[] = "\"\\/\b\f\n\r\t";
	const char *at;
	int digit;

	*ret_n = 0;
	if (c->escape == 1 && next == 'u') {
		c->escape++;
		c->hex = 0;
		return true;
	}
	if (c->escape == 1) {
		at = next ? strchr(names, next) : NULL;
		c->escape = 0;
		if (at)
			ret[(*ret_n)++] = stands[at - names];
		return at != NULL;
	}
	digit = hex_digit(next);
	if (digit < 0)
		return false;
	c->hex = c->hex << 4 | (unsigned)digit;
	if (++c->escape < 2 + HEX_DIGITS)
		return true;
	c->escape = 0;
	*ret_n = utf8_encode(c->hex, ret);
	return *ret_n > 0;
}

/* Characters up to a quote or a backslash. */
static size_t plain_run(const char *p, size_t n)
{
	const char *quote, *escape;

	n = n < REPORT_CONTENT_PIECE ? n : REPORT_CONTENT_PIECE;
	quote = memchr(p, '"', n);
	n = quote ? (size_t)(quote - p) : n;
	escape = n > 0 ? memchr(p, '\\', n) : NULL;
	return escape ? (size_t)(escape - p) : n;
}

/* A run of plain characters, or one of an escape. */
size_t report_content_feed(struct report_content *c, const char *p, size_t n,
	unsigned char *ret, size_t *ret_n, const char **ret_why)
{
	char said[UTF8_LEN];
	size_t run = c->escape ? 0 : plain_run(p, n), said_n;

	*ret_n = 0;
	*ret_why = NULL;
	if (run > 0) {
		size_t well = content_put(c, p, run, false, ret, ret_n);

		if (well < run)
			*ret_why = "Content is not base64";
		return well;
	}
	if (n == 0 || report_content_ends(c, p[0]))
		return 0;
	if (c->escape == 0) {
		c->escape = 1;
		return 1;
	}
	if (!take_escape(c, p[0], said, &said_n))
		*ret_why = "an escape that no credential report needs";
	else if (said_n > 0 && content_put(c, said, said_n, true, ret,
			ret_n) < said_n)
		*ret_why = "Content is not base64";
	return *ret_why ? 0 : 1;
}
