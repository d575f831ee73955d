/* SPDX-License-Identifier: Apache-2.0 */
/* Events: JSON both ways. */
#include "bridge/event/event.h"

#include "base/text.h"
#include "bridge/event/rule.h"

#include <string.h>

/* ---- building ---- */

static bool id_or_none(const char *s)
{
	return s[0] == '\0' || id_is_valid(s);
}

static int event_check_draft(const char *stream, uint64_t seq,
	const struct event_draft *d, struct error *err)
{
	const struct event_actor *a = &d->actor;

	if (!id_is_valid(stream) || !d->journal ||
		!id_is_valid(d->journal) || seq > EVENT_SEQ_MAX)
		return error_set(err, ERROR_MALFORMED,
			"event: stream, number or journal is not an id");
	if (!id_or_none(a->host) || !id_or_none(a->caller) ||
		!id_or_none(a->ticket))
		return error_set(err, ERROR_MALFORMED,
			"event: the actor's host, caller or ticket is not an "
			"id");
	if (d->time <= 0)
		return error_set(err, ERROR_MALFORMED,
			"event: the time is not after 1970");
	return event_check_body(d->type, d->body, err);
}

static json_t *event_actor_json(const struct event_actor *a)
{
	return json_pack("{s:I, s:s*, s:s*, s:s*}",
		"uid", (json_int_t)a->uid,
		"host", a->host[0] ? a->host : NULL,
		"caller", a->caller[0] ? a->caller : NULL,
		"ticket", a->ticket[0] ? a->ticket : NULL);
}

static void json_free_p(json_t **v)
{
	json_decref(*v);
}

static int dump_to_buf(const char *p, size_t n, void *arg)
{
	buf_put(arg, p, n);
	return 0;
}

int event_build(struct buf *b, const char *stream, uint64_t seq,
	const struct event_draft *d, struct error *err)
{
	CLEANUP(json_free_p) json_t *o = NULL;
	char when[TEXT_TIME_LEN];
	int r;

	r = event_check_draft(stream, seq, d, err);
	if (r < 0)
		return r;
	text_format_time(d->time, when);
	o = json_pack("{s:i, s:s, s:I, s:s, s:I, s:s, s:s, s:o, s:o}",
		"v", EVENT_VERSION, "stream", stream, "seq", (json_int_t)seq,
		"journal", d->journal, "step", (json_int_t)d->step,
		"time", when, "type", event_type_name(d->type),
		"actor", event_actor_json(&d->actor),
		"body", json_deep_copy(d->body));
	if (!o || json_dump_callback(o, dump_to_buf, b, JSON_COMPACT) < 0)
		return error_memory(err);
	return buf_check(b, "the event", err);
}

/* ---- reading ---- */

/* "token.added": words joined by points. */
static bool event_form_type(const json_t *v, const void *with)
{
	const char *s = json_string_value(v);
	size_t n = json_string_length(v);

	(void)with;
	return s && n > 0 && n <= RULE_WORD_MAX && s[0] != '.' &&
		s[n - 1] != '.' &&
		strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-.") == n;
}

static bool event_form_time(const json_t *v, const void *with)
{
	const char *s = json_string_value(v);
	char again[TEXT_TIME_LEN];
	time_t t;

	(void)with;
	if (!s || text_parse_time(s, strlen(s), &t) < 0)
		return false;
	text_format_time(t, again);
	return strcmp(s, again) == 0; /* the one form that we write */
}

static const struct rule actor_rules[] = {
	MUST("uid", u32), MAY("host", id), MAY("caller", id),
	MAY("ticket", id), END,
};

static const struct rule top_rules[] = {
	MUST("v", number), MUST("stream", id), MUST("seq", number),
	MUST("journal", id), MUST("step", u32),
	{ "time", event_form_time, NULL, false },
	{ "type", event_form_type, NULL, false },
	{ "actor", rule_form_object, actor_rules, false },
	MUST("body", any_object), END,
};

static int event_check_top(const json_t *o, struct error *err)
{
	const json_t *v = json_object_get(o, "v");
	int r;

	if (json_is_integer(v) && json_integer_value(v) > EVENT_VERSION)
		return error_set(err, ERROR_UNSUPPORTED,
			"event: version %" JSON_INTEGER_FORMAT " was written "
			"by a newer program", json_integer_value(v));
	r = rule_check(top_rules, o, "", err);
	if (r < 0)
		return r;
	if (json_integer_value(v) != EVENT_VERSION)
		return error_set(err, ERROR_MALFORMED,
			"event: version 0 does not exist");
	if (json_object_size(o) != ARRAY_LEN(top_rules) - 1)
		return error_set(err, ERROR_MALFORMED,
			"event: unknown member at the top");
	if (!rule_is_clean(o, 0))
		return error_set(err, ERROR_MALFORMED,
			"event: control characters, or nested too deeply");
	return 0;
}

static void event_copy_str(const json_t *o, const char *name, char *ret,
	size_t size)
{
	const char *s = event_str(o, name);

	/* lengths were checked by the rules */
	strncpy(ret, s ? s : "", size - 1);
	ret[size - 1] = '\0';
}

static void event_fill_actor(const json_t *o, struct event_actor *a)
{
	a->uid = (uint32_t)event_int(o, "uid", 0);
	event_copy_str(o, "host", a->host, sizeof(a->host));
	event_copy_str(o, "caller", a->caller, sizeof(a->caller));
	event_copy_str(o, "ticket", a->ticket, sizeof(a->ticket));
}

static void event_fill(const json_t *o, struct event *e)
{
	const char *when = event_str(o, "time");

	memset(e, 0, sizeof(*e));
	event_copy_str(o, "type", e->type_name, sizeof(e->type_name));
	e->type = event_type_of(e->type_name);
	event_copy_str(o, "stream", e->stream, sizeof(e->stream));
	e->seq = (uint64_t)event_int(o, "seq", 0);
	event_copy_str(o, "journal", e->journal, sizeof(e->journal));
	e->step = (uint32_t)event_int(o, "step", 0);
	text_parse_time(when, strlen(when), &e->time);
	event_fill_actor(json_object_get(o, "actor"), &e->actor);
	e->body = json_incref(json_object_get(o, "body"));
}

int event_parse(const unsigned char *p, size_t n, struct event *ret,
	struct error *err)
{
	CLEANUP(event_done) struct event e = EVENT_INIT;
	CLEANUP(json_free_p) json_t *o = NULL;
	json_error_t why;
	int r;

	if (n > EVENT_MAX)
		return error_set(err, ERROR_MALFORMED,
			"event: longer than %d bytes", EVENT_MAX);
	o = json_loadb((const char *)p, n, JSON_REJECT_DUPLICATES, &why);
	if (!json_is_object(o))
		return error_set(err, ERROR_MALFORMED,
			"event: not a JSON object: %s", o ? "another type" :
			why.text);
	r = event_check_top(o, err);
	if (r < 0)
		return r;
	event_fill(o, &e);
	r = e.type == EVENT_UNKNOWN ? 0 :
		event_check_body(e.type, e.body, err);
	if (r < 0)
		return r;
	*ret = e;
	e.body = NULL;
	return 0;
}

void event_done(struct event *e)
{
	json_decref(e->body);
	e->body = NULL;
}

bool event_says(const struct event *e, const struct event_draft *draft)
{
	return e->type == draft->type && json_equal(e->body, draft->body);
}
