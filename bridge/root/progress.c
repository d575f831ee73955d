/* SPDX-License-Identifier: Apache-2.0 */
/* Progress of root's set-up, as JSON. */
#include "bridge/root/progress.h"

#include "base/file.h"
#include "base/utf8.h"
#include "bridge/run/json.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define VERSION 1

const char *const root_event_names[] = {
	[ROOT_WAS_ENABLED] = "enabled",
	[ROOT_SIGNED_IN] = "signed-in",
	[ROOT_WAS_REMOVED] = "removed",
	NULL,
};
const char *const root_how_names[] = {
	[ROOT_BY_TRAIL] = "cloudtrail",
	[ROOT_BY_LIST] = "list",
	[ROOT_BY_COUNTS] = "counts",
	[ROOT_BY_WORD] = "stated",
	NULL,
};
static const char *const point_names[] = {
	[ROOT_LED] = "led",
	[ROOT_ENABLED] = "enabled",
	[ROOT_PROVED] = "proved",
	[ROOT_REMOVING] = "removing",
	NULL,
};

#define PLACE(type, field)                                                     \
	offsetof(struct type, field), sizeof(((struct type *)NULL)->field)

static const struct text_member {
	const char *name;
	size_t offset, size;
} texts[] = {
	{ "account", PLACE(root_progress, account) },
	{ "endpoint", PLACE(root_progress, endpoint) },
	{ "journal", PLACE(root_progress, journal) },
	{ "binding", PLACE(root_progress, binding) },
	{ "token", PLACE(root_progress, token) },
	{ "tokenName", PLACE(root_progress, token_name) },
	{ "method", PLACE(root_progress, method) },
	{ "deviceName", PLACE(root_progress, device_name) },
	{ "device", PLACE(root_progress, serial) },
}, seen_texts[] = {
	{ "trailEvent", PLACE(root_observation, trail) },
	{ "device", PLACE(root_observation, device) },
	{ "statedBy", PLACE(root_observation, by) },
	{ "evidence", PLACE(root_observation, evidence) },
};

static const struct {
	const char *name;
	size_t offset;
} numbers[] = {
	{ "inUseBefore", offsetof(struct root_progress, in_use) },
	{ "ownBefore", offsetof(struct root_progress, own) },
	{ "mfaBefore", offsetof(struct root_progress, had_mfa) },
};

void root_progress_see(struct root_progress *p,
	const struct root_observation *o)
{
	if (p->seen_n == ROOT_OBSERVATIONS_MAX) {
		memmove(&p->seen[0], &p->seen[1],
			sizeof(p->seen) - sizeof(p->seen[0]));
		p->seen_n--;
	}
	p->seen[p->seen_n++] = *o;
	if (o->device[0] && o->event != ROOT_WAS_REMOVED)
		memcpy(p->serial, o->device, sizeof(p->serial));
}

const struct root_observation *root_progress_seen(
	const struct root_progress *p, enum root_event event)
{
	const struct root_observation *best = NULL;
	size_t i;

	for (i = 0; i < p->seen_n; i++)
		if (p->seen[i].event == event &&
			(!best || p->seen[i].how < best->how))
			best = &p->seen[i];
	return best;
}

/* ---- writing ---- */

static json_t *observation_json(const struct root_observation *o, bool named)
{
	return json_pack("{s:s,s:s,s:o,s:o,s:o*,s:o*,s:o*}",
		"event", root_event_names[o->event],
		"how", root_how_names[o->how],
		"when", json_of_time(o->when),
		"trailEvent", json_of_text(o->trail),
		"device", named ? json_of_text(o->device) : NULL,
		"statedBy", named ? json_of_text(o->by) : NULL,
		"evidence", o->evidence[0] ? json_string(o->evidence) : NULL);
}

static json_t *seen_json(const struct root_progress *p, bool named)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < p->seen_n; i++)
		json_row(&list, observation_json(&p->seen[i], named));
	return list;
}

json_t *root_progress_record(const struct root_progress *p)
{
	return json_pack("{s:i,s:s,s:s,s:o,s:s,s:o,s:o}", "v", VERSION,
		"kind", "root-device",
		"account", p->account,
		"token", json_of_text(p->token),
		"method", p->method,
		"begunAt", json_of_time(p->begun),
		"observed", seen_json(p, false));
}

static json_t *progress_json(const struct root_progress *p)
{
	json_t *o = json_pack("{s:i,s:s,s:o,s:o}", "v", VERSION,
		"point", point_names[p->point], "begunAt",
		json_of_time(p->begun), "observed", seen_json(p, true));
	json_t *before = json_array();
	size_t i;

	for (i = 0; i < ARRAY_LEN(texts); i++)
		json_member(&o, texts[i].name, json_string((const char *)p +
			texts[i].offset));
	for (i = 0; i < ARRAY_LEN(numbers); i++) {
		int64_t n;

		memcpy(&n, (const char *)p + numbers[i].offset, sizeof(n));
		json_member(&o, numbers[i].name, json_integer(n));
	}
	for (i = 0; i < p->before_n; i++)
		json_row(&before, json_string(p->before[i]));
	json_member(&o, "devicesBefore", before);
	return o;
}

int root_place_write(const struct root_place *place,
	const struct root_progress *p, struct error *err)
{
	json_t *o = progress_json(p);
	CLEANUP(free_p) char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	CLEANUP(free_p) char *line = text ? text_format("%s\n", text) : NULL;

	json_decref(o);
	return line ? file_write_atomic(place->path, line, strlen(line), 0600,
		false, err) : error_memory(err);
}

/* ---- reading ---- */

/* False where it is there and no clean text that has room. */
static bool take_member(const json_t *o, const char *name, char *ret,
	size_t size)
{
	const json_t *v = json_object_get(o, name);
	const char *s = json_string_value(v);
	size_t n = json_string_length(v);

	ret[0] = '\0';
	if (!v || json_is_null(v))
		return true;
	if (!s || n >= size || !utf8_is_clean(s, n))
		return false;
	memcpy(ret, s, n + 1);
	return true;
}

static bool take_progress_time(const json_t *o, const char *name, time_t *ret)
{
	const json_t *v = json_object_get(o, name);

	*ret = 0;
	return json_is_null(v) || (json_is_string(v) &&
		text_parse_time(json_string_value(v), json_string_length(v),
			ret) == 0);
}

/* -1: no word of the list. */
static int take_word(const json_t *o, const char *name,
	const char *const *words)
{
	const char *s = json_string_value(json_object_get(o, name));
	int i;

	for (i = 0; s && words[i]; i++)
		if (strcmp(words[i], s) == 0)
			return i;
	return -1;
}

static bool take_texts(const json_t *o, const struct text_member *list,
	size_t n, void *ret)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!take_member(o, list[i].name, (char *)ret + list[i].offset,
			    list[i].size))
			return false;
	return true;
}

static bool take_numbers(const json_t *o, struct root_progress *ret)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(numbers); i++) {
		const json_t *v = json_object_get(o, numbers[i].name);
		int64_t n = json_integer_value(v);

		if (!json_is_integer(v) || n < IAM_UNKNOWN)
			return false;
		memcpy((char *)ret + numbers[i].offset, &n, sizeof(n));
	}
	return true;
}

static bool take_before(const json_t *o, struct root_progress *ret)
{
	const json_t *list = json_object_get(o, "devicesBefore");
	size_t i, n = json_array_size(list);

	if (!json_is_array(list) || n > ARRAY_LEN(ret->before))
		return false;
	for (i = 0; i < n; i++) {
		const json_t *v = json_array_get(list, i);

		if (!json_is_string(v) || json_string_length(v) >=
				sizeof(ret->before[i]) ||
			!utf8_is_clean(json_string_value(v),
				json_string_length(v)))
			return false;
		memcpy(ret->before[i], json_string_value(v),
			json_string_length(v) + 1);
	}
	ret->before_n = n;
	return true;
}

static bool take_seen(const json_t *o, struct root_progress *ret)
{
	const json_t *list = json_object_get(o, "observed");
	size_t i, n = json_array_size(list);

	if (!json_is_array(list) || n > ROOT_OBSERVATIONS_MAX)
		return false;
	for (i = 0; i < n; i++) {
		const json_t *v = json_array_get(list, i);
		struct root_observation *s = &ret->seen[i];
		int event = take_word(v, "event", root_event_names);
		int how = take_word(v, "how", root_how_names);

		if (event < 0 || how < 0 || !take_progress_time(v, "when", &s->when) ||
			!take_texts(v, seen_texts, ARRAY_LEN(seen_texts), s))
			return false;
		s->event = (enum root_event)event;
		s->how = (enum root_how)how;
	}
	ret->seen_n = n;
	return true;
}

static bool is_id(const char *s)
{
	return strlen(s) == ID_LEN - 1 &&
		strspn(s, "0123456789abcdef") == ID_LEN - 1;
}

static bool is_whole(const struct root_progress *p)
{
	return is_id(p->journal) && is_id(p->binding) &&
		(is_id(p->token) || !p->token[0]) &&
		strlen(p->account) == ARN_ACCOUNT_LEN && p->method[0] &&
		p->device_name[0];
}

int root_progress_parse(const char *p, size_t n, struct root_progress *ret,
	struct error *err)
{
	json_t *o = n <= ROOT_PROGRESS_MAX ? json_loadb(p, n,
		JSON_REJECT_DUPLICATES, NULL) : NULL;
	int point = take_word(o, "point", point_names);
	struct root_progress got;
	bool good;

	memset(&got, 0, sizeof(got));
	good = json_integer_value(json_object_get(o, "v")) == VERSION &&
		point >= 0 && take_progress_time(o, "begunAt", &got.begun) &&
		take_texts(o, texts, ARRAY_LEN(texts), &got) &&
		take_numbers(o, &got) && take_before(o, &got) &&
		take_seen(o, &got) && is_whole(&got);
	json_decref(o);
	if (!good)
		return error_set(err, ERROR_CORRUPT,
			"the progress of root's set-up cannot be read");
	got.point = (enum root_point)point;
	*ret = got;
	return 0;
}
