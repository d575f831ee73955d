/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fold: what is remembered of tokens and bindings so that an event can be
 * told whole. It follows what the projections do (registry/sqlite/project.c),
 * as far as people are told of it.
 */
#include "bridge/ledger/story.h"

#include "base/encode.h"
#include "base/person.h"
#include "base/text.h"
#include "bridge/event/words.h"
#include "bridge/ledger/sentence.h"
#include "bridge/run/json.h"
#include "token/attest/verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct story {
	const struct story_names *names;
	json_t *tokens;   /* id: {state, holder?, serial?} */
	json_t *bindings; /* id: the body that added it */
	uint32_t uid;     /* who was asked of last */
	bool has_uid;
	char user[PERSON_NAME_MAX]; /* his name; "" none */
};

int story_new(struct story **ret, const struct story_names *names,
	struct error *err)
{
	struct story *s = calloc(1, sizeof(*s));

	if (!s)
		return error_memory(err);
	s->names = names;
	s->tokens = json_object();
	s->bindings = json_object();
	if (!s->tokens || !s->bindings) {
		story_free(&s);
		return error_memory(err);
	}
	*ret = s;
	return 0;
}

void story_free(struct story **s)
{
	if (!s || !*s)
		return;
	json_decref((*s)->tokens);
	json_decref((*s)->bindings);
	free(*s);
	*s = NULL;
}

/* ---- what events change ---- */

static const char *serial_of(const json_t *body)
{
	const json_t *list = json_object_get(body, "identifiers"), *o;
	size_t i;

	for (i = 0; (o = json_array_get(list, i)); i++)
		if (strcmp(event_str(o, "kind"), REGISTRY_ID_SERIAL) == 0)
			return event_str(o, "value");
	return NULL;
}

static int keep(json_t *o, const char *name, const char *value)
{
	return value ? json_object_set_new(o, name, json_string(value)) : 0;
}

static int begin_token(struct story *s, const json_t *body)
{
	json_t *token = json_object();
	const char *id = event_str(body, "token");

	if (json_object_get(s->tokens, id)) { /* was added before */
		json_decref(token);
		return 0;
	}
	if (keep(token, "state", event_str(body, "state")) < 0 ||
		keep(token, "holder", event_str(body, "holder")) < 0) {
		json_decref(token);
		return -1;
	}
	return json_object_set_new(s->tokens, id, token);
}

static int change_state(json_t *token, const json_t *body)
{
	const char *to = event_str(body, "state");

	if (strcmp(to, registry_state_names[REGISTRY_STOCK]) == 0)
		json_object_del(token, "holder");
	return keep(token, "state", to);
}

static int change_holder(json_t *token, const json_t *body)
{
	return keep(token, "state", registry_state_names[REGISTRY_ASSIGNED]) <
			0 ? -1 : keep(token, "holder",
		event_str(body, "holder"));
}

/* Negative: no memory. */
static int story_apply(struct story *s, const struct event *e, json_t *token)
{
	const char *serial;
	int r = 0;

	if (e->type == EVENT_UNKNOWN) /* its body may be of any form */
		return 0;
	serial = serial_of(e->body);
	if (e->type == EVENT_BINDING_ADDED)
		return json_object_set(s->bindings,
			event_str(e->body, "binding"), e->body);
	if (!token)
		return 0;
	if (e->type == EVENT_TOKEN_STATE)
		r = change_state(token, e->body);
	else if (e->type == EVENT_TOKEN_ASSIGNED)
		r = change_holder(token, e->body);
	return r == 0 && serial ? keep(token, "serial", serial) : r;
}

/* ---- names ---- */

/* Adds `member`, the name of an id; id NULL or "": null. */
static int tell_name(struct story *s, json_t **entry, const char *member,
	const char *kind, const char *id, struct error *err)
{
	CLEANUP(free_p) char *name = NULL;
	int r = 0;

	if (id && id[0])
		r = s->names->get(s->names->arg, kind, id, &name, err);
	if (r == 0)
		json_member(entry, member, json_of_text(name));
	return r;
}

/* A number is somebody only on the host that wrote it. */
static const char *operator_of(struct story *s, const struct event *e,
	const char *host)
{
	struct person who;

	if (!host || !s->names->here || strcmp(host, s->names->here) != 0)
		return NULL;
	if (!s->has_uid || s->uid != e->actor.uid) {
		s->user[0] = '\0';
		if (person_by_uid(e->actor.uid, &who, NULL) == 0)
			snprintf(s->user, sizeof(s->user), "%s", who.name);
		s->has_uid = true;
		s->uid = e->actor.uid;
	}
	return s->user[0] ? s->user : NULL;
}

static int add_actor(struct story *s, json_t **entry, const struct event *e,
	struct error *err)
{
	const struct event_actor *a = &e->actor;
	int r;

	r = tell_name(s, entry, "reason", "reason", event_str(e->body, "reason"),
		err);
	if (r == 0)
		r = tell_name(s, entry, "ticket", "ticket", a->ticket, err);
	if (r == 0)
		r = tell_name(s, entry, "host", "host", a->host, err);
	if (r == 0)
		r = tell_name(s, entry, "caller", "caller", a->caller, err);
	if (r < 0)
		return r;
	json_member(entry, "uid", json_integer(a->uid));
	json_member(entry, "operator", json_of_text(operator_of(s, e,
		event_str(*entry, "host"))));
	json_member(entry, "requestId",
		json_of_text(event_str(e->body, "aws_request")));
	return 0;
}

/* ---- what it is of ---- */

/* The binding that an event adds, or the one that it takes away. */
static const json_t *binding_of(const struct story *s, const struct event *e)
{
	const char *id = event_str(e->body, "binding");

	return e->type == EVENT_BINDING_ADDED ? e->body :
		id ? json_object_get(s->bindings, id) : NULL;
}

static int tell_user(struct story *s, json_t **entry, const json_t *binding,
	struct error *err)
{
	const char *account = event_str(binding, "account");
	const char *user = event_str(binding, "user");
	char key[TEXT_MAX + 16] = "";
	int r;

	if (account && user)
		snprintf(key, sizeof(key), "%s/%s", account, user);
	r = tell_name(s, entry, "user", "aws-user", key, err);
	if (r == 0)
		r = tell_name(s, entry, "localUser", "local-user",
			event_str(binding, "local_user"), err);
	if (r == 0)
		r = tell_name(s, entry, "device", "aws-device",
			event_str(binding, "device"), err);
	return r;
}

static int add_binding(struct story *s, json_t **entry, const struct event *e,
	struct error *err)
{
	/* of root's it says itself what it is about */
	const json_t *b = e->type == EVENT_ROOT_REMOVED ? e->body :
		binding_of(s, e);

	json_member(entry, "binding",
		json_of_text(event_str(e->body, "binding")));
	json_member(entry, "bindingKind", json_of_text(event_str(b, "kind")));
	json_member(entry, "method", json_of_text(event_str(b, "method")));
	json_member(entry, "account", json_of_text(event_str(b, "account")));
	json_member(entry, "userId", json_of_text(event_str(b, "user")));
	return tell_user(s, entry, b, err);
}

static const char *token_id(const struct story *s, const struct event *e)
{
	const char *id = event_str(e->body, "token");

	return id || e->type == EVENT_UNKNOWN ? id :
		event_str(binding_of(s, e), "token");
}

static json_t *number_json(const char *digits)
{
	uint64_t n = 0;
	bool known = digits && text_parse_u64(digits, UINT32_MAX, &n) == 0;

	return json_of_number(known, n);
}

/* Behind the event: what the token is now. */
static int add_token(struct story *s, json_t **entry, const struct event *e,
	const char *id, const json_t *token, struct error *err)
{
	/* of a person or a place that is only written down, the event says it */
	const char *holder = e->type == EVENT_HOLDER_ADDED ||
		e->type == EVENT_HOLDER_RECIPIENTS ?
		event_str(e->body, "holder") : event_str(token, "holder");
	int r;

	json_member(entry, "token", json_of_text(id));
	json_member(entry, "serial", number_json(event_str(token, "serial")));
	json_member(entry, "to", json_of_text(event_str(token, "state")));
	r = tell_name(s, entry, "label", "label", id, err);
	return r < 0 ? r : tell_name(s, entry, "holder", "holder", holder, err);
}

/* ---- an entry ---- */

static void add_place(json_t **entry, const struct event *e,
	const struct registry_head *at, const unsigned char *bytes, size_t n)
{
	char hash[HEX_LEN(SHA256_LEN)], when[TEXT_TIME_LEN];
	json_int_t verdict = event_int(e->body, "verdict", -1);

	hex_encode(at->hash, SHA256_LEN, hash);
	text_format_time(e->time, when);
	json_member(entry, "seq", json_integer((json_int_t)e->seq));
	json_member(entry, "time", json_string(when));
	json_member(entry, "type", json_string(e->type_name));
	json_member(entry, "hash", json_string(hash));
	json_member(entry, "verdict", json_of_text(
		e->type == EVENT_TOKEN_VERIFIED && verdict >= 0 ?
		verdict_name((enum verdict)verdict) : NULL));
	json_member(entry, "evidence",
		json_of_text(event_str(e->body, "evidence")));
	json_member(entry, "stored", json_stringn((const char *)bytes, n));
}

/* Before the event: what the token was. */
static int add_before(struct story *s, json_t **entry, const json_t *token,
	struct error *err)
{
	json_member(entry, "from", json_of_text(event_str(token, "state")));
	return tell_name(s, entry, "holderBefore", "holder",
		event_str(token, "holder"), err);
}

static int fill_entry(struct story *s, const struct event *e, json_t **entry,
	struct error *err)
{
	const char *id = token_id(s, e);
	json_t *token = id ? json_object_get(s->tokens, id) : NULL;
	int r;

	r = add_before(s, entry, token, err);
	if (r == 0 && e->type == EVENT_TOKEN_ADDED &&
		begin_token(s, e->body) < 0)
		r = error_memory(err);
	if (!token && id)
		token = json_object_get(s->tokens, id);
	if (r == 0 && story_apply(s, e, token) < 0)
		r = error_memory(err);
	if (r == 0)
		r = add_token(s, entry, e, id, token, err);
	if (r == 0)
		r = add_binding(s, entry, e, err);
	return r < 0 ? r : add_actor(s, entry, e, err);
}

int story_tell(struct story *s, const struct event *e,
	const struct registry_head *at, const unsigned char *bytes, size_t n,
	json_t **ret, struct error *err)
{
	CLEANUP(json_decrefp) json_t *entry = json_object();
	int r;

	add_place(&entry, e, at, bytes, n);
	r = fill_entry(s, e, &entry, err);
	if (r == 0)
		json_member(&entry, "text", sentence_of(e, entry));
	if (r == 0 && !entry)
		r = error_memory(err);
	if (r == 0)
		*ret = steal(&entry);
	return r;
}

/* ---- which entries ---- */

static bool is_at_end(const char *arn, const char *name)
{
	const char *slash = strrchr(arn, '/');

	return strcmp(arn, name) == 0 || (slash && strcmp(slash + 1, name) == 0);
}

static bool concerns(const json_t *entry, const char *person)
{
	static const char *const members[] = { "holder", "holderBefore",
		"operator" };
	const char *caller = event_str(entry, "caller"), *name;
	size_t i;

	for (i = 0; i < ARRAY_LEN(members); i++) {
		name = event_str(entry, members[i]);
		if (name && strcmp(name, person) == 0)
			return true;
	}
	return caller && is_at_end(caller, person);
}

bool story_fits(const struct story_filter *f, const json_t *entry)
{
	const char *token = event_str(entry, "token");
	const char *when = event_str(entry, "time");
	time_t t = 0;

	if (when)
		text_parse_time(when, strlen(when), &t);
	if (f->token && (!token || strcmp(token, f->token) != 0))
		return false;
	if (f->person && !concerns(entry, f->person))
		return false;
	return (!f->since || t >= f->since) && (!f->until || t <= f->until);
}
