/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of the form `name = value`. */
#include "base/keyvalue.h"

#include "base/utf8.h"

#include <string.h>

static bool keyvalue_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void trim(const char **p, size_t *n)
{
	while (*n > 0 && keyvalue_is_blank((*p)[0]))
		++*p, --*n;
	while (*n > 0 &&
		(keyvalue_is_blank((*p)[*n - 1]) || (*p)[*n - 1] == '\r'))
		--*n;
}

/* Takes a line, trimmed; false behind the last one. */
static bool keyvalue_take_line(struct keyvalue_reader *r, const char **ret,
	size_t *ret_n)
{
	const char *end;
	size_t len;

	if (r->n == 0)
		return false;
	end = memchr(r->p, '\n', r->n);
	*ret = r->p;
	*ret_n = end ? (size_t)(end - r->p) : r->n;
	len = *ret_n + (end != NULL);
	r->p += len;
	r->n -= len;
	r->line++;
	trim(ret, ret_n);
	return true;
}

static bool keyvalue_parse_line(const char *p, size_t n, struct keyvalue *kv)
{
	const char *equal = memchr(p, '=', n);

	if (!equal)
		return false;
	kv->name = p;
	kv->name_n = (size_t)(equal - p);
	kv->value = equal + 1;
	kv->value_n = n - kv->name_n - 1;
	trim(&kv->name, &kv->name_n);
	trim(&kv->value, &kv->value_n);
	return kv->name_n > 0 && utf8_is_clean(kv->name, kv->name_n) &&
		utf8_is_clean(kv->value, kv->value_n);
}

int keyvalue_next(struct keyvalue_reader *r, struct keyvalue *ret,
	struct error *err)
{
	struct keyvalue kv;
	const char *p;
	size_t n;

	while (keyvalue_take_line(r, &p, &n)) {
		if (n == 0 || p[0] == '#')
			continue;
		if (!keyvalue_parse_line(p, n, &kv))
			return error_set(err, ERROR_USAGE,
				"'%s', line %zu: not of the form `name = "
				"value`", r->file, r->line);
		kv.line = r->line;
		*ret = kv;
		return 1;
	}
	return 0;
}
