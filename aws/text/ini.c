/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The INI dialect of the shared files, line by line as Python's parser takes
 * them: what that one refuses is refused, or we would go on with other keys
 * than the AWS command line, which stops.
 */
#include "aws/text/ini.h"

#include "aws/text/blank.h"
#include "base/buf.h"
#include "base/utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Names that were seen; each may come once. */
struct names {
	char **list; /* owned, of owned strings */
	size_t n;
};

struct ini {
	const char *name;
	const struct ini_events *events;
	size_t line;
	size_t indent;       /* of the last setting or header */
	bool in_section;
	bool in_default;
	bool in_setting;     /* a setting stands above, in this section */
	size_t setting_line; /* where it began */
	struct buf value;    /* of it, so far */
	struct names sections, keys, default_keys;
	char section[INI_NAME_MAX];
	char key[INI_NAME_MAX];
};

static int ini_error(const struct ini *ini, size_t line, const char *what,
	struct error *err)
{
	return error_set(err, ERROR_MALFORMED, "'%s' line %zu: %s", ini->name,
		line, what);
}

static void names_done(struct names *names)
{
	size_t i;

	for (i = 0; i < names->n; i++)
		free(names->list[i]);
	free_p(&names->list);
	names->n = 0;
}

/* 1: new, 0: it was there; negative: no memory, or too many. */
static int names_add(struct names *names, const char *name, struct error *err)
{
	char **grown;
	size_t i;

	for (i = 0; i < names->n; i++)
		if (strcmp(names->list[i], name) == 0)
			return 0;
	if (names->n >= INI_NAMES_MAX)
		return error_set(err, ERROR_MALFORMED,
			"more than %d names", INI_NAMES_MAX);
	grown = reallocarray(names->list, names->n + 1, sizeof(*grown));
	if (!grown)
		return error_memory(err);
	names->list = grown;
	grown[names->n] = strdup(name);
	if (!grown[names->n])
		return error_memory(err);
	names->n++;
	return 1;
}

/* Copies a name; lower case where it is a key. False: empty or too long. */
static bool copy_name(char ret[INI_NAME_MAX], struct span s, bool lower)
{
	size_t i;

	if (s.n == 0 || s.n >= INI_NAME_MAX)
		return false;
	for (i = 0; i < s.n; i++)
		ret[i] = lower && s.p[i] >= 'A' && s.p[i] <= 'Z' ?
			(char)(s.p[i] - 'A' + 'a') : s.p[i];
	ret[s.n] = '\0';
	return true;
}

/* ---- a setting that is complete ---- */

static int ini_give(struct ini *ini, const char *subkey, struct span value,
	struct error *err)
{
	struct ini_item item = {
		.section = ini->section,
		.key = ini->key,
		.subkey = subkey,
		.value = value.p,
		.value_n = value.n,
		.line = ini->setting_line,
	};

	return ini->events->item(ini->events->data, &item, err);
}

/* The lines below an empty value. Their keys keep their case. */
static int ini_give_block(struct ini *ini, struct span rest, struct error *err)
{
	char subkey[INI_NAME_MAX];
	struct span line, key, value;
	const char *equals;
	int r = ini_give(ini, NULL, (struct span){ "\n", 1 }, err);

	while (r >= 0 && span_line(&rest, &line)) {
		line = span_trim(line);
		if (line.n == 0)
			continue;
		equals = memchr(line.p, '=', line.n);
		if (!equals)
			return ini_error(ini, ini->setting_line,
				"a nested line without '='", err);
		key = span_trim((struct span){ line.p,
			(size_t)(equals - line.p) });
		value = span_trim((struct span){ equals + 1,
			line.n - (size_t)(equals + 1 - line.p) });
		if (!copy_name(subkey, key, false))
			return ini_error(ini, ini->setting_line,
				"a nested key is empty or too long", err);
		r = ini_give(ini, subkey, value, err);
	}
	return r;
}

/* Gives the setting that stands above, if any. */
static int ini_flush(struct ini *ini, struct error *err)
{
	struct span value;
	int r;

	if (!ini->in_setting)
		return 0;
	ini->in_setting = false;
	r = buf_check(&ini->value, "a value", err);
	if (r < 0)
		return r;
	value = span_trim_end((struct span){ buf_str(&ini->value),
		ini->value.n });
	if (value.n > 0 && value.p[0] == '\n')
		return ini_give_block(ini, value, err);
	return ini_give(ini, NULL, value, err);
}

/* ---- lines ---- */

/* What stands between the first bracket and the last one of its line. */
static bool ini_header(struct span text, struct span *ret)
{
	const char *end = memrchr(text.p, ']', text.n);

	if (text.p[0] != '[' || !end || end - text.p < 2)
		return false;
	*ret = (struct span){ text.p + 1, (size_t)(end - text.p) - 1 };
	return true;
}

static int ini_begin_section(struct ini *ini, struct span header,
	struct error *err)
{
	int r;

	if (!copy_name(ini->section, header, false))
		return ini_error(ini, ini->line, "a section's name is too long",
			err);
	ini->in_section = true;
	ini->in_default = strcmp(ini->section, INI_DEFAULT) == 0;
	names_done(&ini->keys);
	if (ini->in_default)
		return 0;
	r = names_add(&ini->sections, ini->section, err);
	if (r == 0)
		return ini_error(ini, ini->line,
			"this section has come before", err);
	if (r < 0 || !ini->events->section)
		return r;
	return ini->events->section(ini->events->data, ini->section,
		ini->line, err);
}

/* Splits at the first `=` or `:`. */
static bool ini_split(struct span s, struct span *key, struct span *value)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (s.p[i] == '=' || s.p[i] == ':')
			break;
	if (i == s.n)
		return false;
	*key = span_trim((struct span){ s.p, i });
	*value = span_trim((struct span){ s.p + i + 1, s.n - i - 1 });
	return true;
}

static int ini_begin_setting(struct ini *ini, struct span text,
	struct error *err)
{
	struct span key, value;
	int r;

	if (!ini->in_section)
		return ini_error(ini, ini->line,
			"a setting before the first section", err);
	if (!ini_split(text, &key, &value))
		return ini_error(ini, ini->line,
			"neither a section nor 'key = value'", err);
	if (!copy_name(ini->key, key, true))
		return ini_error(ini, ini->line, "a key is empty or too long",
			err);
	r = names_add(ini->in_default ? &ini->default_keys : &ini->keys,
		ini->key, err);
	if (r < 0)
		return r;
	if (r == 0)
		return error_set(err, ERROR_MALFORMED,
			"'%s' line %zu: '%s' is given twice in section '%s'",
			ini->name, ini->line, ini->key, ini->section);
	ini->in_setting = true;
	ini->setting_line = ini->line;
	buf_reset(&ini->value);
	buf_put(&ini->value, value.p, value.n);
	return 0;
}

static int ini_parse_line(struct ini *ini, struct span s, struct error *err)
{
	struct span text = span_trim(s), header;
	size_t indent = (size_t)(text.p - s.p);
	int r;

	if (s.n > INI_LINE_MAX)
		return ini_error(ini, ini->line, "the line is too long", err);
	if (text.n > 0 && (text.p[0] == '#' || text.p[0] == ';'))
		return 0;
	if (text.n == 0 || (ini->in_setting && indent > ini->indent)) {
		if (ini->in_setting) {
			buf_put_byte(&ini->value, '\n');
			buf_put(&ini->value, text.p, text.n);
		}
		return 0;
	}
	r = ini_flush(ini, err);
	if (r < 0)
		return r;
	ini->indent = indent;
	return ini_header(text, &header) ?
		ini_begin_section(ini, header, err) :
		ini_begin_setting(ini, text, err);
}

/* Up to the end of a line, which is \n, \r\n or \r; that is taken away too. */
static struct span take_line(struct span *rest)
{
	struct span line = { rest->p, 0 };

	while (line.n < rest->n && rest->p[line.n] != '\n' &&
		rest->p[line.n] != '\r')
		line.n++;
	rest->p += line.n;
	rest->n -= line.n;
	if (rest->n > 1 && rest->p[0] == '\r' && rest->p[1] == '\n')
		rest->p++, rest->n--;
	if (rest->n > 0)
		rest->p++, rest->n--;
	return line;
}

static int ini_check_bytes(const struct ini *ini, struct span s,
	struct error *err)
{
	uint32_t c;
	size_t len;

	if (s.n >= 3 && memcmp(s.p, "\xef\xbb\xbf", 3) == 0)
		return ini_error(ini, 1, "a byte order mark, for which the AWS "
			"command line refuses this file too: remove it", err);
	for (; s.n > 0; s.p += len, s.n -= len) {
		len = utf8_next(s.p, s.n, &c);
		if (len == 0 || c == 0)
			return error_set(err, ERROR_MALFORMED,
				"'%s' is not a text in UTF-8", ini->name);
	}
	return 0;
}

static void ini_done(struct ini *ini)
{
	buf_done(&ini->value);
	names_done(&ini->sections);
	names_done(&ini->keys);
	names_done(&ini->default_keys);
}

int ini_parse(const unsigned char *p, size_t n, const char *name,
	const struct ini_events *events, struct error *err)
{
	CLEANUP(ini_done) struct ini ini = { .name = name, .events = events };
	struct span rest = { (const char *)p, n };
	int r;

	buf_init(&ini.value, INI_FILE_MAX);
	if (n > INI_FILE_MAX)
		return error_set(err, ERROR_MALFORMED,
			"'%s' is larger than %u bytes", name, INI_FILE_MAX);
	r = ini_check_bytes(&ini, rest, err);
	while (r >= 0 && rest.n > 0) {
		ini.line++;
		r = ini_parse_line(&ini, take_line(&rest), err);
	}
	return r < 0 ? r : ini_flush(&ini, err);
}
