/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of a record, read. */
#include "bridge/audit/accounts/record.h"

#include "aws/config/partition.h"

#include <stdlib.h>
#include <string.h>

#define NOTES_MAX (AUDIT_NOTES_MAX + AUDIT_CHECKS)
#define TIME_MAX 253402300799 /* the end of the year 9999 */

/* Members of one object, each taken once; `bad` sticks. */
struct members {
	const json_t *o;
	size_t taken;
	bool bad;
};

static const json_t *take_member_of(struct members *m, const char *name)
{
	const json_t *value = json_object_get(m->o, name);

	m->bad |= !value;
	m->taken += value != NULL;
	return value;
}

static bool members_are_taken(const struct members *m)
{
	return !m->bad && m->taken == json_object_size(m->o);
}

static int64_t take_number(struct members *m, const char *name, int64_t max)
{
	const json_t *value = take_member_of(m, name);
	json_int_t n = json_integer_value(value);

	m->bad |= !json_is_integer(value) || n < 0 || n > max;
	return m->bad ? 0 : n;
}

static bool take_flag(struct members *m, const char *name)
{
	const json_t *value = take_member_of(m, name);

	m->bad |= !json_is_boolean(value);
	return json_is_true(value);
}

/* A string that stays the object's; NULL where there is none. */
static const char *take_optional(struct members *m, const char *name,
	size_t size)
{
	const json_t *value = take_member_of(m, name);
	const char *s = json_string_value(value);
	size_t n = json_string_length(value);

	if (json_is_null(value))
		return NULL;
	/* what is empty is written as null */
	if (!s || n == 0 || n >= size || strlen(s) != n) {
		m->bad = true;
		return NULL;
	}
	return s;
}

static void take_room(struct members *m, const char *name, char *ret,
	size_t size)
{
	const char *s = take_optional(m, name, size);

	memcpy(ret, s ? s : "", (s ? strlen(s) : 0) + 1);
}

static char *take_copy(struct members *m, const char *name, size_t size)
{
	const char *s = take_optional(m, name, size);
	char *copy = s ? strdup(s) : NULL;

	m->bad |= s && !copy;
	return copy;
}

/* One of the words of a table. */
static size_t take_word_of(struct members *m, const char *name,
	const char *const *words, size_t n)
{
	const char *s = json_string_value(take_member_of(m, name));
	size_t i;

	for (i = 0; s && i < n; i++)
		if (words[i] && strcmp(words[i], s) == 0)
			return i;
	m->bad = true;
	return 0;
}

static enum audit_check take_check(struct members *m)
{
	const char *s = json_string_value(take_member_of(m, "check"));
	size_t i;

	for (i = 0; s && i < AUDIT_CHECKS; i++)
		if (strcmp(audit_check_rows[i].name, s) == 0)
			return (enum audit_check)i;
	m->bad = true;
	return 0;
}

/* ---- the kinds of lines ---- */

static bool is_hexadecimal(const char *s)
{
	return strlen(s) == RECORD_KEY_LEN - 1 &&
		strspn(s, "0123456789abcdef") == RECORD_KEY_LEN - 1;
}

static void read_head(struct members *m, struct record *ret)
{
	struct record_head *h = &ret->head;

	m->bad |= take_number(m, "version", INT32_MAX) != RECORD_VERSION;
	take_room(m, "key", h->key, sizeof(h->key));
	take_room(m, "account", h->account, sizeof(h->account));
	h->asked = (time_t)take_number(m, "asked", TIME_MAX);
	m->bad |= !is_hexadecimal(h->key);
}

static void read_finding(struct members *m, struct record *ret)
{
	struct audit_finding *f = &ret->finding;

	f->check = take_check(m);
	f->status = (enum audit_status)take_word_of(m, "status",
		audit_status_names, AUDIT_STATUSES);
	f->mutes = f->status; /* what a mute finds it to be */
	f->severity = (enum audit_severity)take_word_of(m, "severity",
		audit_severity_names, AUDIT_SEVERITIES);
	take_room(m, "account", f->account, sizeof(f->account));
	take_room(m, "subject", f->subject, sizeof(f->subject));
	f->device = take_optional(m, "device", RECORD_LINE_MAX);
	take_room(m, "seen", f->seen, sizeof(f->seen));
	take_room(m, "source", f->source, sizeof(f->source));
	f->when = (time_t)take_number(m, "when", TIME_MAX);
	take_room(m, "remedy", f->remedy, sizeof(f->remedy));
	f->remedy_kind = (enum audit_remedy)take_word_of(m, "remedyKind",
		audit_remedy_names, AUDIT_REMEDIES);
	take_room(m, "literal", f->literal, sizeof(f->literal));
	take_room(m, "missing", f->missing, sizeof(f->missing));
	f->line = (uint64_t)take_number(m, "line", INT64_MAX);
	f->reason = (enum audit_reason)take_number(m, "reason",
		AUDIT_REASONS - 1);
	f->kinds = take_optional(m, "kinds", 256);
	/* mutes are of whoever shows it */
	m->bad |= f->status == AUDIT_MUTED ||
		f->severity == AUDIT_SEVERITY_OF_CHECK;
}

static void read_begun(struct members *m, struct record *ret)
{
	ret->limited = take_flag(m, "limited");
}

/* A line that is its name alone. */
static void read_nothing(struct members *m, struct record *ret)
{
	(void)m;
	(void)ret;
}

static void read_notes(struct members *m, struct audit_account_source *ret)
{
	const json_t *list = take_member_of(m, "notes"), *note;
	size_t i, n = json_array_size(list);

	m->bad |= !json_is_array(list) || n > NOTES_MAX;
	if (m->bad || n == 0)
		return;
	ret->notes = calloc(n, sizeof(*ret->notes));
	m->bad |= !ret->notes;
	for (i = 0; !m->bad && i < n; i++) {
		note = json_array_get(list, i);
		ret->notes[i] = json_is_string(note) ?
			strdup(json_string_value(note)) : NULL;
		m->bad |= !ret->notes[i];
		ret->notes_n += !m->bad;
	}
}

static void read_end(struct members *m, struct record *ret)
{
	struct record_end *end = &ret->end;
	struct audit_account_source *x = &end->account;

	take_room(m, "account", x->id, sizeof(x->id));
	x->state = (enum audit_account_state)take_word_of(m, "state",
		audit_account_state_names, AUDIT_ACCOUNT_STATES);
	x->why = take_copy(m, "why", ERROR_TEXT_MAX);
	x->name = take_copy(m, "alias", 80);
	x->caller = take_copy(m, "caller", AUDIT_ARN);
	x->when = (time_t)take_number(m, "when", TIME_MAX);
	x->users = (uint64_t)take_number(m, "users", INT32_MAX);
	x->requests = (unsigned)take_number(m, "requests", INT32_MAX);
	end->connections = (unsigned)take_number(m, "connections", INT32_MAX);
	x->endpoint = take_copy(m, "endpoint", ENDPOINT_MAX);
	x->origin = take_copy(m, "origin", 80);
	x->ca_bundle = take_copy(m, "caBundle", 1024);
	x->proxy = take_copy(m, "proxy", 1024);
	end->reports = (unsigned)take_number(m, "reports", INT32_MAX);
	x->rows = (uint64_t)take_number(m, "rows", INT64_MAX);
	end->bad_rows = (uint64_t)take_number(m, "badRows", INT64_MAX);
	x->generated = (time_t)take_number(m, "generated", TIME_MAX);
	x->no_report = take_copy(m, "noReport", ERROR_TEXT_MAX);
	end->has_registry = take_flag(m, "registry");
	end->bindings = (uint64_t)take_number(m, "bindings", INT64_MAX);
	end->elsewhere = (uint64_t)take_number(m, "elsewhere", INT64_MAX);
	end->no_registry = take_copy(m, "noRegistry", ERROR_TEXT_MAX);
	read_notes(m, x);
	/* who was read does not say why not, who was not asked sends none */
	m->bad |= x->state == AUDIT_ACCOUNT_NOT_ASKED ||
		x->state == AUDIT_ACCOUNT_CLOSED ||
		(x->state == AUDIT_ACCOUNT_READ) != !x->why;
}

static const struct {
	const char *name;
	void (*read)(struct members *m, struct record *ret);
} lines[] = {
	[RECORD_HEAD] = { "head", read_head },
	[RECORD_FINDING] = { "finding", read_finding },
	[RECORD_BEGUN] = { "begun", read_begun },
	[RECORD_RENEW] = { "renew", read_nothing },
	[RECORD_ROOT] = { "root", read_nothing },
	[RECORD_END] = { "end", read_end },
};

/* ---- the whole ---- */

void record_end_done(struct record_end *end)
{
	audit_account_source_done(&end->account);
	free_p(&end->no_registry);
}

void record_done(struct record *r)
{
	record_end_done(&r->end);
	json_decref(r->json);
	r->json = NULL;
}

static bool read_kind(struct record *ret)
{
	struct members m = { .taken = 0 };
	size_t i;

	if (json_object_size(ret->json) != 1)
		return false;
	for (i = 0; i < ARRAY_LEN(lines); i++) {
		m.o = json_object_get(ret->json, lines[i].name);
		if (!json_is_object(m.o))
			continue;
		ret->kind = (enum record_kind)i;
		lines[i].read(&m, ret);
		return members_are_taken(&m);
	}
	return false;
}

int record_parse(const char *p, size_t n, struct record *ret,
	struct error *err)
{
	memset(ret, 0, sizeof(*ret));
	if (n <= RECORD_LINE_MAX + 1)
		ret->json = json_loadb(p, n, JSON_REJECT_DUPLICATES, NULL);
	if (ret->json && read_kind(ret))
		return 0;
	return error_set(err, ERROR_MALFORMED,
		"what was found out about an account cannot be read");
}
