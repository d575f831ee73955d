/* SPDX-License-Identifier: Apache-2.0 */
/* Members and elements of JSON text. */
#include "token/trust/jsonscan.h"

#include <string.h>

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static const char *skip_space(const char *p, const char *end)
{
	while (p < end && is_space(*p))
		p++;
	return p;
}

/* Behind the string that begins at p; NULL where it does not end. */
static const char *skip_string(const char *p, const char *end)
{
	if (p == end || *p != '"')
		return NULL;
	for (p++; p < end; p++) {
		if (*p == '"')
			return p + 1;
		if ((unsigned char)*p < 0x20)
			return NULL;
		if (*p == '\\' && ++p == end)
			return NULL;
	}
	return NULL;
}

static const char *skip_plain(const char *p, const char *end)
{
	const char *begin = p;

	while (p < end && !is_space(*p) && !strchr(",:[]{}\"", *p))
		p++;
	return p == begin ? NULL : p;
}

/* Behind the value that begins at p; NULL where it is malformed. */
static const char *skip_value(const char *p, const char *end)
{
	char closing[JSONSCAN_DEPTH_MAX];
	size_t depth = 0;

	do {
		p = skip_space(p, end);
		if (p == end)
			return NULL;
		if (*p == '{' || *p == '[') {
			if (depth == sizeof(closing))
				return NULL;
			closing[depth++] = *p++ == '{' ? '}' : ']';
		} else if (depth && *p == closing[depth - 1]) {
			depth--;
			p++;
		} else if (depth && (*p == ',' || *p == ':')) {
			p++;
		} else {
			p = *p == '"' ? skip_string(p, end) :
					skip_plain(p, end);
			if (!p)
				return NULL;
		}
	} while (depth);
	return p;
}

bool jsonscan_begin(struct jsonscan *s, struct jsonscan_range text,
	char opening)
{
	s->end = text.p + text.n;
	s->at = skip_space(text.p, s->end);
	s->closing = opening == '{' ? '}' : ']';
	s->begun = false;
	if (s->at == s->end || *s->at != opening)
		return false;
	s->at++;
	return true;
}

/* To the next item: 1, 0 behind the last, -1 malformed. */
static int scan_advance(struct jsonscan *s)
{
	s->at = skip_space(s->at, s->end);
	if (s->at == s->end)
		return -1;
	if (*s->at == s->closing) {
		s->at++;
		return 0;
	}
	if (s->begun) {
		if (*s->at != ',')
			return -1;
		s->at = skip_space(s->at + 1, s->end);
	}
	s->begun = true;
	return 1;
}

static int scan_take(struct jsonscan *s, struct jsonscan_range *ret)
{
	const char *begin = skip_space(s->at, s->end);
	const char *p = skip_value(begin, s->end);

	if (!p)
		return -1;
	*ret = (struct jsonscan_range){ begin, (size_t)(p - begin) };
	s->at = p;
	return 1;
}

int jsonscan_element(struct jsonscan *s, struct jsonscan_range *ret)
{
	int r = scan_advance(s);

	return r == 1 ? scan_take(s, ret) : r;
}

int jsonscan_member(struct jsonscan *s, struct jsonscan_range *ret_name,
	struct jsonscan_range *ret_value)
{
	const char *p;
	int r = scan_advance(s);

	if (r != 1)
		return r;
	p = skip_string(s->at, s->end);
	if (!p)
		return -1;
	*ret_name = (struct jsonscan_range){ s->at + 1,
		(size_t)(p - s->at) - 2 };
	s->at = skip_space(p, s->end);
	if (s->at == s->end || *s->at != ':')
		return -1;
	s->at++;
	return scan_take(s, ret_value);
}

bool jsonscan_is_last(const struct jsonscan *s)
{
	return skip_space(s->at, s->end) == s->end;
}

static int scan_refuse(const char *at, const char *why, const char **ret_at,
	const char **ret_why)
{
	if (ret_at)
		*ret_at = at;
	if (ret_why)
		*ret_why = why;
	return -1;
}

int jsonscan_find(struct jsonscan_range text, struct jsonscan_member *members,
	size_t n, const char **ret_at, const char **ret_why)
{
	struct jsonscan_range name, value;
	struct jsonscan s;
	size_t i;
	int r;

	if (!jsonscan_begin(&s, text, '{'))
		return scan_refuse(s.at, "no JSON object", ret_at, ret_why);
	while ((r = jsonscan_member(&s, &name, &value)) == 1)
		for (i = 0; i < n; i++) {
			if (!jsonscan_is(name, members[i].name))
				continue;
			if (members[i].value.p)
				return scan_refuse(name.p,
					"a member for the second time", ret_at,
					ret_why);
			members[i].value = value;
		}
	if (r < 0 || !jsonscan_is_last(&s))
		return scan_refuse(s.at, "not JSON", ret_at, ret_why);
	return 0;
}

bool jsonscan_string(struct jsonscan_range value, struct jsonscan_range *ret)
{
	if (value.n < 2 || value.p[0] != '"' ||
		memchr(value.p, '\\', value.n))
		return false;
	*ret = (struct jsonscan_range){ value.p + 1, value.n - 2 };
	return true;
}

bool jsonscan_is(struct jsonscan_range r, const char *text)
{
	return r.n == strlen(text) && memcmp(r.p, text, r.n) == 0;
}
