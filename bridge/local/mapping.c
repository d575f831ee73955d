/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of files that say what lets a local user in. */
#include "bridge/local/mapping.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool piece_cut(struct piece *rest, char at, struct piece *ret)
{
	const char *end;

	if (!rest->p)
		return false;
	end = memchr(rest->p, at, rest->n);
	*ret = *rest;
	if (!end) {
		rest->p = NULL;
		return true;
	}
	ret->n = (size_t)(end - rest->p);
	rest->p = end + 1;
	rest->n -= ret->n + 1;
	rest->byte += ret->n + 1;
	return true;
}

int piece_bad(const struct piece *at, enum error_code code, struct error *err,
	const char *format, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return error_set(err, (int)code, "line %zu, byte %zu: %s", at->line,
		at->byte, text);
}

static bool is_white(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static int take_user(const struct piece *at, char ret[LOCAL_USER_LEN],
	struct error *err)
{
	struct error e;

	if (at->n == 0)
		return piece_bad(at, ERROR_MALFORMED, err,
			"there is no user before the colon");
	if (is_white(at->p[0]))
		return piece_bad(at, ERROR_MALFORMED, err,
			"it begins with a blank, which would be the first "
			"character of the user's name");
	if (at->n >= LOCAL_USER_LEN || memchr(at->p, 0, at->n))
		return piece_bad(at, ERROR_MALFORMED, err,
			"no user has a name like that");
	memcpy(ret, at->p, at->n);
	ret[at->n] = '\0';
	if (text_check(ret, "user's name", &e) < 0)
		return piece_bad(at, ERROR_MALFORMED, err, "%s", e.text);
	return 0;
}

static int mapping_line(struct piece line, mapping_fn *each, void *arg,
	struct error *err)
{
	char user[LOCAL_USER_LEN];
	struct piece at;
	int r;

	while (line.n > 0 && is_white(line.p[line.n - 1]))
		line.n--;
	if (line.n == 0 || line.p[0] == '#')
		return 0;
	piece_cut(&line, ':', &at);
	r = take_user(&at, user, err);
	if (r == 0 && !line.p)
		r = piece_bad(&at, ERROR_MALFORMED, err,
			"nothing stands behind '%.64s': a user, a colon, and "
			"what lets him in", user);
	while (r == 0 && piece_cut(&line, ':', &at))
		r = each(user, &at, arg, err);
	return r;
}

int mapping_parse(const char *p, size_t n, mapping_fn *each, void *arg,
	struct error *err)
{
	struct piece rest = { p, n, 1, 1 }, line;
	size_t number;
	int r = 0;

	for (number = 1; r == 0 && piece_cut(&rest, '\n', &line); number++) {
		line.line = number;
		line.byte = 1;
		r = mapping_line(line, each, arg, err);
	}
	return r;
}
