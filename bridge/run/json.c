/* SPDX-License-Identifier: Apache-2.0 */
/* Values of JSON. */
#include "bridge/run/json.h"

#include "base/text.h"
#include "base/utf8.h"
#include "base/util.h"

#include <string.h>

json_t *json_of_text(const char *s)
{
	CLEANUP(free_p) char *copy = NULL;
	json_t *o = s && *s ? json_string(s) : json_null();

	if (o)
		return o;
	copy = strdup(s); /* it may be no UTF-8: a token's own words */
	if (!copy)
		return NULL;
	utf8_sanitise(copy);
	return json_string(copy);
}

json_t *json_of_time(time_t t)
{
	char text[TEXT_TIME_LEN];

	if (t == 0)
		return json_null();
	text_format_time(t, text);
	return json_string(text);
}

json_t *json_of_number(bool known, uint64_t n)
{
	return known ? json_integer((json_int_t)n) : json_null();
}

json_t *json_of_flag(bool known, bool flag)
{
	return known ? json_boolean(flag) : json_null();
}

json_t *json_of_words(const char *s)
{
	json_t *list = json_array();
	size_t n;

	for (s += strspn(s, " "); *s; s += n, s += strspn(s, " ")) {
		n = strcspn(s, " ");
		json_row(&list, json_stringn(s, n));
	}
	return list;
}

/* The value is gone with a failure already. */
static void spoil(json_t **o)
{
	json_decref(*o);
	*o = NULL;
}

void json_row(json_t **o, json_t *value)
{
	if (json_array_append_new(*o, value) < 0)
		spoil(o);
}

void json_member(json_t **o, const char *name, json_t *value)
{
	if (json_object_set_new(*o, name, value) < 0)
		spoil(o);
}
