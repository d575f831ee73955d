/* SPDX-License-Identifier: Apache-2.0 */
/* What a device is called at AWS. */
#include "bridge/enroll/enrollment.h"

#include "bridge/account/device.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* hex digits of the journal's id at the end of a device's name */
#define NAME_DIGITS 12
#define USER_MAX 100
#define MARKS "+=,.@_-"

enum word {
	WORD_USER,
	WORD_SERIAL,
	WORD_LABEL,
	WORDS,
};

static const char *const words[] = {
	[WORD_USER] = "{user}",
	[WORD_SERIAL] = "{serial}",
	[WORD_LABEL] = "{label}",
};

void name_put(char *ret, size_t size, const char *s)
{
	size_t n = 0;

	for (; *s && n + 1 < size; s++)
		ret[n++] = isalnum((unsigned char)*s) || strchr(MARKS, *s) ?
			*s : '-';
	ret[n] = '\0';
}

int name_find_label(struct enrollment *e, struct error *err)
{
	struct registry_tokens list = { NULL, 0 };
	int r = 0;

	if (e->q->label)
		snprintf(e->label, sizeof(e->label), "%s", e->q->label);
	else if (e->found_by.kind)
		r = registry_tokens_by_identifier(e->q->reg, e->found_by.kind,
			e->found_by.value, &list, err);
	if (list.n == 1 && list.p[0].label)
		snprintf(e->label, sizeof(e->label), "%s", list.p[0].label);
	registry_tokens_done(&list);
	return r;
}

/* WORDS: none stands here. */
static enum word word_at(const char *s)
{
	size_t i;

	for (i = 0; i < WORDS; i++)
		if (strncmp(s, words[i], strlen(words[i])) == 0)
			break;
	return (enum word)i;
}

int mfa_template_check(const char *template, struct error *err)
{
	const char *s = template;
	enum word w;

	while (*s) {
		w = word_at(s);
		if (w == WORDS && !isalnum((unsigned char)*s) &&
			!strchr(MARKS "/", *s))
			return error_set(err, ERROR_USAGE,
				"--template '%s': a device's name has letters, "
				"digits and +=,.@_- behind a path with "
				"slashes, and the words {user}, {serial} and "
				"{label}: '%.20s' is none of these", template,
				s);
		s += w == WORDS ? 1 : strlen(words[w]);
	}
	if (strstr(template, "//"))
		return error_set(err, ERROR_USAGE,
			"--template '%s': a path has a name between two "
			"slashes", template);
	return 0;
}

static int word_value(const struct mfa_template_values *v, enum word w,
	char *ret, size_t size, struct error *err)
{
	if (w == WORD_USER)
		snprintf(ret, size, "%.*s", USER_MAX, v->user);
	else if (w == WORD_LABEL)
		name_put(ret, size, v->label);
	else if (v->serial)
		snprintf(ret, size, "%u", v->serial);
	else
		ret[0] = '\0';
	return ret[0] ? 0 : error_set(err, ERROR_USAGE,
		"--template has %s, and the token has none", words[w]);
}

int mfa_template_expand(const char *template,
	const struct mfa_template_values *values, char *ret, size_t size,
	struct error *err)
{
	const char *s = template + (*template == '/');
	char value[TEXT_MAX + 1], made[IAM_SERIAL_MAX + 1];
	size_t n = 0;
	enum word w;
	int r = mfa_template_check(template, err);

	for (; r == 0 && *s; s += w == WORDS ? 1 : strlen(words[w])) {
		w = word_at(s);
		snprintf(value, sizeof(value), "%c", *s);
		if (w != WORDS)
			r = word_value(values, w, value, sizeof(value), err);
		if (r == 0 && (n + strlen(value) + 1 > size ||
				n + strlen(value) + 1 > sizeof(made)))
			r = error_set(err, ERROR_USAGE, "--template makes a "
				"name that is too long for AWS");
		if (r < 0)
			return r;
		memcpy(made + n, value, strlen(value));
		n += strlen(value);
	}
	if (r == 0)
		snprintf(ret, size, "%.*s", (int)n, made);
	return r;
}

/* What AWS takes behind "mfa": path and name within the ARN's length. */
static int take_name(const struct enrollment *e, const char *named,
	struct journal_facts *f, struct error *err)
{
	const char *slash = strrchr(named, '/');
	const char *name = slash ? slash + 1 : named;

	if (strlen(name) >= sizeof(f->device_name))
		return error_set(err, ERROR_USAGE, "'%s' is too long for the "
			"name of a device", name);
	snprintf(f->device_name, sizeof(f->device_name), "%s", name);
	account_device_serial(e->q->aws, named, f->serial);
	if (strlen(f->serial) < strlen(named) ||
		strcmp(f->serial + strlen(f->serial) - strlen(named),
			named) != 0)
		return error_set(err, ERROR_USAGE, "'%s' is too long for the "
			"path and name of a device", named);
	return 0;
}

int name_virtual(const struct enrollment *e, struct journal_facts *f,
	struct error *err)
{
	const struct mfa_template_values values = { e->user.name, e->label,
		e->journal.facts.token_serial };
	char named[IAM_SERIAL_MAX + 1] = "";
	size_t n;
	int r;

	if (e->q->exact_name) {
		f->did |= JOURNAL_EXACT_NAME;
		return take_name(e, e->user.name, f, err);
	}
	r = mfa_template_expand(e->q->template ? e->q->template : "{user}",
		&values, named, sizeof(named) - 1 - NAME_DIGITS, err);
	if (r < 0)
		return r;
	n = strlen(named);
	/* a path alone, or nothing, has no dash to end in */
	snprintf(named + n, sizeof(named) - n, "%s%.*s",
		n && named[n - 1] != '/' ? "-" : "", NAME_DIGITS,
		e->journal.id);
	return take_name(e, named, f, err);
}
