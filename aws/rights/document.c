/* SPDX-License-Identifier: Apache-2.0 */
/* A policy document as bits. */
#include "aws/rights/document.h"

#include "base/util.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int document_wrong(struct error *err, const char *what)
{
	return error_set(err, ERROR_MALFORMED,
		"a policy document that cannot be read: %s", what);
}

/* ---- patterns ---- */

/* * and ?, letters of either case alike: as IAM compares actions. */
static bool glob_fits(const char *pattern, const char *s)
{
	const char *star = NULL, *back = NULL;

	while (*s) {
		if (*pattern == '*') {
			star = pattern++;
			back = s;
		} else if (*pattern == '?' ||
			tolower((unsigned char)*pattern) ==
				tolower((unsigned char)*s)) {
			pattern++;
			s++;
		} else if (star) {
			pattern = star + 1;
			s = ++back;
		} else {
			return false;
		}
	}
	return pattern[strspn(pattern, "*")] == '\0';
}

/*
 * A pattern has everything of a kind if it fits names of bytes that occur in no
 * pattern: only its wildcards can have taken them. Of the lengths that names
 * have, so that a row of ? is not taken for a star.
 */
static bool glob_fits_all(const char *pattern, const char *const *names,
	size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!glob_fits(pattern, names[i]))
			return false;
	return true;
}

#define NO_NAME "\1\1\1\1\1\1"
#define NO_NAME_LONG                                                           \
	NO_NAME NO_NAME NO_NAME NO_NAME NO_NAME NO_NAME NO_NAME NO_NAME

bool rights_pattern_has_all(const char *pattern)
{
	static const char *const names[] = { "\1\1:" NO_NAME,
		NO_NAME_LONG ":" NO_NAME_LONG };

	return glob_fits_all(pattern, names, ARRAY_LEN(names));
}

bool rights_pattern_has_iam(const char *pattern)
{
	static const char *const names[] = { "iam:" NO_NAME,
		"iam:" NO_NAME_LONG };

	return glob_fits_all(pattern, names, ARRAY_LEN(names));
}

/* An ARN's end behind its partition, in whichever of them it is. */
static bool glob_fits_arns(const char *pattern, const char *const *ends,
	size_t n)
{
	static const char *const partitions[] = { "aws", "aws-cn",
		"aws-us-gov", "aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e",
		"aws-iso-f" };
	char arn[256];
	size_t i, k;

	for (i = 0; i < ARRAY_LEN(partitions); i++) {
		for (k = 0; k < n; k++) {
			snprintf(arn, sizeof(arn), "arn:%s:%s", partitions[i],
				ends[k]);
			if (!glob_fits(pattern, arn))
				break;
		}
		if (k == n)
			return true;
	}
	return false;
}

static bool has_all_resources(const char *pattern)
{
	static const char *const ends[] = { "iam::" NO_NAME ":" NO_NAME "/"
		NO_NAME, NO_NAME ":" NO_NAME ":" NO_NAME ":" NO_NAME_LONG };

	return glob_fits_arns(pattern, ends, ARRAY_LEN(ends));
}

/* Every user, group, role and policy, of whichever account. */
static bool has_iam_resources(const char *pattern)
{
	static const char *const ends[] = { "iam::" NO_NAME ":" NO_NAME "/"
		NO_NAME, "iam::" NO_NAME ":" NO_NAME_LONG };

	return glob_fits_arns(pattern, ends, ARRAY_LEN(ends));
}

/* ---- JSON ---- */

static int hex_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Into ret, which has room for n. A NUL is no text. */
static int percent_decode(const char *p, size_t n, char *ret, size_t *ret_n,
	struct error *err)
{
	size_t i, used = 0;
	int high, low;

	for (i = 0; i < n; i++) {
		if (p[i] != '%') {
			ret[used++] = p[i];
			continue;
		}
		high = i + 1 < n ? hex_of(p[i + 1]) : -1;
		low = i + 2 < n ? hex_of(p[i + 2]) : -1;
		if (high < 0 || low < 0)
			return document_wrong(err, "a % without two digits");
		ret[used++] = (char)(high << 4 | low);
		i += 2;
	}
	if (memchr(ret, '\0', used))
		return document_wrong(err, "a NUL byte");
	*ret_n = used;
	return 0;
}

/* Before anything is built of it: brackets outside of strings. */
static int depth_check(const char *p, size_t n, struct error *err)
{
	bool in_string = false;
	unsigned depth = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if (in_string && p[i] == '\\')
			i++;
		else if (p[i] == '"')
			in_string = !in_string;
		else if (!in_string && (p[i] == '{' || p[i] == '['))
			depth++;
		else if (!in_string && (p[i] == '}' || p[i] == ']'))
			depth -= depth > 0;
		if (depth > RIGHTS_DEPTH_MAX)
			return document_wrong(err, "it is nested too deeply");
	}
	return 0;
}

/* A member by its name in either case; *ret is NULL where there is none. */
static int member_of(json_t *o, const char *name, json_t **ret,
	struct error *err)
{
	const char *key;
	json_t *value;

	*ret = NULL;
	json_object_foreach(o, key, value) {
		if (strcasecmp(key, name) != 0)
			continue;
		if (*ret)
			return document_wrong(err, "a member twice");
		*ret = value;
	}
	return 0;
}

/* ---- a statement ---- */

struct statement {
	bool allows;
	bool conditional;
	const json_t *actions;
	const json_t *resources;
	bool not_actions, not_resources; /* all but these */
};

typedef bool (*pattern_fn)(const char *pattern);

/* Whether one of a string, or a list of strings, has all of it. */
static bool any_has(const json_t *list, pattern_fn has)
{
	const json_t *o;
	size_t i;

	if (json_is_string(list))
		return has(json_string_value(list));
	json_array_foreach(list, i, o)
		if (has(json_string_value(o)))
			return true;
	return false;
}

static bool are_patterns(const json_t *list)
{
	const json_t *o;
	size_t i;

	if (json_is_string(list))
		return true;
	if (!json_is_array(list) || json_array_size(list) == 0)
		return false;
	json_array_foreach(list, i, o)
		if (!json_is_string(o))
			return false;
	return true;
}

/* Action or NotAction, Resource or NotResource: one of the two. */
static int patterns_of(json_t *o, const char *name, const char *other,
	const json_t **ret, bool *ret_is_other, struct error *err)
{
	json_t *these = NULL, *others = NULL;
	int r = member_of(o, name, &these, err);

	if (r == 0)
		r = member_of(o, other, &others, err);
	if (r < 0)
		return r;
	*ret_is_other = others != NULL;
	*ret = others ? others : these;
	return !!these + !!others == 1 && are_patterns(*ret) ? 0 :
		document_wrong(err, name);
}

static int statement_read(json_t *o, struct statement *ret, struct error *err)
{
	json_t *effect = NULL, *condition = NULL;
	const char *word;
	int r;

	if (!json_is_object(o))
		return document_wrong(err, "a statement that is no object");
	r = member_of(o, "Effect", &effect, err);
	if (r == 0)
		r = member_of(o, "Condition", &condition, err);
	if (r == 0)
		r = patterns_of(o, "Action", "NotAction", &ret->actions,
			&ret->not_actions, err);
	if (r == 0)
		r = patterns_of(o, "Resource", "NotResource", &ret->resources,
			&ret->not_resources, err);
	if (r < 0)
		return r;
	word = json_string_value(effect);
	if (!word || (strcasecmp(word, "Allow") && strcasecmp(word, "Deny")))
		return document_wrong(err, "Effect");
	ret->allows = strcasecmp(word, "Allow") == 0;
	ret->conditional = condition != NULL &&
		!(json_is_object(condition) && json_object_size(condition) == 0);
	return 0;
}

/* All but a list is everything of IAM where the list has not all of that. */
static bool reaches_resources(const struct statement *s)
{
	return s->not_resources ? !any_has(s->resources, has_iam_resources) :
		any_has(s->resources, has_all_resources);
}

static unsigned bits_of_allow(const struct statement *s)
{
	if (!reaches_resources(s))
		return 0;
	if (s->not_actions)
		return any_has(s->actions, rights_pattern_has_iam) ? 0 :
			RIGHTS_IAM;
	if (any_has(s->actions, rights_pattern_has_all))
		return RIGHTS_ALL | RIGHTS_IAM;
	return any_has(s->actions, rights_pattern_has_iam) ? RIGHTS_IAM : 0;
}

/* What leaves anything out, or hangs on a condition, lifts nothing. */
static unsigned bits_of_deny(const struct statement *s)
{
	if (s->conditional || s->not_actions || s->not_resources ||
		!any_has(s->resources, has_all_resources))
		return 0;
	if (any_has(s->actions, rights_pattern_has_all))
		return RIGHTS_NOT_ALL | RIGHTS_NOT_IAM;
	return any_has(s->actions, rights_pattern_has_iam) ? RIGHTS_NOT_IAM :
		0;
}

static int statement_add(json_t *o, unsigned *bits, struct error *err)
{
	struct statement s;
	int r = statement_read(o, &s, err);

	if (r == 0)
		*bits |= s.allows ? bits_of_allow(&s) : bits_of_deny(&s);
	return r;
}

/* ---- the document ---- */

static int statements_read(json_t *root, unsigned *ret, struct error *err)
{
	json_t *statements = NULL;
	unsigned bits = 0;
	size_t i;
	int r = member_of(root, "Statement", &statements, err);

	if (r < 0)
		return r;
	if (json_is_object(statements)) {
		r = statement_add(statements, &bits, err);
	} else if (json_is_array(statements)) {
		if (json_array_size(statements) > RIGHTS_STATEMENTS_MAX)
			return document_wrong(err, "too many statements");
		for (i = 0; r == 0 && i < json_array_size(statements); i++)
			r = statement_add(json_array_get(statements, i), &bits,
				err);
	} else {
		return document_wrong(err, "it has no statements");
	}
	if (r == 0)
		*ret = bits;
	return r;
}

int rights_of_document(const char *p, size_t n, unsigned *ret,
	struct error *err)
{
	CLEANUP(free_p) char *text = NULL;
	json_t *root;
	size_t text_n = 0;
	int r;

	if (n > RIGHTS_DOCUMENT_MAX)
		return document_wrong(err, "it is too long");
	text = malloc(n + 1);
	if (!text)
		return error_memory(err);
	r = percent_decode(p, n, text, &text_n, err);
	if (r == 0)
		r = depth_check(text, text_n, err);
	if (r < 0)
		return r;
	root = json_loadb(text, text_n, JSON_REJECT_DUPLICATES, NULL);
	if (!root)
		return document_wrong(err, "it is no JSON object");
	r = json_is_object(root) ? statements_read(root, ret, err) :
		document_wrong(err, "it is no JSON object");
	json_decref(root);
	return r;
}
