/* SPDX-License-Identifier: Apache-2.0 */
/* Replies as lines of JSON. */
#include "bridge/audit/keep/tape-file.h"

#include "base/encode.h"
#include "base/text.h"
#include "bridge/run/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPLIES_MAX 2000000

/* One that is played; strings are the object's. */
struct kept {
	const char *service, *action, *request;
	size_t number;
	struct tape_reply reply;
	struct error error;
	json_t *object;         /* owned */
	unsigned char *decoded; /* owned; a body that is no text */
	bool taken;
};

struct tape_file {
	struct aws_tape tape;
	struct buf lines;     /* kept */
	struct kept **by_key; /* owned: sorted by request, then number */
	struct kept *p;       /* owned: in the order in which they came */
	size_t n, size;
};

void tape_file_free(struct tape_file **t)
{
	size_t i;

	if (!t || !*t)
		return;
	for (i = 0; i < (*t)->n; i++) {
		json_decref((*t)->p[i].object);
		free((*t)->p[i].decoded);
	}
	free((*t)->p);
	free((*t)->by_key);
	buf_done(&(*t)->lines);
	free_p(t);
}

const struct aws_tape *tape_file_tape(const struct tape_file *t)
{
	return &t->tape;
}

/* ---- keeping ---- */

static json_t *error_json(const struct error *e)
{
	if (!e)
		return json_null();
	return json_pack("{s:i,s:i,s:s,s:s,s:s}",
		"code", e->code,
		"status", e->status,
		"text", e->text,
		"foreign", e->foreign,
		"requestId", e->request_id);
}

/* As text where it is one, so that a person reads it. */
static void put_body(json_t **o, const struct tape_reply *reply)
{
	struct buf b;
	json_t *text = json_stringn(reply->body ? reply->body : "",
		reply->body_n);

	if (text && !memchr(json_string_value(text), '\0', reply->body_n)) {
		json_member(o, "body", text);
		return;
	}
	json_decref(text);
	buf_init(&b, TAPE_FILE_MAX);
	base64_encode(&b, BASE64_STD, reply->body, reply->body_n);
	json_member(o, "body64", buf_failed(&b) ? NULL :
		json_string(buf_str(&b)));
	buf_done(&b);
}

static void tape_keep(void *self, const struct tape_reply *reply)
{
	struct tape_file *t = self;
	char *line = NULL;
	json_t *o;

	o = json_pack("{s:s,s:s,s:s,s:i,s:s,s:o,s:b,s:o}",
		"service", reply->service,
		"action", reply->action,
		"request", reply->request,
		"status", reply->status,
		"requestId", reply->request_id,
		"date", json_of_time(reply->date),
		"sent", reply->sent,
		"error", error_json(reply->error));
	put_body(&o, reply);
	if (o)
		line = json_dumps(o, JSON_COMPACT);
	if (line)
		buf_printf(&t->lines, "%s\n", line);
	else
		t->lines.failed = true;
	free(line);
	json_decref(o);
}

int tape_file_new(struct tape_file **ret, struct error *err)
{
	struct tape_file *t = calloc(1, sizeof(*t));

	if (!t)
		return error_memory(err);
	buf_init(&t->lines, TAPE_FILE_MAX);
	t->tape.keep = tape_keep;
	t->tape.self = t;
	*ret = t;
	return 0;
}

int tape_file_bytes(struct tape_file *t, const void **ret, size_t *ret_n,
	struct error *err)
{
	int r = buf_check(&t->lines, "all that AWS answered", err);

	if (r < 0)
		return r;
	*ret = buf_str(&t->lines);
	*ret_n = t->lines.n;
	return 0;
}

/* ---- playing ---- */

static int by_request(const struct kept *a, const char *service,
	const char *action, const char *request)
{
	int r = strcmp(a->request, request);

	if (r == 0)
		r = strcmp(a->action, action);
	return r ? r : strcmp(a->service, service);
}

static int by_key(const void *a, const void *b)
{
	const struct kept *x = *(struct kept *const *)a;
	const struct kept *y = *(struct kept *const *)b;
	int r = by_request(x, y->service, y->action, y->request);

	return r ? r : (x->number > y->number) - (x->number < y->number);
}

static uint64_t tape_find(void *self, const char *service, const char *action,
	const char *request)
{
	const struct tape_file *t = self;
	size_t low = 0, high = t->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (by_request(t->by_key[middle], service, action, request) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < t->n; low++) {
		if (by_request(t->by_key[low], service, action, request) != 0)
			break;
		if (!t->by_key[low]->taken)
			return t->by_key[low]->number;
	}
	return TAPE_NONE;
}

static void tape_take(void *self, uint64_t number, struct tape_reply *ret)
{
	struct tape_file *t = self;

	t->p[number].taken = true;
	*ret = t->p[number].reply;
	if (t->p[number].reply.error)
		ret->error = &t->p[number].error;
}

/* ---- reading ---- */

static bool error_of(const json_t *o, struct error *ret)
{
	const char *text, *foreign, *id;
	int code, status;

	memset(ret, 0, sizeof(*ret));
	if (json_unpack((json_t *)(uintptr_t)o, "{s:i,s:i,s:s,s:s,s:s}",
			"code", &code, "status", &status, "text", &text,
			"foreign", &foreign, "requestId", &id) < 0 ||
		code <= 0 || code > ERROR_VERDICT)
		return false;
	error_set(ret, code, "%s", text);
	ret->status = status;
	snprintf(ret->foreign, sizeof(ret->foreign), "%s", foreign);
	snprintf(ret->request_id, sizeof(ret->request_id), "%s", id);
	return true;
}

static bool date_of(const json_t *o, time_t *ret)
{
	const json_t *v = json_object_get(o, "date");

	*ret = 0;
	if (json_is_null(v))
		return true;
	return json_is_string(v) && text_parse_time(json_string_value(v),
		json_string_length(v), ret) >= 0;
}

static bool body_of(struct kept *k)
{
	const json_t *v = json_object_get(k->object, "body");
	ssize_t n;

	if (json_is_string(v)) {
		k->reply.body = json_string_value(v);
		k->reply.body_n = json_string_length(v);
		return true;
	}
	v = json_object_get(k->object, "body64");
	if (!json_is_string(v))
		return false;
	k->decoded = malloc(json_string_length(v) + 3);
	if (!k->decoded)
		return false;
	n = base64_decode(BASE64_STD, json_string_value(v),
		json_string_length(v), k->decoded, json_string_length(v) + 3);
	k->reply.body = k->decoded;
	k->reply.body_n = n > 0 ? (size_t)n : 0;
	return n >= 0;
}

static bool kept_read(struct kept *k)
{
	const json_t *e = json_object_get(k->object, "error");
	int sent;

	if (json_unpack(k->object, "{s:s,s:s,s:s,s:i,s:s,s:b}",
			"service", &k->service, "action", &k->action,
			"request", &k->request, "status", &k->reply.status,
			"requestId", &k->reply.request_id, "sent", &sent) < 0)
		return false;
	k->reply.service = k->service;
	k->reply.action = k->action;
	k->reply.request = k->request;
	k->reply.sent = sent;
	if (json_is_object(e)) {
		if (!error_of(e, &k->error))
			return false;
		k->reply.error = &k->error;
	}
	return (e && (json_is_null(e) || k->reply.error)) &&
		date_of(k->object, &k->reply.date) && body_of(k);
}

static int kept_add(struct tape_file *t, const char *p, size_t n,
	struct error *err)
{
	struct kept *grown, *k;
	size_t size;

	if (t->n == t->size) {
		size = t->size ? 2 * t->size : 256;
		grown = reallocarray(t->p, size, sizeof(*grown));
		if (!grown)
			return error_memory(err);
		t->p = grown;
		t->size = size;
	}
	k = &t->p[t->n];
	memset(k, 0, sizeof(*k));
	k->number = t->n;
	k->object = json_loadb(p, n, JSON_REJECT_DUPLICATES, NULL);
	t->n++;
	return k->object && kept_read(k) && t->n < REPLIES_MAX ? 0 :
		error_set(err, ERROR_MALFORMED, "line %zu is no reply", t->n);
}

static int tape_sort(struct tape_file *t, struct error *err)
{
	size_t i;

	t->by_key = calloc(t->n + 1, sizeof(struct kept *));
	if (!t->by_key)
		return error_memory(err);
	for (i = 0; i < t->n; i++)
		t->by_key[i] = &t->p[i];
	if (t->n)
		qsort(t->by_key, t->n, sizeof(struct kept *), by_key);
	return 0;
}

int tape_file_parse(struct tape_file **ret, const char *p, size_t n,
	struct error *err)
{
	CLEANUP(tape_file_free) struct tape_file *t = calloc(1, sizeof(*t));
	const char *end;
	int r = 0;

	if (!t)
		return error_memory(err);
	buf_init(&t->lines, 1);
	t->tape.find = tape_find;
	t->tape.take = tape_take;
	t->tape.self = t;
	for (; r >= 0 && n > 0; n -= (size_t)(end - p) + 1, p = end + 1) {
		end = memchr(p, '\n', n);
		if (!end)
			return error_set(err, ERROR_MALFORMED,
				"line %zu does not end", t->n + 1);
		r = kept_add(t, p, (size_t)(end - p), err);
	}
	if (r >= 0)
		r = tape_sort(t, err);
	if (r < 0)
		return r;
	*ret = steal(&t);
	return 0;
}
