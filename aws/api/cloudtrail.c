/* SPDX-License-Identifier: Apache-2.0 */
/* CloudTrail: looking up events. */
#include "aws/api/cloudtrail.h"

#include "aws/query/call.h"
#include "base/text.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define TARGET "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101."
#define PAGES_MAX 100 /* of 50 events: an hour of a busy account */

const char *const cloudtrail_sign_in_regions[CLOUDTRAIL_SIGN_IN_REGIONS] = {
	"us-east-1", "us-east-2", "us-west-2",
};

static const struct operation lookup_events = {
	.action = "LookupEvents",
	.service = AWS_CLOUDTRAIL,
	.effect = CALL_READS,
	.target = TARGET "LookupEvents",
};

#define PLACE(field)                                                           \
	offsetof(struct cloudtrail_event, field),                              \
		sizeof(((struct cloudtrail_event *)NULL)->field)

/* Where each member lies; the first one of a field that is there counts. */
static const struct {
	const char *outer; /* NULL: the event's own */
	const char *name;
	size_t offset, size;
} members[] = {
	{ NULL, "eventID", PLACE(id) },
	{ NULL, "eventName", PLACE(name) },
	{ "userIdentity", "type", PLACE(actor_type) },
	{ NULL, "recipientAccountId", PLACE(account) },
	{ "userIdentity", "accountId", PLACE(account) },
	{ "userIdentity", "accessKeyId", PLACE(key_id) },
	{ NULL, "errorCode", PLACE(error_code) },
	{ "requestParameters", "userName", PLACE(user_name) },
	{ "requestParameters", "serialNumber", PLACE(serial) },
	{ "responseElements", "ConsoleLogin", PLACE(login) },
	{ "additionalEventData", "MFAUsed", PLACE(mfa_used) },
	{ "additionalEventData", "MFAIdentifier", PLACE(mfa_identifier) },
};

/* False where what is there is no clean text that has room. */
static bool take_event_text(char *to, size_t size, const json_t *value)
{
	const char *s = json_string_value(value);
	size_t n = json_string_length(value);

	if (!value || json_is_null(value) || to[0])
		return true;
	if (!s || n >= size || !utf8_is_clean(s, n))
		return false;
	memcpy(to, s, n + 1);
	return true;
}

int cloudtrail_event_read(const char *p, size_t n,
	struct cloudtrail_event *ret)
{
	struct cloudtrail_event e;
	json_t *o = json_loadb(p, n, JSON_REJECT_DUPLICATES, NULL);
	const json_t *when = json_object_get(o, "eventTime");
	bool good = json_is_object(o) && json_is_string(when);
	size_t i;

	memset(&e, 0, sizeof(e));
	good = good && text_parse_time(json_string_value(when),
		json_string_length(when), &e.time) == 0;
	for (i = 0; good && i < ARRAY_LEN(members); i++) {
		const json_t *in = members[i].outer ?
			json_object_get(o, members[i].outer) : o;

		good = take_event_text((char *)&e + members[i].offset,
			members[i].size, json_object_get(in, members[i].name));
	}
	json_decref(o);
	if (!good || !e.id[0] || !e.name[0])
		return -1;
	*ret = e;
	return 0;
}

static int give_events(const json_t *page, cloudtrail_event_fn fn, void *data,
	struct error *err)
{
	const json_t *list = json_object_get(page, "Events"), *item;
	struct cloudtrail_event event;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && (item = json_array_get(list, i)) != NULL; i++) {
		const json_t *text = json_object_get(item, "CloudTrailEvent");

		if (!json_is_string(text) || cloudtrail_event_read(
				json_string_value(text),
				json_string_length(text), &event) < 0)
			continue;
		event.raw = json_string_value(text);
		event.raw_n = json_string_length(text);
		r = fn(data, &event, err);
	}
	return r;
}

/* The next page's mark goes into *body; false: there is none. */
static bool next_page(json_t *body, const json_t *page)
{
	json_t *next = json_object_get(page, "NextToken");

	return json_is_string(next) && json_string_length(next) > 0 &&
		json_object_set(body, "NextToken", next) == 0;
}

static int look_through(struct aws_session *s, json_t *body, cloudtrail_event_fn fn,
	void *data, struct error *err)
{
	unsigned page;
	bool more = true;
	int r = 0;

	for (page = 0; r == 0 && more && page < PAGES_MAX; page++) {
		CLEANUP(reply_done) struct reply reply = { .xml = NULL };

		r = call_json(s, &lookup_events, body, &reply, err);
		if (r < 0)
			return r;
		if (!json_is_array(json_object_get(reply.json, "Events")))
			return call_lacks(&lookup_events, "the events", err);
		r = give_events(reply.json, fn, data, err);
		more = next_page(body, reply.json);
	}
	return r;
}

int cloudtrail_lookup(struct aws_session *s, const char *event_name,
	time_t since, cloudtrail_event_fn fn, void *data, struct error *err)
{
	json_t *body = json_pack("{s:[{s:s,s:s}],s:I,s:i}",
		"LookupAttributes", "AttributeKey", "EventName",
		"AttributeValue", event_name, "StartTime", (json_int_t)since,
		"MaxResults", 50);
	int r = body ? look_through(s, body, fn, data, err) : error_memory(err);

	json_decref(body);
	return r;
}
