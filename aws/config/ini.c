/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The INI dialect of the shared files, read as Python's RawConfigParser reads
 * it, which is what the AWS command line does: a line indented deeper than the
 * setting above it belongs to that setting.
 */
#include "aws/config/ini.h"

#include <stdint.h>
#include <string.h>

struct ini {
	const char *name;
	const struct ini_events *events;
	size_t line;
	size_t indent;   /* of the last setting */
	bool in_section;
	bool in_setting; /* a setting stands above, in this section */
	bool nested;     /* and its value is empty */
	char section[INI_NAME_MAX];
	char key[INI_NAME_MAX];
};

struct span {
	const char *p;
	size_t n;
};

static int ini_error(const struct ini *ini, const char *what,
	struct error *err)
{
	return error_set(err, ERROR_MALFORMED, "'%s' line %zu: %s", ini->name,
		ini->line, what);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

static struct span ini_trim(struct span s)
{
	while (s.n > 0 && is_blank(s.p[0]))
		s.p++, s.n--;
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
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

/*
 * A section's words with quotes resolved and one blank between them:
 * `profile "my name"` is `profile my name`. Out is never longer than in.
 */
static bool copy_section(char ret[INI_NAME_MAX], struct span s)
{
	char quote = '\0', c;
	size_t i, o = 0;

	if (s.n >= INI_NAME_MAX)
		return false;
	for (i = 0; i < s.n; i++) {
		c = s.p[i];
		if (quote ? c == quote : c == '"' || c == '\'') {
			quote = quote ? '\0' : c;
			continue;
		}
		if (!quote && is_blank(c)) {
			if (o > 0 && ret[o - 1] == ' ')
				continue;
			c = ' ';
		}
		ret[o++] = c;
	}
	if (quote || o == 0)
		return false;
	ret[o] = '\0';
	return true;
}

static int parse_section(struct ini *ini, struct span s, struct error *err)
{
	const char *end = memchr(s.p, ']', s.n);
	struct span inner;

	if (!end)
		return ini_error(ini, "a section without ']'", err);
	inner.p = s.p + 1;
	inner.n = (size_t)(end - inner.p);
	if (!copy_section(ini->section, ini_trim(inner)))
		return ini_error(ini, "a section's name is empty, too long or "
			"has an open quote", err);
	ini->in_section = true;
	ini->in_setting = false;
	ini->nested = false;
	if (!ini->events->section)
		return 0;
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
	*key = ini_trim((struct span){ s.p, i });
	*value = ini_trim((struct span){ s.p + i + 1, s.n - i - 1 });
	return true;
}

static int ini_give(struct ini *ini, const char *subkey, struct span value,
	struct error *err)
{
	struct ini_item item = {
		.section = ini->section,
		.key = ini->key,
		.subkey = subkey,
		.value = value.p,
		.value_n = value.n,
		.line = ini->line,
	};

	return ini->events->item(ini->events->data, &item, err);
}

static int parse_setting(struct ini *ini, struct span s, size_t indent,
	struct error *err)
{
	struct span key, value;

	if (!ini->in_section)
		return ini_error(ini, "a setting before the first section",
			err);
	if (!ini_split(s, &key, &value))
		return ini_error(ini, "neither a section nor 'key = value'",
			err);
	if (!copy_name(ini->key, key, true))
		return ini_error(ini, "a key is empty or too long", err);
	ini->indent = indent;
	ini->in_setting = true;
	ini->nested = value.n == 0;
	return ini_give(ini, NULL, value, err);
}

/*
 * A deeper line: a nested setting below an empty value, else a second line of
 * the value above, which no setting that is read here has.
 */
static int parse_deeper(struct ini *ini, struct span s, struct error *err)
{
	char subkey[INI_NAME_MAX];
	struct span key, value;

	if (!ini->nested || !ini_split(s, &key, &value))
		return 0;
	if (!copy_name(subkey, key, true))
		return ini_error(ini, "a key is empty or too long", err);
	return ini_give(ini, subkey, value, err);
}

static int parse_line(struct ini *ini, struct span s, struct error *err)
{
	struct span text;
	size_t indent;

	if (s.n > INI_LINE_MAX)
		return ini_error(ini, "the line is too long", err);
	if (s.n > 0 && memchr(s.p, '\0', s.n))
		return ini_error(ini, "a NUL byte", err);
	text = ini_trim(s);
	indent = (size_t)(text.p - s.p);
	if (text.n == 0 || text.p[0] == '#' || text.p[0] == ';')
		return 0;
	if (ini->in_setting && indent > ini->indent)
		return parse_deeper(ini, text, err);
	if (text.p[0] == '[')
		return parse_section(ini, text, err);
	return parse_setting(ini, text, indent, err);
}

int ini_parse(const unsigned char *p, size_t n, const char *name,
	const struct ini_events *events, struct error *err)
{
	struct ini ini = { .name = name, .events = events };
	struct span s;
	const unsigned char *end;
	int r;

	if (n > INI_FILE_MAX)
		return error_set(err, ERROR_MALFORMED,
			"'%s' is larger than %u bytes", name, INI_FILE_MAX);
	if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		p += 3, n -= 3;
	while (n > 0) {
		end = memchr(p, '\n', n);
		s.p = (const char *)p;
		s.n = end ? (size_t)(end - p) : n;
		ini.line++;
		r = parse_line(&ini, s, err);
		if (r < 0)
			return r;
		p += s.n + (end ? 1 : 0);
		n -= s.n + (end ? 1 : 0);
	}
	return 0;
}
