/* SPDX-License-Identifier: Apache-2.0 */
/* Plain texts are copied eight bytes at a time; jansson does the others. */
#include "bridge/audit/output/json-line.h"

#include "base/text.h"
#include "base/utf8.h"
#include "base/util.h"

#include <stdlib.h>
#include <string.h>

#define SIZE (128u << 10)
#define ONES 0x0101010101010101u
#define HIGH 0x8080808080808080u

struct json_line {
	FILE *to;
	size_t n;
	bool is_first;      /* no member of the object came yet */
	time_t when;        /* of `written`; nearly all are of one time */
	char written[TEXT_TIME_LEN];
	char bytes[SIZE];
};

struct json_line *json_line_new(FILE *to)
{
	struct json_line *l = malloc(sizeof(*l));

	if (!l)
		return NULL;
	l->to = to;
	l->n = 0;
	l->is_first = true;
	l->when = 0;
	return l;
}

void json_line_flush(struct json_line *l)
{
	fwrite(l->bytes, 1, l->n, l->to);
	l->n = 0;
}

void json_line_free(struct json_line **l)
{
	if (!l || !*l)
		return;
	json_line_flush(*l);
	free_p(l);
}

static void line_bytes(struct json_line *l, const char *p, size_t n)
{
	if (n > SIZE - l->n)
		json_line_flush(l);
	if (n > SIZE) {
		fwrite(p, 1, n, l->to);
		return;
	}
	memcpy(l->bytes + l->n, p, n);
	l->n += n;
}

void json_line_begin(struct json_line *l, const char *between)
{
	line_bytes(l, between, strlen(between));
	line_bytes(l, "{", 1);
	l->is_first = true;
}

void json_line_end(struct json_line *l)
{
	line_bytes(l, "}", 1);
}

static void line_name(struct json_line *l, const char *name)
{
	if (!l->is_first)
		line_bytes(l, ",", 1);
	line_bytes(l, "\"", 1);
	line_bytes(l, name, strlen(name));
	line_bytes(l, "\":", 2);
	l->is_first = false;
}

/* ASCII from blank to tilde, without quote and backslash. */
static bool byte_is_plain(char c)
{
	return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

/* A high bit for each byte that may be none of these. */
static inline uint64_t not_plain(uint64_t w)
{
	uint64_t quote = w ^ ONES * '"', slash = w ^ ONES * '\\';

	return ((w - ONES * ' ') | (w + ONES) | (quote - ONES) |
		(slash - ONES) | w) & HIGH;
}

static bool text_is_plain(const char *s, size_t n)
{
	uint64_t w, odd = 0;

	for (; n >= sizeof(w); s += sizeof(w), n -= sizeof(w)) {
		memcpy(&w, s, sizeof(w));
		odd |= not_plain(w);
	}
	for (; n > 0; s++, n--)
		odd |= !byte_is_plain(*s);
	return odd == 0;
}

/* Code points that give a terminal orders stand as \uXXXX, as all of JSON that
 * we print has them. */
static void line_clean(struct json_line *l, const char *p, size_t n)
{
	const char *from = p, *end = p + n;
	char escaped[16];
	uint32_t cp;
	size_t len;

	for (; p < end; p += len) {
		len = utf8_next(p, (size_t)(end - p), &cp);
		if (len > 0 && utf8_is_clean(p, len))
			continue;
		line_bytes(l, from, (size_t)(p - from));
		cp = len > 0 ? cp : 0xfffd;
		if (cp < 0x10000)
			snprintf(escaped, sizeof(escaped), "\\u%04x", cp);
		else
			snprintf(escaped, sizeof(escaped), "\\u%04x\\u%04x",
				0xd7c0 + (cp >> 10), 0xdc00 + (cp & 0x3ff));
		line_bytes(l, escaped, strlen(escaped));
		len = len > 0 ? len : 1;
		from = p + len;
	}
	line_bytes(l, from, (size_t)(end - from));
}

static void line_value(struct json_line *l, json_t *value)
{
	CLEANUP(free_p) char *text = value ? json_dumps(value,
		JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

	line_clean(l, text ? text : "null", text ? strlen(text) : 4);
	json_decref(value);
}

static void line_string(struct json_line *l, const char *s)
{
	size_t n = strlen(s);

	if (!text_is_plain(s, n)) {
		line_value(l, json_of_text(s));
		return;
	}
	line_bytes(l, "\"", 1);
	line_bytes(l, s, n);
	line_bytes(l, "\"", 1);
}

void json_line_value(struct json_line *l, const char *name, json_t *value)
{
	line_name(l, name);
	line_value(l, value);
}

void json_line_string(struct json_line *l, const char *name, const char *s)
{
	line_name(l, name);
	line_string(l, s);
}

void json_line_text(struct json_line *l, const char *name, const char *s)
{
	line_name(l, name);
	if (s && *s)
		line_string(l, s);
	else
		line_bytes(l, "null", 4);
}

void json_line_strings(struct json_line *l, const char *name,
	const char *const *s, size_t max)
{
	size_t i;

	line_name(l, name);
	line_bytes(l, "[", 1);
	for (i = 0; i < max && s[i]; i++) {
		line_bytes(l, ",", i > 0);
		line_string(l, s[i]);
	}
	line_bytes(l, "]", 1);
}

void json_line_time(struct json_line *l, const char *name, time_t t)
{
	if (t != 0 && t != l->when)
		text_format_time(t, l->written);
	l->when = t ? t : l->when;
	json_line_text(l, name, t != 0 ? l->written : NULL);
}

void json_line_number(struct json_line *l, const char *name, bool known,
	uint64_t n)
{
	char digits[24], *p = digits + sizeof(digits);

	line_name(l, name);
	if (!known) {
		line_bytes(l, "null", 4);
		return;
	}
	do {
		*--p = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	line_bytes(l, p, (size_t)(digits + sizeof(digits) - p));
}
