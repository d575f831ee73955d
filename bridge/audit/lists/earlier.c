/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The result of an earlier run, as `audit --json` printed it. Its findings are
 * read one by one, so that memory does not grow with those that passed.
 */
#include "bridge/audit/lists/lists.h"

#include "base/file.h"
#include "base/text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 32

/* Where the reading stands. */
struct json_reading {
	struct audit_earlier *e;
	const char *start, *p, *end;
	bool has_version, has_findings, has_summary;
};

static int earlier_refuse(const struct json_reading *r, const char *why,
	struct error *err)
{
	return error_set(err, ERROR_MALFORMED, "'%s', byte %zu: %s; what "
		"`tokenbridge audit --json` printed is wanted", r->e->name,
		(size_t)(r->p - r->start), why);
}

/* ---- where values end ---- */

static void skip_blanks(struct json_reading *r)
{
	while (r->p < r->end && strchr(" \t\r\n", *r->p) && *r->p)
		r->p++;
}

static bool take_char(struct json_reading *r, char c)
{
	skip_blanks(r);
	if (r->p == r->end || *r->p != c)
		return false;
	r->p++;
	return true;
}

/* Behind the quote that ends a string; false where there is none. */
static bool skip_string(struct json_reading *r)
{
	for (r->p++; r->p < r->end; r->p++) {
		if (*r->p == '"') {
			r->p++;
			return true;
		}
		if (*r->p == '\\')
			r->p++;
	}
	r->p = r->end;
	return false;
}

/* To where a value ends that jansson then looks at; false: nowhere. */
static bool skip_value(struct json_reading *r)
{
	unsigned depth = 0;

	for (skip_blanks(r); r->p < r->end;) {
		if (*r->p == '"') {
			if (!skip_string(r))
				return false;
			continue;
		}
		if ((*r->p == '{' || *r->p == '[') && ++depth > DEPTH_MAX)
			return false;
		if (strchr("}],", *r->p) && *r->p) {
			if (depth == 0)
				return true;
			depth -= *r->p != ',';
		}
		r->p++;
	}
	return depth == 0;
}

static int load_value(struct json_reading *r, json_t **ret, struct error *err)
{
	json_error_t why;
	const char *start;

	skip_blanks(r);
	start = r->p;
	if (!skip_value(r))
		return earlier_refuse(r, "a value that does not end", err);
	*ret = json_loadb(start, (size_t)(r->p - start),
		JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
	return *ret ? 0 : earlier_refuse(r, why.text, err);
}

/* ---- findings ---- */

static void json_done(json_t **o)
{
	json_decref(*o);
}

/* A text, "" for null and (where it may be missing) for nothing. */
static bool earlier_text(const json_t *o, const char *name, bool may_lack,
	char **ret)
{
	const json_t *v = json_object_get(o, name);
	const char *s = json_is_string(v) ? json_string_value(v) :
		json_is_null(v) || (!v && may_lack) ? "" : NULL;

	if (!s)
		return false;
	*ret = strdup(s);
	return *ret != NULL;
}

static int status_of(const char *name)
{
	size_t i;

	for (i = 0; i < AUDIT_STATUSES; i++)
		if (name && strcmp(audit_status_names[i], name) == 0)
			return (int)i;
	return -1;
}

static int take_finding(struct json_reading *r, const json_t *o,
	struct error *err)
{
	CLEANUP(audit_past_done) struct audit_past row = { .check = -1 };
	int status = status_of(json_string_value(json_object_get(o,
		"status")));

	row.muted = status == AUDIT_MUTED;
	if (row.muted)
		status = status_of(json_string_value(json_object_get(o,
			"mutes")));
	if (!json_is_object(o) || status < 0 || status == AUDIT_MUTED)
		return earlier_refuse(r, "a finding without a status", err);
	if (!earlier_text(o, "check", false, &row.check_name) || !*row.check_name ||
		!earlier_text(o, "account", false, &row.account) ||
		!earlier_text(o, "subject", false, &row.subject) ||
		!earlier_text(o, "device", false, &row.device) ||
		!earlier_text(o, "severity", true, &row.severity))
		return earlier_refuse(r, "a finding without check, account, "
			"subject or device", err);
	if (status != AUDIT_FAIL && status != AUDIT_UNKNOWN)
		return 0;
	row.status = (enum audit_status)status;
	row.check = audit_check_of(row.check_name, strlen(row.check_name));
	return audit_earlier_add(r->e, &row, err);
}

static int take_findings(struct json_reading *r, struct error *err)
{
	int e;

	r->has_findings = true;
	if (!take_char(r, '['))
		return earlier_refuse(r, "findings are a list", err);
	if (take_char(r, ']'))
		return 0;
	do {
		CLEANUP(json_done) json_t *o = NULL;

		e = load_value(r, &o, err);
		if (e >= 0)
			e = take_finding(r, o, err);
		if (e < 0)
			return e;
	} while (take_char(r, ','));
	return take_char(r, ']') ? 0 : earlier_refuse(r, "a list that does "
		"not end", err);
}

/* ---- the other members ---- */

static int take_summary(struct json_reading *r, const json_t *o,
	struct error *err)
{
	const json_t *made = json_object_get(o, "made");
	const json_t *complete = json_object_get(o, "complete");

	r->has_summary = true;
	if (!json_is_object(o) || !json_is_boolean(complete))
		return earlier_refuse(r, "a summary without `complete`", err);
	r->e->was_complete = json_is_true(complete);
	if (made && !json_is_null(made) && (!json_is_string(made) ||
			text_parse_time(json_string_value(made),
				json_string_length(made), &r->e->made) < 0))
		return earlier_refuse(r, "`made` is no time", err);
	return 0;
}

static int take_key(struct json_reading *r, char *ret, size_t size,
	struct error *err)
{
	const char *start;

	skip_blanks(r);
	start = r->p;
	if (r->p == r->end || *r->p != '"' || !skip_string(r))
		return earlier_refuse(r, "a member's name is wanted", err);
	/* one that is longer, or escaped, is none of ours */
	*ret = '\0';
	if ((size_t)(r->p - start) - 2 < size && !memchr(start, '\\',
			(size_t)(r->p - start))) {
		memcpy(ret, start + 1, (size_t)(r->p - start) - 2);
		ret[r->p - start - 2] = '\0';
	}
	return take_char(r, ':') ? 0 : earlier_refuse(r, "a member without "
		"its value", err);
}

static int earlier_take_member(struct json_reading *r, struct error *err)
{
	CLEANUP(json_done) json_t *value = NULL;
	char name[16];
	int e = take_key(r, name, sizeof(name), err);

	if (e < 0)
		return e;
	if (strcmp(name, "findings") == 0)
		return r->has_findings ? earlier_refuse(r, "findings twice",
			err) : take_findings(r, err);
	e = load_value(r, &value, err);
	if (e < 0)
		return e;
	if (strcmp(name, "summary") == 0)
		return r->has_summary ? earlier_refuse(r, "a summary twice",
			err) : take_summary(r, value, err);
	if (strcmp(name, "version") == 0) {
		if (r->has_version || json_integer_value(value) != 1)
			return earlier_refuse(r, "version 1 is wanted, once",
				err);
		r->has_version = true;
	}
	return 0;
}

static int take_all(struct json_reading *r, struct error *err)
{
	int e;

	if (!take_char(r, '{'))
		return earlier_refuse(r, "no JSON object", err);
	do {
		e = earlier_take_member(r, err);
		if (e < 0)
			return e;
	} while (take_char(r, ','));
	if (!take_char(r, '}'))
		return earlier_refuse(r, "an object that does not end", err);
	skip_blanks(r);
	if (r->p != r->end)
		return earlier_refuse(r, "something behind its end", err);
	return r->has_version && r->has_findings && r->has_summary ? 0 :
		earlier_refuse(r, "version, findings and summary are wanted",
			err);
}

int audit_earlier_parse(struct audit_earlier **ret, const char *name,
	const char *p, size_t n, struct error *err)
{
	CLEANUP(audit_earlier_free) struct audit_earlier *e =
		calloc(1, sizeof(*e));
	struct json_reading r = { .e = e, .start = p, .p = p, .end = p + n };
	int failed;

	if (e)
		e->name = strdup(name);
	if (!e || !e->name)
		return error_memory(err);
	failed = take_all(&r, err);
	if (failed < 0)
		return failed;
	audit_earlier_sort(e);
	*ret = steal(&e);
	return 0;
}

int audit_earlier_read(struct audit_earlier **ret, const char *path,
	struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	int r;

	buf_init(&b, EARLIER_FILE_MAX);
	r = file_read(path, FILE_ANY, &b, NULL, err);
	if (r < 0)
		return r;
	return audit_earlier_parse(ret, path, buf_str(&b), b.n, err);
}
