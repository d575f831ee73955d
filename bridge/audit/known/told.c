/* SPDX-License-Identifier: Apache-2.0 */
/* What the registry told a run, written as JSON and read again. */
#include "bridge/audit/known/told.h"

#include "base/buf.h"
#include "base/text.h"
#include "base/utf8.h"
#include "bridge/run/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BINDINGS_MAX 10000000
#define ACCOUNT_LEN sizeof(((struct known_device *)0)->account)

_Static_assert(ACCOUNT_LEN == sizeof(((struct registry_binding *)0)->account),
	"both have room for an account");

static const char *const answers[] = {
	[AUDIT_NOT_KNOWN] = "unknown",
	[AUDIT_NO] = "no",
	[AUDIT_YES] = "yes",
};

/* ---- writing ---- */

static bool is_in_force(const struct registry_binding *b)
{
	return b->kind == REGISTRY_AWS && b->removed == 0;
}

static json_t *bindings_json(const struct known_told *t, const char *account,
	uint64_t *ret_elsewhere)
{
	json_t *list = json_array();
	const struct registry_binding *b;
	size_t i;

	for (i = 0; i < t->list->n; i++) {
		b = &t->list->p[i];
		if (!is_in_force(b))
			continue;
		if (strcmp(b->account, account) != 0) {
			++*ret_elsewhere;
			continue;
		}
		json_row(&list, json_pack("{s:o,s:o,s:o,s:o}",
			"user", json_of_text(b->user),
			"userName", json_of_text(b->user_name),
			"device", json_of_text(b->device),
			"since", json_of_time(b->since)));
	}
	return list;
}

/* Those that are judged, and those that a device of the account sits in: the
 * place of each among them, or n. */
static size_t *places_of_tokens(const struct known *k, const char *account)
{
	size_t *place = calloc(k->n + 1, sizeof(*place)), i, n = 0;

	if (!place)
		return NULL;
	for (i = 0; i < k->n; i++)
		place[i] = k->tokens[i].in_use;
	for (i = 0; i < k->devices_n; i++)
		if (strcmp(k->devices[i].account, account) == 0)
			place[k->devices[i].token] = 1;
	for (i = 0; i < k->n; i++)
		place[i] = place[i] ? n++ : k->n;
	return place;
}

static json_t *token_json(const struct known_token *t)
{
	return json_pack("{s:o,s:b,s:o,s:s,s:o,s:o,s:s,s:b,s:o,s:o}",
		"name", json_of_text(t->name),
		"inUse", t->in_use,
		"firmware", json_of_text(t->firmware),
		"vulnerable", answers[t->vulnerable],
		"why", json_of_text(known_doubt_texts[t->doubt]),
		"advisories", json_of_text(t->advisories),
		"severity", audit_severity_names[t->severity],
		"accepted", t->accepted,
		"verdict", json_of_text(t->verdict),
		"verdictTime", json_of_time(t->verdict_time));
}

static int add_tokens(json_t **o, const struct known *k, const char *account,
	struct error *err)
{
	CLEANUP(free_p) size_t *place = places_of_tokens(k, account);
	json_t *tokens = json_array(), *devices = json_array();
	size_t i;

	for (i = 0; place && i < k->n; i++)
		if (place[i] < k->n)
			json_row(&tokens, token_json(&k->tokens[i]));
	for (i = 0; place && i < k->devices_n; i++)
		if (strcmp(k->devices[i].account, account) == 0)
			json_row(&devices, json_pack("{s:o,s:I,s:b}",
				"serial", json_of_text(k->devices[i].serial),
				"token", (json_int_t)place[k->devices[i].token],
				"totp", k->devices[i].is_totp));
	json_member(o, "tokens", tokens);
	json_member(o, "devices", devices);
	return place ? 0 : error_memory(err);
}

int known_told_write(const struct known_told *t, const char *account,
	struct buf *b, struct error *err)
{
	const struct known_basis *basis = &t->known->basis;
	CLEANUP(free_p) char *text = NULL;
	uint64_t elsewhere = 0;
	json_t *bindings = t->has_list ? bindings_json(t, account, &elsewhere) :
		json_null();
	json_t *o = json_pack("{s:i,s:o,s:{s:o,s:o,s:o,s:o},s:o,s:o,s:b,s:I,"
		"s:I,s:I,s:o}",
		"v", 1,
		"account", json_of_text(account),
		"judgedBy",
		"metadata", json_of_number(basis->metadata > 0, basis->metadata),
		"metadataNext", json_of_time(basis->metadata_next),
		"advisories", json_of_text(basis->advisories),
		"advisoriesAdded", json_of_text(basis->advisories_added),
		"whyNot", json_of_text(t->source->why_not),
		"tokensWhyNot", json_of_text(t->known->why_not),
		"anyToken", t->source->has_tokens,
		"inUse", (json_int_t)t->source->tokens,
		"handedOver", (json_int_t)t->source->handed_over,
		"elsewhere", (json_int_t)elsewhere,
		"bindings", bindings);
	int r = add_tokens(&o, t->known, account, err);

	text = o ? json_dumps(o, JSON_INDENT(1) | JSON_SORT_KEYS) : NULL;
	json_decref(o);
	if (r < 0)
		return r;
	if (!text)
		return error_memory(err);
	buf_printf(b, "%s\n", text);
	return buf_check(b, "what the registry told", err);
}

/* ---- reading ---- */

/* A member that is a text or null; *ret is NULL for null. */
static bool get_text(const json_t *o, const char *name, const char **ret)
{
	const json_t *v = json_object_get(o, name);

	*ret = json_string_value(v);
	return json_is_null(v) || (*ret && utf8_is_clean(*ret,
		json_string_length(v)));
}

/* ... that has room in a field. */
static bool get_field(const json_t *o, const char *name, char *ret, size_t size)
{
	const char *s;

	if (!get_text(o, name, &s) || (s && strlen(s) >= size))
		return false;
	snprintf(ret, size, "%s", s ? s : "");
	return true;
}

/* A copy; NULL for null, or without memory, which is refused as well. */
static bool get_copy(const json_t *o, const char *name, char **ret)
{
	const char *s;

	if (!get_text(o, name, &s))
		return false;
	*ret = s ? strdup(s) : NULL;
	return *ret || !s;
}

static bool get_time(const json_t *o, const char *name, time_t *ret)
{
	const char *s;

	*ret = 0;
	return get_text(o, name, &s) &&
		(!s || text_parse_time(s, strlen(s), ret) >= 0);
}

static bool get_number(const json_t *o, const char *name, uint64_t *ret)
{
	const json_t *v = json_object_get(o, name);

	*ret = json_is_integer(v) && json_integer_value(v) > 0 ?
		(uint64_t)json_integer_value(v) : 0;
	return json_is_integer(v) && json_integer_value(v) >= 0;
}

static bool get_flag(const json_t *o, const char *name, bool *ret)
{
	const json_t *v = json_object_get(o, name);

	*ret = json_is_true(v);
	return json_is_boolean(v);
}

/* Which of a table's words a member is; its empty rows are null. */
static bool get_word(const json_t *o, const char *name,
	const char *const *words, size_t n, size_t *ret)
{
	const char *s;

	if (!get_text(o, name, &s))
		return false;
	for (*ret = 0; *ret < n; ++*ret)
		if (words[*ret] && s ? strcmp(words[*ret], s) == 0 :
			!words[*ret] && !s)
			return true;
	return false;
}

#define VERDICT_CODES 100

static bool get_verdict(const json_t *o, const char **ret)
{
	const char *s, *name;
	int v;

	*ret = NULL;
	if (!get_text(o, "verdict", &s))
		return false;
	for (v = 0; s && v < VERDICT_CODES; v++) {
		name = verdict_name((enum verdict)v);
		if (name && strcmp(name, s) == 0)
			*ret = name;
	}
	return *ret || !s;
}

static bool told_token(const json_t *o, struct known_token *t)
{
	size_t vulnerable, doubt, severity;

	if (!get_field(o, "name", t->name, sizeof(t->name)) ||
		!get_flag(o, "inUse", &t->in_use) ||
		!get_field(o, "firmware", t->firmware, sizeof(t->firmware)) ||
		!get_word(o, "vulnerable", answers, ARRAY_LEN(answers),
			&vulnerable) ||
		!get_word(o, "why", known_doubt_texts, KNOWN_DOUBTS, &doubt) ||
		!get_field(o, "advisories", t->advisories,
			sizeof(t->advisories)) ||
		!get_word(o, "severity", audit_severity_names,
			AUDIT_SEVERITIES, &severity) ||
		!get_flag(o, "accepted", &t->accepted) ||
		!get_verdict(o, &t->verdict) ||
		!get_time(o, "verdictTime", &t->verdict_time))
		return false;
	t->vulnerable = (enum audit_answer)vulnerable;
	t->doubt = (enum known_doubt)doubt;
	t->severity = (enum audit_severity)severity;
	return t->name[0] != '\0';
}

static bool read_tokens(const json_t *list, struct known *k)
{
	size_t i;

	if (!json_is_array(list))
		return false;
	k->tokens = calloc(json_array_size(list) + 1, sizeof(*k->tokens));
	for (i = 0; k->tokens && i < json_array_size(list); i++) {
		if (!told_token(json_array_get(list, i), &k->tokens[i]))
			return false;
		k->n++;
	}
	return k->tokens;
}

static bool read_devices(const json_t *list, const char *account,
	struct known *k)
{
	struct known_device *d;
	const json_t *o;
	uint64_t token;
	size_t i;

	if (!json_is_array(list))
		return false;
	k->devices = calloc(json_array_size(list) + 1, sizeof(*k->devices));
	for (i = 0; k->devices && i < json_array_size(list); i++) {
		o = json_array_get(list, i);
		d = &k->devices[i];
		if (!get_copy(o, "serial", &d->serial) || !d->serial)
			return false;
		k->devices_n++;
		if (!get_number(o, "token", &token) || token >= k->n ||
			!get_flag(o, "totp", &d->is_totp) ||
			(i > 0 && strcmp(d[-1].serial, d->serial) > 0))
			return false;
		d->token = (size_t)token;
		memcpy(d->account, account, sizeof(d->account));
	}
	return k->devices;
}

static bool read_binding(const json_t *o, const char *account,
	struct registry_binding *b)
{
	b->kind = REGISTRY_AWS;
	memcpy(b->account, account, sizeof(b->account));
	return get_copy(o, "user", &b->user) && b->user &&
		get_copy(o, "userName", &b->user_name) &&
		get_copy(o, "device", &b->device) &&
		get_time(o, "since", &b->since);
}

/* Those of others have nothing but that they are there. */
static bool read_bindings(const json_t *list, uint64_t elsewhere,
	const char *account, struct registry_bindings *ret)
{
	size_t i, n = json_array_size(list);

	if (elsewhere > BINDINGS_MAX)
		return false;
	ret->p = calloc(n + (size_t)elsewhere + 1, sizeof(*ret->p));
	if (!ret->p)
		return false;
	for (i = 0; i < n; i++) {
		ret->n++;
		if (!read_binding(json_array_get(list, i), account, &ret->p[i]))
			return false;
	}
	for (; ret->n < n + (size_t)elsewhere; ret->n++)
		ret->p[ret->n].kind = REGISTRY_AWS;
	return true;
}

static bool read_basis(const json_t *o, struct known_basis *b)
{
	bool none = json_is_null(json_object_get(o, "metadata"));

	return (none || get_number(o, "metadata", &b->metadata)) &&
		get_time(o, "metadataNext", &b->metadata_next) &&
		get_field(o, "advisories", b->advisories,
			sizeof(b->advisories)) &&
		get_field(o, "advisoriesAdded", b->advisories_added,
			sizeof(b->advisories_added));
}

static bool read_told(const json_t *o, struct known_told *t)
{
	const json_t *bindings = json_object_get(o, "bindings");
	uint64_t tokens, handed_over, elsewhere;
	char account[ACCOUNT_LEN] = "";

	if (json_integer_value(json_object_get(o, "v")) != 1 ||
		!get_field(o, "account", account, sizeof(account)) ||
		!read_basis(json_object_get(o, "judgedBy"), &t->known->basis) ||
		!get_field(o, "whyNot", t->source->why_not,
			sizeof(t->source->why_not)) ||
		!get_field(o, "tokensWhyNot", t->known->why_not,
			sizeof(t->known->why_not)) ||
		!get_flag(o, "anyToken", &t->source->has_tokens) ||
		!get_number(o, "inUse", &tokens) ||
		!get_number(o, "handedOver", &handed_over) ||
		!get_number(o, "elsewhere", &elsewhere) ||
		(!json_is_null(bindings) && !json_is_array(bindings)))
		return false;
	t->source->tokens = (size_t)tokens;
	t->source->handed_over = (size_t)handed_over;
	t->has_list = json_is_array(bindings);
	return read_tokens(json_object_get(o, "tokens"), t->known) &&
		read_devices(json_object_get(o, "devices"), account,
			t->known) &&
		(!t->has_list || read_bindings(bindings, elsewhere, account,
			t->list));
}

int known_told_parse(const char *p, size_t n, struct known_told *t,
	struct error *err)
{
	json_t *o = json_loadb(p, n, JSON_REJECT_DUPLICATES, NULL);
	bool good = json_is_object(o) && read_told(o, t);

	json_decref(o);
	if (good)
		return 0;
	registry_bindings_done(t->list);
	known_done(t->known);
	known_init(t->known);
	t->has_list = false;
	return error_set(err, ERROR_MALFORMED, "what the registry told is not "
		"in the form of version 1");
}
