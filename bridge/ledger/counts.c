/* SPDX-License-Identifier: Apache-2.0 */
/* The newest count of each user, out of the events that hold them. */
#include "bridge/ledger/counts.h"

#include "base/text.h"
#include "bridge/event/member.h"
#include "bridge/run/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_LEN 160 /* "ACCOUNT/USERID" */

struct counts {
	const struct counts_wanted *w;
	json_t *newest; /* owned: KEY: {devices, kinds, seen, recorded, caller,
	                   event} */
};

static void counts_done(struct counts *c)
{
	json_decref(c->newest);
}

static bool key_of(const char *account, const char *user, char ret[KEY_LEN])
{
	int n = snprintf(ret, KEY_LEN, "%s/%s", account, user);

	return n > 0 && n < KEY_LEN;
}

/* ---- reading ---- */

static json_t *count_of(const struct event *e, const json_t *user)
{
	return json_pack("{s:O,s:O,s:O,s:o,s:o,s:I}",
		"devices", json_object_get(user, "devices"),
		"kinds", json_object_get(user, "kinds"),
		"seen", json_object_get(user, "seen"),
		"recorded", json_of_time(e->time),
		"by", json_of_text(e->actor.caller),
		"event", (json_int_t)e->seq);
}

/* Later ones take the place of earlier ones. */
static int take_event(const struct event *e, const struct registry_head *head,
	const unsigned char *bytes, size_t n, void *arg, struct error *err)
{
	struct counts *c = arg;
	const json_t *users = json_object_get(e->body, "users"), *user;
	char key[KEY_LEN];
	size_t i;

	(void)head;
	(void)bytes;
	(void)n;
	if (e->type != EVENT_MFA_COUNTED || (c->w->at && e->time > c->w->at))
		return 0;
	json_array_foreach(users, i, user)
		if (key_of(event_str(e->body, "account"),
				event_str(user, "user"), key) &&
			json_object_set_new(c->newest, key,
				count_of(e, user)) < 0)
			return error_memory(err);
	return 0;
}

/* ---- picking ---- */

static bool has_key(const struct registry_bindings *list, const char *key)
{
	char own[KEY_LEN];
	size_t i;

	for (i = 0; i < list->n; i++)
		if (list->p[i].account[0] && list->p[i].user &&
			key_of(list->p[i].account, list->p[i].user, own) &&
			strcmp(own, key) == 0)
			return true;
	return false;
}

static bool is_of_binding(const struct counts_wanted *w, const char *key)
{
	size_t i;

	for (i = 0; i < w->tokens->n; i++)
		if (has_key(&w->tokens->p[i].bindings, key))
			return true;
	return has_key(w->bindings, key);
}

static bool count_is_wanted(const struct counts_wanted *w, const char *key,
	const char *name)
{
	if (w->user && (strcmp(w->user, strchr(key, '/') + 1) == 0 ||
			(name && strcmp(w->user, name) == 0)))
		return true;
	return is_of_binding(w, key);
}

/* Its names, and itself into the list. */
static int tell_count(struct counts *c, struct registry *reg, const char *key,
	const json_t *count, json_t **list, struct error *err)
{
	CLEANUP(free_p) char *name = NULL;
	CLEANUP(free_p) char *by = NULL;
	const char *caller = event_str(count, "by");
	int r = registry_name_get(reg, "aws-user", key, &name, err);

	if (r < 0 || !count_is_wanted(c->w, key, name))
		return r;
	if (caller)
		r = registry_name_get(reg, "caller", caller, &by, err);
	if (r < 0)
		return r;
	json_row(list, json_pack("{s:o,s:s,s:o,s:O,s:O,s:O,s:O,s:o,s:O}",
		"account", json_stringn(key, strcspn(key, "/")),
		"userId", strchr(key, '/') + 1,
		"user", json_of_text(name),
		"devices", json_object_get(count, "devices"),
		"kinds", json_object_get(count, "kinds"),
		"seen", json_object_get(count, "seen"),
		"recorded", json_object_get(count, "recorded"),
		"by", json_of_text(by),
		"event", json_object_get(count, "event")));
	return *list ? 0 : error_memory(err);
}

static int by_key(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int tell_all(struct counts *c, struct registry *reg, json_t **list,
	struct error *err)
{
	size_t i = 0, n = json_object_size(c->newest);
	CLEANUP(free_p) const char **keys = calloc(n + 1, sizeof(*keys));
	void *at = json_object_iter(c->newest);
	int r = 0;

	if (!keys)
		return error_memory(err);
	for (; at; at = json_object_iter_next(c->newest, at))
		keys[i++] = json_object_iter_key(at);
	qsort(keys, n, sizeof(*keys), by_key);
	for (i = 0; r >= 0 && i < n; i++)
		r = tell_count(c, reg, keys[i],
			json_object_get(c->newest, keys[i]), list, err);
	return r;
}

int counts_find(struct registry *reg, const struct counts_wanted *w,
	json_t **ret, struct error *err)
{
	CLEANUP(counts_done) struct counts c = { w, json_object() };
	json_t *list = json_array();
	int r;

	if (!c.newest || !list)
		return error_memory(err);
	r = registry_events(reg, 0, take_event, &c, err);
	if (r >= 0)
		r = tell_all(&c, reg, &list, err);
	if (r < 0) {
		json_decref(list);
		return r;
	}
	*ret = list;
	return 0;
}
