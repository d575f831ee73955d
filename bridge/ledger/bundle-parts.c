/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of a bundle. */
#include "bridge/ledger/bundle-parts.h"

#include "base/encode.h"
#include "base/text.h"
#include "bridge/run/json.h"

#include <string.h>

#define VERSION 1
#define SHA_DIGITS (2 * SHA256_LEN)

static int bad_part(const char *why, struct error *err)
{
	return error_set(err, ERROR_MALFORMED, "%s", why);
}

/* Takes a line with its end off the front. NULL: it has none. */
static const char *cut_line(const char **p, size_t *n, size_t *ret_n)
{
	const char *line = *p, *end = memchr(line, '\n', *n);

	if (!end)
		return NULL;
	*ret_n = (size_t)(end - line);
	*n -= *ret_n + 1;
	*p = end + 1;
	return line;
}

/* Lower case only: one way to write it. */
static bool is_sha(const char *p, size_t n, unsigned char ret[SHA256_LEN])
{
	size_t i;

	if (n < SHA_DIGITS)
		return false;
	for (i = 0; i < SHA_DIGITS; i++)
		if (!memchr("0123456789abcdef", p[i], 16))
			return false;
	return hex_decode(p, SHA_DIGITS, ret, SHA256_LEN) == SHA256_LEN;
}

/* ---- SHA256SUMS ---- */

/* Of letters, digits and -._, with one directory at most before it. */
static bool is_name(const char *p, size_t n)
{
	size_t i, slashes = 0;

	if (n == 0 || n >= BUNDLE_NAME_LEN || p[0] == '.' || p[0] == '/' ||
		p[n - 1] == '/')
		return false;
	for (i = 0; i < n; i++) {
		slashes += p[i] == '/';
		if (p[i] == '/' && (slashes > 1 || p[i + 1] == '.'))
			return false;
		if (i > 0 && p[i] == '.' && p[i - 1] == '.')
			return false;
		if (!memchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvw"
			    "xyz0123456789-._/", p[i], 66))
			return false;
	}
	return true;
}

int bundle_sum_next(const char **p, size_t *n, const char *before,
	struct bundle_sum *ret, struct error *err)
{
	struct bundle_sum sum;
	const char *line, *name;
	size_t len, name_n;

	if (*n == 0)
		return 0;
	line = cut_line(p, n, &len);
	if (!line)
		return bad_part("the last line has no end", err);
	if (!is_sha(line, len, sum.sha) || len < SHA_DIGITS + 2 ||
		memcmp(line + SHA_DIGITS, "  ", 2) != 0)
		return bad_part("a line is not 64 hex digits, two blanks and "
			"a name", err);
	name = line + SHA_DIGITS + 2;
	name_n = len - SHA_DIGITS - 2;
	if (!is_name(name, name_n))
		return bad_part("a name is not one of a bundle's file", err);
	memcpy(sum.name, name, name_n);
	sum.name[name_n] = '\0';
	if (before && strcmp(before, sum.name) >= 0)
		return bad_part("the names are not in order", err);
	*ret = sum;
	return 1;
}

void bundle_sum_write(const struct bundle_sum *sum, struct buf *b)
{
	char hex[HEX_LEN(SHA256_LEN)];

	hex_encode(sum->sha, SHA256_LEN, hex);
	buf_printf(b, "%s  %s\n", hex, sum->name);
}

/* ---- chain ---- */

/* Without zeros in front; *ret_n is how many there are. */
static bool take_seq(const char *p, size_t n, uint64_t *ret, size_t *ret_n)
{
	size_t len = 0;

	while (len < n && p[len] >= '0' && p[len] <= '9')
		len++;
	*ret_n = len;
	return (len == 1 || p[0] != '0') &&
		text_parse_u64_n(p, len, EVENT_SEQ_MAX, ret) == 0;
}

int bundle_link_next(const char **p, size_t *n, struct bundle_link *ret,
	struct error *err)
{
	struct bundle_link link = { .event = NULL };
	const char *line;
	size_t len, used;

	if (*n == 0)
		return 0;
	line = cut_line(p, n, &len);
	if (!line)
		return bad_part("the last line has no end", err);
	if (!take_seq(line, len, &link.seq, &used) || used == len ||
		line[used] != ' ' ||
		!is_sha(line + used + 1, len - used - 1, link.hash))
		return bad_part("a line is not a number, a blank and 64 hex "
			"digits", err);
	used += 1 + SHA_DIGITS;
	if (used < len) {
		if (line[used] != ' ' || used + 1 == len ||
			len - used - 1 > EVENT_MAX)
			return bad_part("no event follows a hash", err);
		link.event = (const unsigned char *)line + used + 1;
		link.event_n = len - used - 1;
	}
	*ret = link;
	return 1;
}

void bundle_link_write(const struct bundle_link *link, struct buf *b)
{
	char hex[HEX_LEN(SHA256_LEN)];

	hex_encode(link->hash, SHA256_LEN, hex);
	buf_printf(b, "%llu %s", (unsigned long long)link->seq, hex);
	if (link->event) {
		buf_put_byte(b, ' ');
		buf_put(b, link->event, link->event_n);
	}
	buf_put_byte(b, '\n');
}

/* ---- bundle.json ---- */

json_t *bundle_facts_json(const struct bundle_facts *f)
{
	char head[REGISTRY_HEAD_LEN];

	registry_head_format(&f->head, head);
	return json_pack("{s:i,s:s,s:s,s:b,s:o}",
		"v", VERSION,
		"token", f->token,
		"head", head,
		"rehearsal", f->rehearsal,
		"madeAt", json_of_time(f->made_at));
}

static json_t *read_object(const void *p, size_t n, struct error *err)
{
	json_error_t why;
	json_t *o = json_loadb(p, n, JSON_REJECT_DUPLICATES, &why);
	const json_t *v = json_object_get(o, "v");

	if (json_is_integer(v) && json_integer_value(v) == VERSION)
		return o;
	if (json_is_integer(v) && json_integer_value(v) > VERSION)
		error_set(err, ERROR_UNSUPPORTED,
			"it is of a later version: a newer tokenbridge is "
			"needed");
	else
		error_set(err, ERROR_MALFORMED, "%s", o ?
			"it says no version" : why.text);
	json_decref(o);
	return NULL;
}

int bundle_facts_parse(const void *p, size_t n, struct bundle_facts *ret,
	struct error *err)
{
	json_t *o = read_object(p, n, err);
	const char *token = event_str(o, "token"), *head = event_str(o, "head");
	const char *made = event_str(o, "madeAt");
	struct bundle_facts f;
	bool good;

	if (!o)
		return err ? -err->code : -ERROR_MALFORMED;
	good = token && id_is_valid(token) && head && made &&
		registry_head_parse(head, &f.head, NULL) == 0 &&
		text_parse_time(made, strlen(made), &f.made_at) == 0 &&
		json_is_boolean(json_object_get(o, "rehearsal"));
	if (good) {
		memcpy(f.token, token, sizeof(f.token));
		f.rehearsal = event_bool(o, "rehearsal");
		*ret = f;
	}
	json_decref(o);
	return good ? 0 : bad_part("a member is missing, or not of its form",
		err);
}

/* ---- names.json ---- */

static bool keep_name(json_t **names, const json_t *o)
{
	const char *kind = event_str(o, "kind"), *id = event_str(o, "id");
	const char *value = event_str(o, "value");
	CLEANUP(free_p) char *key = NULL;

	if (!kind || !id || !value ||
		!utf8_is_clean(value, strlen(value)))
		return false;
	key = text_format("%s/%s", kind, id);
	if (!key || json_object_get(*names, key))
		return false;
	json_member(names, key, json_string(value));
	return *names != NULL;
}

int bundle_names_parse(const void *p, size_t n, json_t **ret,
	struct error *err)
{
	json_t *o = read_object(p, n, err), *names = json_object();
	const json_t *list = json_object_get(o, "names"), *one;
	bool good = names && json_is_array(list);
	size_t i;

	for (i = 0; good && (one = json_array_get(list, i)); i++)
		good = keep_name(&names, one);
	if (good)
		*ret = names;
	else
		json_decref(names);
	if (!o)
		return err ? -err->code : -ERROR_MALFORMED;
	json_decref(o);
	return good ? 0 : bad_part("a name is not of its form, or stands "
		"twice", err);
}
