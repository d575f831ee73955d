/* SPDX-License-Identifier: Apache-2.0 */
/* A journal's lines. */
#include "bridge/journal/line.h"

#include "base/text.h"
#include "base/utf8.h"
#include "bridge/run/json.h"

#include <stddef.h>
#include <string.h>

#define VERSION 1

static const char *const kind_names[] = {
	[JOURNAL_ENROLL] = "enroll",
	[JOURNAL_REVOKE] = "revoke",
	[JOURNAL_REVOKE_USER] = "revoke-user",
	[JOURNAL_REPLACE] = "replace",
	[JOURNAL_PIN] = "pin",
	[JOURNAL_REMOVE_ROOT] = "remove-root",
};

static const char *const point_names[] = {
	[JOURNAL_INTENT] = "intent",
	[JOURNAL_IDENTITY] = "identity",
	[JOURNAL_CREATE_SENT] = "create-sent",
	[JOURNAL_CREATED] = "created",
	[JOURNAL_PUT_SENT] = "put-sent",
	[JOURNAL_PROVED] = "proved",
	[JOURNAL_ENABLE_SENT] = "enable-sent",
	[JOURNAL_ENABLED] = "enabled",
	[JOURNAL_UNDO] = "undo",
	[JOURNAL_DEACTIVATE_SENT] = "deactivate-sent",
	[JOURNAL_DEACTIVATED] = "deactivated",
	[JOURNAL_DELETED] = "deleted",
	[JOURNAL_ACCOUNT_GONE] = "account-gone",
	[JOURNAL_ORPHAN] = "orphan",
	[JOURNAL_SEALED] = "sealed",
	[JOURNAL_PIN_SENT] = "pin-sent",
};

#define MEMBER(name, field)                                                    \
	{ name, offsetof(struct journal_facts, field),                         \
		sizeof(((struct journal_facts *)NULL)->field) }

static const struct {
	const char *name;
	size_t offset, size;
} members[] = {
	MEMBER("account", account),
	MEMBER("partition", partition),
	MEMBER("endpoint", endpoint),
	MEMBER("user", user),
	MEMBER("userId", user_id),
	MEMBER("deviceName", device_name),
	MEMBER("serial", serial),
	MEMBER("before", before),
	MEMBER("oathId", oath_id),
	MEMBER("oathAccount", oath_account),
	MEMBER("token", token),
	MEMBER("binding", binding),
	MEMBER("toldIn", told_in),
	MEMBER("holder", holder),
	MEMBER("evidence", evidence),
	MEMBER("method", method),
	MEMBER("basis", basis),
	MEMBER("reason", reason),
	MEMBER("holderKind", holder_kind),
	MEMBER("requestId", request),
	MEMBER("enabledAt", enabled),
	MEMBER("afterEvent", after),
	MEMBER("taken", taken),
	MEMBER("output", output),
	MEMBER("file", file),
};

#define BIT(name, field, bit)                                                  \
	{ name, offsetof(struct journal_facts, field), bit }

static const struct {
	const char *name;
	size_t offset; /* of the bits */
	unsigned bit;
} flags[] = {
	BIT("deactivated", did, JOURNAL_DID_DEACTIVATE),
	BIT("deleted", did, JOURNAL_DID_DELETE),
	BIT("credentialRemoved", did, JOURNAL_DID_ACCOUNT),
	BIT("cutAccess", did, JOURNAL_CUTS_ACCESS),
	BIT("exactName", did, JOURNAL_EXACT_NAME),
	BIT("created", did, JOURNAL_DID_CREATE),
	BIT("takesKeys", takes, JOURNAL_ROOT_KEYS),
	BIT("takesCertificates", takes, JOURNAL_ROOT_CERTIFICATES),
	BIT("takesPassword", takes, JOURNAL_ROOT_PASSWORD),
	BIT("takesDevices", takes, JOURNAL_ROOT_DEVICES),
	BIT("tellsKeys", tells, JOURNAL_ROOT_KEYS),
	BIT("tellsCertificates", tells, JOURNAL_ROOT_CERTIFICATES),
	BIT("tellsPassword", tells, JOURNAL_ROOT_PASSWORD),
	BIT("tellsDevices", tells, JOURNAL_ROOT_DEVICES),
};

static unsigned bits_at(const struct journal_facts *f, size_t offset)
{
	unsigned bits;

	memcpy(&bits, (const char *)f + offset, sizeof(bits));
	return bits;
}

static void set_bit_at(struct journal_facts *f, size_t offset, unsigned bit)
{
	unsigned bits = bits_at(f, offset) | bit;

	memcpy((char *)f + offset, &bits, sizeof(bits));
}

const char *journal_point_name(enum journal_point point)
{
	return point_names[point];
}

const char *journal_kind_name(enum journal_kind kind)
{
	return kind_names[kind];
}

const char *journal_kind_text(enum journal_kind kind)
{
	static const char *const texts[] = {
		[JOURNAL_ENROLL] = "an enrollment",
		[JOURNAL_REVOKE] = "a revocation",
		[JOURNAL_REVOKE_USER] = "a revocation of everything",
		[JOURNAL_REPLACE] = "a replacement",
		[JOURNAL_PIN] = "an initial PIN",
		[JOURNAL_REMOVE_ROOT] = "a removal of the credentials",
	};

	return texts[kind];
}

json_t *journal_line(const struct journal *j)
{
	const char *base = (const char *)&j->facts;
	char when[TEXT_TIME_LEN], begun[TEXT_TIME_LEN];
	json_t *o;
	size_t i;

	text_format_time(j->since, when);
	text_format_time(j->begun, begun);
	o = json_pack("{s:i,s:s,s:s,s:s,s:s,s:s}", "v", VERSION, "journal",
		j->id, "kind", kind_names[j->facts.kind], "point",
		point_names[j->point], "time", when, "begunAt", begun);
	for (i = 0; o && i < ARRAY_LEN(members); i++)
		if (base[members[i].offset])
			json_member(&o, members[i].name,
				json_string(base + members[i].offset));
	if (o && j->facts.token_serial)
		json_member(&o, "tokenSerial",
			json_integer(j->facts.token_serial));
	for (i = 0; o && i < ARRAY_LEN(flags); i++)
		if (bits_at(&j->facts, flags[i].offset) & flags[i].bit)
			json_member(&o, flags[i].name, json_true());
	if (o && j->cause[0])
		json_member(&o, "cause", json_string(j->cause));
	if (o && j->remedy[0])
		json_member(&o, "remedy", json_string(j->remedy));
	return o;
}

static int bad_line(size_t line, const char *why, struct error *err)
{
	return error_set(err, ERROR_CORRUPT, "journal, line %zu: %s", line,
		why);
}

static int word(const char *const *names, size_t n, const json_t *s)
{
	size_t i;

	for (i = 0; json_is_string(s) && i < n; i++)
		if (strcmp(names[i], json_string_value(s)) == 0)
			return (int)i;
	return -1;
}

/* A string into its array; absent leaves it. */
static int take_string(const json_t *o, const char *name, char *to, size_t size,
	size_t line, struct error *err)
{
	const json_t *s = json_object_get(o, name);

	if (!s)
		return 0;
	if (!json_is_string(s) || json_string_length(s) >= size ||
		!utf8_is_clean(json_string_value(s), json_string_length(s)))
		return bad_line(line, name, err);
	memcpy(to, json_string_value(s), json_string_length(s) + 1);
	return 0;
}

/* What later versions added. The first line's time is the beginning where
 * nothing else says so. */
static int take_later(const json_t *o, struct journal *j, size_t line,
	struct error *err)
{
	char begun[TEXT_TIME_LEN] = "";
	const json_t *s;
	time_t when;
	size_t i;
	int r;

	for (i = 0; i < ARRAY_LEN(flags); i++) {
		s = json_object_get(o, flags[i].name);
		if (s && !json_is_boolean(s))
			return bad_line(line, flags[i].name, err);
		if (json_is_true(s))
			set_bit_at(&j->facts, flags[i].offset, flags[i].bit);
	}
	if (line == 1)
		j->begun = j->since;
	r = take_string(o, "begunAt", begun, sizeof(begun), line, err);
	if (r == 0 && begun[0]) {
		if (text_parse_time(begun, strlen(begun), &when) < 0)
			return bad_line(line, "begunAt", err);
		j->begun = when;
	}
	if (r == 0 && j->facts.enabled[0] &&
		text_parse_time(j->facts.enabled, strlen(j->facts.enabled),
			&when) < 0)
		return bad_line(line, "enabledAt", err);
	j->cause[0] = j->remedy[0] = '\0';
	if (r == 0)
		r = take_string(o, "cause", j->cause, sizeof(j->cause), line,
			err);
	return r < 0 ? r : take_string(o, "remedy", j->remedy,
		sizeof(j->remedy), line, err);
}

/* Earlier versions had one member for both. */
static void take_told_in(struct journal_facts *f)
{
	if (f->kind != JOURNAL_REMOVE_ROOT || f->told_in[0])
		return;
	memcpy(f->told_in, f->binding, sizeof(f->told_in));
	f->binding[0] = '\0';
}

static int take_members(const json_t *o, struct journal *j, size_t line,
	struct error *err)
{
	char *base = (char *)&j->facts;
	const json_t *s;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < ARRAY_LEN(members); i++)
		r = take_string(o, members[i].name, base + members[i].offset,
			members[i].size, line, err);
	if (r < 0)
		return r;
	s = json_object_get(o, "tokenSerial");
	if (s && (!json_is_integer(s) || json_integer_value(s) < 1 ||
			 json_integer_value(s) > UINT32_MAX))
		return bad_line(line, "tokenSerial", err);
	j->facts.token_serial = (uint32_t)json_integer_value(s);
	take_told_in(&j->facts);
	return take_later(o, j, line, err);
}

/* What goes on by a point has a table of its own kind's points. */
static bool may_stand_at(int kind, int point)
{
	return point == JOURNAL_INTENT ||
		(point >= JOURNAL_SEALED) == (kind == JOURNAL_PIN);
}

static int line_take_line(const json_t *o, struct journal *j, size_t line,
	struct error *err)
{
	const char *id = json_string_value(json_object_get(o, "journal"));
	const char *when = json_string_value(json_object_get(o, "time"));
	int kind, point;

	if (json_integer_value(json_object_get(o, "v")) != VERSION)
		return bad_line(line, "another version", err);
	kind = word(kind_names, ARRAY_LEN(kind_names),
		json_object_get(o, "kind"));
	point = word(point_names, ARRAY_LEN(point_names),
		json_object_get(o, "point"));
	if (!id || !id_is_valid(id) || kind < 0 || point < 0 || !when ||
		!may_stand_at(kind, point) ||
		text_parse_time(when, strlen(when), &j->since) < 0)
		return bad_line(line, "a member is missing or malformed", err);
	if (line > 1 && (strcmp(j->id, id) != 0 ||
				(int)j->facts.kind != kind))
		return bad_line(line, "another journal's", err);
	memcpy(j->id, id, ID_LEN);
	memset(&j->facts, 0, sizeof(j->facts));
	j->facts.kind = (enum journal_kind)kind;
	j->point = (enum journal_point)point;
	return take_members(o, j, line, err);
}

int journal_parse(const char *p, size_t n, struct journal *ret,
	struct error *err)
{
	struct journal j = *ret;
	const char *end;
	size_t line;
	int r = 0;

	for (line = 1; r == 0 && (end = memchr(p, '\n', n)); line++) {
		json_t *o = json_loadb(p, (size_t)(end - p),
			JSON_REJECT_DUPLICATES, NULL);

		r = json_is_object(o)
			    ? line_take_line(o, &j, line, err)
			    : bad_line(line, "not a JSON object", err);
		json_decref(o);
		n -= (size_t)(end - p) + 1;
		p = end + 1;
	}
	if (r == 0 && line == 1) /* not even the intent was written */
		r = bad_line(1, "cut off", err);
	if (r == 0)
		*ret = j;
	return r;
}
