/* SPDX-License-Identifier: Apache-2.0 */
/* Rules for JSON objects. */
#include "bridge/event/rule.h"

#include "base/encode.h"
#include "base/id.h"
#include "base/text.h"
#include "base/utf8.h"
#include "bridge/event/member.h"
#include "bridge/event/words.h"

#include <string.h>

#define DEPTH_MAX 16
#define LIST_MAX 256

/* ---- forms ---- */

static bool is_hex(const char *s, size_t digits)
{
	return strlen(s) == digits &&
		strspn(s, "0123456789abcdef") == digits;
}

bool rule_form_id(const json_t *v, const void *with)
{
	(void)with;
	return json_is_string(v) && id_is_valid(json_string_value(v));
}

bool rule_form_sha(const json_t *v, const void *with)
{
	(void)with;
	return json_is_string(v) &&
		is_hex(json_string_value(v), EVENT_SHA_LEN - 1);
}

bool rule_form_text(const json_t *v, const void *with)
{
	size_t n = json_string_length(v);

	(void)with;
	return json_is_string(v) && n > 0 && n <= TEXT_MAX &&
		utf8_is_clean(json_string_value(v), n);
}

static bool rule_is_word(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && n <= RULE_WORD_MAX &&
		strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

bool rule_form_word(const json_t *v, const void *with)
{
	(void)with;
	return json_is_string(v) && rule_is_word(json_string_value(v));
}

bool rule_form_one_of(const json_t *v, const void *with)
{
	return json_is_string(v) &&
		registry_word(with, json_string_value(v)) >= 0;
}

bool rule_form_bytes(const json_t *v, const void *with)
{
	unsigned char out[EVENT_BYTES_MAX];
	size_t n = json_string_length(v);

	(void)with;
	return json_is_string(v) && n > 0 && n <= EVENT_BYTES_MAX / 3 * 4 &&
		base64_decode(BASE64_URL, json_string_value(v), n, out,
			sizeof(out)) > 0;
}

bool rule_form_number(const json_t *v, const void *with)
{
	(void)with;
	return json_is_integer(v) && json_integer_value(v) >= 0 &&
		json_integer_value(v) <= EVENT_SEQ_MAX;
}

bool rule_form_u32(const json_t *v, const void *with)
{
	return rule_form_number(v, with) && json_integer_value(v) <= UINT32_MAX;
}

bool rule_form_int(const json_t *v, const void *with)
{
	(void)with;
	return json_is_integer(v) && json_integer_value(v) >= INT32_MIN &&
		json_integer_value(v) <= INT32_MAX;
}

bool rule_form_bool(const json_t *v, const void *with)
{
	(void)with;
	return json_is_boolean(v);
}

bool rule_form_any_object(const json_t *v, const void *with)
{
	(void)with;
	return json_is_object(v);
}

bool rule_form_object(const json_t *v, const void *with)
{
	return json_is_object(v) && rule_check(with, v, "", NULL) == 0;
}

bool rule_form_list(const json_t *v, const void *with)
{
	const struct rule_list *of = with;
	size_t i, n = json_array_size(v);

	if (!json_is_array(v) || n > LIST_MAX)
		return false;
	for (i = 0; i < n; i++)
		if (!of->form(json_array_get(v, i), of->rules))
			return false;
	return true;
}

/* ---- objects ---- */

int rule_check(const struct rule *rules, const json_t *o,
	const char *what, struct error *err)
{
	const struct rule *r;
	const json_t *v;

	for (r = rules; r->name; r++) {
		v = json_object_get(o, r->name);
		if (!v && r->optional)
			continue;
		if (!v || !r->form(v, r->with))
			return error_set(err, ERROR_MALFORMED,
				"event %s: member '%s' is %s", what, r->name,
				v ? "not of the right form" : "missing");
	}
	return 0;
}

/* Jansson bounds the depth only at thousands. */
bool rule_is_clean(const json_t *v, unsigned depth)
{
	const char *key;
	json_t *child;
	size_t i;

	if (depth > DEPTH_MAX)
		return false;
	if (json_is_string(v))
		return utf8_is_clean(json_string_value(v),
			json_string_length(v));
	json_array_foreach(v, i, child)
		if (!rule_is_clean(child, depth + 1))
			return false;
	/* the macro wants a json_t that is not const, and leaves it alone */
	json_object_foreach((json_t *)(uintptr_t)v, key, child)
		if (!utf8_is_clean(key, strlen(key)) ||
			!rule_is_clean(child, depth + 1))
			return false;
	return true;
}
