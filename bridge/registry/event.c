/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events: the table of types, and JSON both ways.
 *
 * One table of rules says what a body may hold; building, reading and the
 * tests all go through it.
 */
#include "bridge/registry/event.h"

#include "base/encode.h"
#include "base/text.h"
#include "bridge/registry/registry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define DEPTH_MAX 16
#define LIST_MAX 256
#define WORD_MAX 32

const char *const registry_state_names[] = {
	"adopted", "stock", "assigned", "handed-over", "lost", "retired", NULL,
};
const char *const registry_basis_names[] = {
	"self-reported", "attested", "proved", NULL,
};
const char *const registry_holder_kind_names[] = { "person", "place", NULL };
const char *const registry_binding_kind_names[] = {
	"aws", "pam", "ssh", "oath", NULL,
};
const char *const registry_method_names[] = {
	"none", "fido", "totp", "hardware-totp", "virtual", NULL,
};
static const char *const interfaces[] = { "fido", "otp", "ccid", NULL };
static const char *const join_names[] = {
	"same-serial", "same-usb-parent", NULL,
};

struct rule;

/* Whether v is of the form; `with` is the rule's. */
typedef bool form_fn(const json_t *v, const void *with);

struct rule {
	const char *name;
	form_fn *form;
	const void *with;
	bool optional;
};

int registry_word(const char *const *names, const char *word)
{
	for (int i = 0; names[i]; i++)
		if (strcmp(names[i], word) == 0)
			return i;
	return -1;
}

/* ---- forms ---- */

static bool is_hex(const char *s, size_t digits)
{
	return strlen(s) == digits &&
		strspn(s, "0123456789abcdef") == digits;
}

bool event_id_is_valid(const char *s)
{
	return is_hex(s, EVENT_ID_LEN - 1);
}

static bool form_id(const json_t *v, const void *with)
{
	(void)with;
	return json_is_string(v) && event_id_is_valid(json_string_value(v));
}

static bool form_sha(const json_t *v, const void *with)
{
	(void)with;
	return json_is_string(v) &&
		is_hex(json_string_value(v), EVENT_SHA_LEN - 1);
}

static bool form_text(const json_t *v, const void *with)
{
	size_t n = json_string_length(v);

	(void)with;
	return json_is_string(v) && n > 0 && n <= TEXT_MAX &&
		utf8_is_clean(json_string_value(v), n);
}

static bool word_is_valid(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && n <= WORD_MAX &&
		strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

static bool form_word(const json_t *v, const void *with)
{
	(void)with;
	return json_is_string(v) && word_is_valid(json_string_value(v));
}

static bool form_one_of(const json_t *v, const void *with)
{
	return json_is_string(v) &&
		registry_word(with, json_string_value(v)) >= 0;
}

/* A method as written down: `none` stands for a missing member. */
static bool form_method(const json_t *v, const void *with)
{
	return form_one_of(v, with) &&
		registry_word(with, json_string_value(v)) > 0;
}

static bool form_bytes(const json_t *v, const void *with)
{
	unsigned char out[EVENT_BYTES_MAX];
	size_t n = json_string_length(v);

	(void)with;
	return json_is_string(v) && n > 0 && n <= EVENT_BYTES_MAX / 3 * 4 &&
		base64_decode(BASE64_URL, json_string_value(v), n, out,
			sizeof(out)) > 0;
}

static bool form_number(const json_t *v, const void *with)
{
	(void)with;
	return json_is_integer(v) && json_integer_value(v) >= 0 &&
		json_integer_value(v) <= EVENT_SEQ_MAX;
}

static bool form_u32(const json_t *v, const void *with)
{
	return form_number(v, with) && json_integer_value(v) <= UINT32_MAX;
}

static bool form_int(const json_t *v, const void *with)
{
	(void)with;
	return json_is_integer(v) && json_integer_value(v) >= INT32_MIN &&
		json_integer_value(v) <= INT32_MAX;
}

static bool form_verdict(const json_t *v, const void *with)
{
	json_int_t n = json_integer_value(v);

	(void)with;
	return json_is_integer(v) && (n == 0 || (n >= 20 && n <= 27));
}

static bool form_bool(const json_t *v, const void *with)
{
	(void)with;
	return json_is_boolean(v);
}

static bool form_account(const json_t *v, const void *with)
{
	const char *s = json_string_value(v);

	(void)with;
	return s && strlen(s) == 12 && strspn(s, "0123456789") == 12;
}

/* ---- rules ---- */

static int check_object(const struct rule *rules, const json_t *o,
	const char *what, struct error *err);

/* A list whose entries are all of one form: `with` is its form_fn. */
struct list_of {
	form_fn *form;
	const struct rule *rules; /* where the entries are objects */
};

static bool form_object(const json_t *v, const void *with)
{
	return json_is_object(v) && check_object(with, v, "", NULL) == 0;
}

static bool form_list(const json_t *v, const void *with)
{
	const struct list_of *of = with;
	size_t i, n = json_array_size(v);

	if (!json_is_array(v) || n > LIST_MAX)
		return false;
	for (i = 0; i < n; i++)
		if (!of->form(json_array_get(v, i), of->rules))
			return false;
	return true;
}

#define MUST(name, form) { name, form_##form, NULL, false }
#define MAY(name, form) { name, form_##form, NULL, true }
#define MUST_WORD(name, words) { name, form_one_of, words, false }
#define MAY_LIST(name, of) { name, form_list, &(of), true }
#define END { NULL, NULL, NULL, false }

static const struct rule identifier_rules[] = {
	MUST("kind", word), MUST("value", text),
	MUST_WORD("basis", registry_basis_names), END,
};
static const struct rule join_rules[] = {
	MUST_WORD("a", interfaces), MUST_WORD("b", interfaces),
	MUST_WORD("by", join_names), END,
};
static const struct rule name_rules[] = {
	MUST("kind", word), MUST("id", text), END,
};
static const struct list_of ids = { form_id, NULL };
static const struct list_of texts = { form_text, NULL };
static const struct list_of identifiers = { form_object, identifier_rules };
static const struct list_of joins = { form_object, join_rules };
static const struct list_of names = { form_object, name_rules };

#define FACTS                                                                  \
	MAY("model", text), MAY("aaguid", id), MAY("firmware", text),          \
	MAY("firmware_signed", bool), MAY_LIST("identifiers", identifiers),    \
	MAY_LIST("joins", joins)

static const struct rule init_rules[] = {
	MUST("rehearsal", bool), MAY("program", text), END,
};
static const struct rule restored_rules[] = {
	MUST("seq", number), MUST("hash", sha), MAY("lost_first", number),
	MAY("lost_last", number), MAY("reason", id), END,
};
static const struct rule holder_rules[] = {
	MUST("holder", id), MUST_WORD("kind", registry_holder_kind_names),
	MAY_LIST("custodians", ids), MAY("bag", text), END,
};
static const struct rule token_added_rules[] = {
	MUST("token", id), MUST_WORD("state", registry_state_names),
	MAY("holder", id), FACTS, END,
};
static const struct rule token_identified_rules[] = {
	MUST("token", id), FACTS, END,
};
static const struct rule token_assigned_rules[] = {
	MUST("token", id), MUST("holder", id), MAY("reason", id), END,
};
static const struct rule token_state_rules[] = {
	MUST("token", id), MUST_WORD("state", registry_state_names),
	MAY("evidence", sha), MAY("reason", id), END,
};
static const struct rule token_verified_rules[] = {
	MUST("token", id), MUST("verdict", verdict), MAY("evidence", sha),
	MAY_LIST("advisories", texts), FACTS, END,
};
static const struct rule credential_added_rules[] = {
	MUST("token", id), MUST("rp", text), MUST("credential", bytes),
	MUST("public_key", bytes), MUST("alg", int), MUST("counter", u32),
	MUST("resident", bool), MAY("uv", bool), MAY("aaguid", id),
	MAY("evidence", sha), MAY("reason", id), END,
};
static const struct rule credential_used_rules[] = {
	MUST("token", id), MUST("rp", text), MUST("credential", bytes),
	MUST("counter", u32), MAY("evidence", sha), END,
};
static const struct rule credential_removed_rules[] = {
	MUST("token", id), MUST("rp", text), MUST("credential", bytes),
	MAY("reason", id), END,
};
static const struct rule binding_added_rules[] = {
	MUST("binding", id), MUST_WORD("kind", registry_binding_kind_names),
	MUST("user", text), MAY("token", id), MAY("account", account),
	MAY("device", id),
	{ "method", form_method, registry_method_names, true },
	MAY("rp", text), MAY("credential", bytes), MAY("local_user", id),
	MAY("oath_account", id), MAY("ssh_key", bytes),
	MAY("verify_required", bool), MAY("basis", word),
	MAY("evidence", sha), MAY("reason", id), END,
};
static const struct rule binding_removed_rules[] = {
	MUST("binding", id), MAY("evidence", sha), MAY("reason", id), END,
};
static const struct rule name_erased_rules[] = {
	{ "names", form_list, &names, false }, MAY("reason", id), END,
};
static const struct rule checkpoint_rules[] = {
	MUST("seq", number), MUST("hash", sha), END,
};

static const struct {
	const char *name;
	const struct rule *rules;
} types[EVENT_TYPE_COUNT] = {
	[EVENT_REGISTRY_INIT] = { "registry.init", init_rules },
	[EVENT_REGISTRY_RESTORED] = { "registry.restored", restored_rules },
	[EVENT_HOLDER_ADDED] = { "holder.added", holder_rules },
	[EVENT_TOKEN_ADDED] = { "token.added", token_added_rules },
	[EVENT_TOKEN_IDENTIFIED] = {
		"token.identified", token_identified_rules },
	[EVENT_TOKEN_ASSIGNED] = { "token.assigned", token_assigned_rules },
	[EVENT_TOKEN_STATE] = { "token.state", token_state_rules },
	[EVENT_TOKEN_VERIFIED] = { "token.verified", token_verified_rules },
	[EVENT_CREDENTIAL_ADDED] = {
		"credential.added", credential_added_rules },
	[EVENT_CREDENTIAL_USED] = { "credential.used", credential_used_rules },
	[EVENT_CREDENTIAL_REMOVED] = {
		"credential.removed", credential_removed_rules },
	[EVENT_BINDING_ADDED] = { "binding.added", binding_added_rules },
	[EVENT_BINDING_REMOVED] = { "binding.removed", binding_removed_rules },
	[EVENT_NAME_ERASED] = { "name.erased", name_erased_rules },
	[EVENT_CHECKPOINT] = { "checkpoint", checkpoint_rules },
};

const char *event_type_name(enum event_type type)
{
	if (type < 0 || type >= EVENT_TYPE_COUNT)
		return NULL;
	return types[type].name;
}

enum event_type event_type_of(const char *name)
{
	for (int i = 0; i < EVENT_TYPE_COUNT; i++)
		if (strcmp(types[i].name, name) == 0)
			return (enum event_type)i;
	return EVENT_UNKNOWN;
}

static int check_object(const struct rule *rules, const json_t *o,
	const char *what, struct error *err)
{
	const struct rule *r;
	const json_t *v;

	for (r = rules; r->name; r++) {
		v = json_object_get(o, r->name);
		if (!v && r->optional)
			continue;
		if (!v || !r->form(v, r->with))
			return error_set(err, ERROR_MALFORMED,
				"event %s: member '%s' is %s", what, r->name,
				v ? "not of the right form" : "missing");
	}
	return 0;
}

/*
 * Every string and every member name, also of members that no rule knows: the
 * log is shown on terminals. Jansson bounds the depth only at thousands.
 */
static bool all_clean(const json_t *v, unsigned depth)
{
	const char *key;
	json_t *child;
	size_t i;

	if (depth > DEPTH_MAX)
		return false;
	if (json_is_string(v))
		return utf8_is_clean(json_string_value(v),
			json_string_length(v));
	json_array_foreach(v, i, child)
		if (!all_clean(child, depth + 1))
			return false;
	/* the macro wants a json_t that is not const, and leaves it alone */
	json_object_foreach((json_t *)(uintptr_t)v, key, child)
		if (!utf8_is_clean(key, strlen(key)) ||
			!all_clean(child, depth + 1))
			return false;
	return true;
}

int event_check_body(enum event_type type, const json_t *body,
	struct error *err)
{
	const char *name = event_type_name(type);

	if (!name)
		return error_set(err, ERROR_MALFORMED, "unknown event type");
	if (!json_is_object(body))
		return error_set(err, ERROR_MALFORMED,
			"event %s: the body is not an object", name);
	if (!all_clean(body, 1))
		return error_set(err, ERROR_MALFORMED,
			"event %s: the body holds control characters or is "
			"nested too deeply", name);
	return check_object(types[type].rules, body, name, err);
}

/* ---- ids ---- */

int event_id_new(char ret[EVENT_ID_LEN], struct error *err)
{
	unsigned char id[(EVENT_ID_LEN - 1) / 2];

	if (getrandom(id, sizeof(id), 0) != (ssize_t)sizeof(id))
		return error_errno(err, ERROR_FAILED, errno,
			"cannot get random bytes");
	hex_encode(id, sizeof(id), ret);
	return 0;
}

/* ---- building ---- */

static bool id_or_none(const char *s)
{
	return s[0] == '\0' || event_id_is_valid(s);
}

static int check_draft(const char *stream, uint64_t seq,
	const struct event_draft *d, struct error *err)
{
	const struct event_actor *a = &d->actor;

	if (!event_id_is_valid(stream) || !d->journal ||
		!event_id_is_valid(d->journal) || seq > EVENT_SEQ_MAX)
		return error_set(err, ERROR_MALFORMED,
			"event: stream, number or journal is no id");
	if (!id_or_none(a->host) || !id_or_none(a->caller) ||
		!id_or_none(a->ticket))
		return error_set(err, ERROR_MALFORMED,
			"event: the actor's host, caller or ticket is no id");
	if (d->time <= 0)
		return error_set(err, ERROR_MALFORMED,
			"event: the time is not after 1970");
	return event_check_body(d->type, d->body, err);
}

static json_t *actor_json(const struct event_actor *a)
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

	r = check_draft(stream, seq, d, err);
	if (r < 0)
		return r;
	text_format_time(d->time, when);
	o = json_pack("{s:i, s:s, s:I, s:s, s:I, s:s, s:s, s:o, s:o}",
		"v", EVENT_VERSION, "stream", stream, "seq", (json_int_t)seq,
		"journal", d->journal, "step", (json_int_t)d->step,
		"time", when, "type", types[d->type].name,
		"actor", actor_json(&d->actor),
		"body", json_deep_copy(d->body));
	if (!o || json_dump_callback(o, dump_to_buf, b, JSON_COMPACT) < 0)
		return error_memory(err);
	return buf_check(b, "the event", err);
}

/* ---- reading ---- */

/* "token.added": words joined by points. */
static bool form_type(const json_t *v, const void *with)
{
	const char *s = json_string_value(v);
	size_t n = json_string_length(v);

	(void)with;
	return s && n > 0 && n <= WORD_MAX && s[0] != '.' &&
		s[n - 1] != '.' &&
		strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-.") == n;
}

static bool form_time(const json_t *v, const void *with)
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

static bool form_any_object(const json_t *v, const void *with)
{
	(void)with;
	return json_is_object(v);
}

static const struct rule top_rules[] = {
	MUST("v", number), MUST("stream", id), MUST("seq", number),
	MUST("journal", id), MUST("step", u32), MUST("time", time),
	MUST("type", type), { "actor", form_object, actor_rules, false },
	MUST("body", any_object), END,
};

static int check_top(const json_t *o, struct error *err)
{
	const json_t *v = json_object_get(o, "v");
	int r;

	if (json_is_integer(v) && json_integer_value(v) > EVENT_VERSION)
		return error_set(err, ERROR_UNSUPPORTED,
			"event: version %" JSON_INTEGER_FORMAT " was written "
			"by a newer program", json_integer_value(v));
	r = check_object(top_rules, o, "", err);
	if (r < 0)
		return r;
	if (json_integer_value(v) != EVENT_VERSION)
		return error_set(err, ERROR_MALFORMED,
			"event: version 0 does not exist");
	if (json_object_size(o) != ARRAY_LEN(top_rules) - 1)
		return error_set(err, ERROR_MALFORMED,
			"event: unknown member at the top");
	if (!all_clean(o, 0))
		return error_set(err, ERROR_MALFORMED,
			"event: control characters, or nested too deeply");
	return 0;
}

static void copy_str(const json_t *o, const char *name, char *ret, size_t size)
{
	const char *s = event_str(o, name);

	/* lengths were checked by the rules */
	strncpy(ret, s ? s : "", size - 1);
	ret[size - 1] = '\0';
}

static void fill_actor(const json_t *o, struct event_actor *a)
{
	a->uid = (uint32_t)event_int(o, "uid", 0);
	copy_str(o, "host", a->host, sizeof(a->host));
	copy_str(o, "caller", a->caller, sizeof(a->caller));
	copy_str(o, "ticket", a->ticket, sizeof(a->ticket));
}

static void fill_event(const json_t *o, struct event *e)
{
	const char *when = event_str(o, "time");

	memset(e, 0, sizeof(*e));
	copy_str(o, "type", e->type_name, sizeof(e->type_name));
	e->type = event_type_of(e->type_name);
	copy_str(o, "stream", e->stream, sizeof(e->stream));
	e->seq = (uint64_t)event_int(o, "seq", 0);
	copy_str(o, "journal", e->journal, sizeof(e->journal));
	e->step = (uint32_t)event_int(o, "step", 0);
	text_parse_time(when, strlen(when), &e->time);
	fill_actor(json_object_get(o, "actor"), &e->actor);
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
	r = check_top(o, err);
	if (r < 0)
		return r;
	fill_event(o, &e);
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

/* ---- access ---- */

const char *event_str(const json_t *body, const char *name)
{
	return json_string_value(json_object_get(body, name));
}

int64_t event_int(const json_t *body, const char *name, int64_t otherwise)
{
	const json_t *v = json_object_get(body, name);

	return json_is_integer(v) ? json_integer_value(v) : otherwise;
}

bool event_bool(const json_t *body, const char *name)
{
	return json_is_true(json_object_get(body, name));
}

void event_bytes(const json_t *body, const char *name, struct buf *b)
{
	unsigned char out[EVENT_BYTES_MAX];
	const char *s = event_str(body, name);
	ssize_t n;

	buf_reset(b);
	if (!s)
		return;
	n = base64_decode(BASE64_URL, s, strlen(s), out, sizeof(out));
	if (n > 0)
		buf_put(b, out, (size_t)n);
}

json_t *event_bytes_new(const void *p, size_t n)
{
	CLEANUP(buf_done) struct buf b;

	buf_init(&b, EVENT_BYTES_MAX * 2);
	base64_encode(&b, BASE64_URL, p, n);
	return buf_failed(&b) ? NULL : json_string(buf_str(&b));
}
