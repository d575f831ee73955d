/* SPDX-License-Identifier: Apache-2.0 */
/* Receipts of root's set-up. */
#include "bridge/show/root/root.h"

#include "base/text.h"
#include "bridge/run/json.h"
#include "bridge/terminal/ui.h"

#include <string.h>

static json_t *observation_json(const struct root_observation *o)
{
	return json_pack("{s:s,s:s,s:o,s:o,s:o,s:o}",
		"event", root_event_names[o->event],
		"how", root_how_names[o->how],
		"inferred", json_boolean(o->how == ROOT_BY_COUNTS),
		"when", json_of_time(o->when),
		"trailEvent", json_of_text(o->trail),
		"statedBy", json_of_text(o->by));
}

static json_t *receipt_seen_json(const struct root_progress *p)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < p->seen_n; i++)
		json_row(&list, observation_json(&p->seen[i]));
	return list;
}

static json_t *keys_json(const struct root_receipt *r)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < r->keys_n; i++) {
		const struct root_progress *p = &r->keys[i].progress;

		json_row(&list, json_pack("{s:o,s:o,s:s,s:s,s:o,s:o}",
			"token", json_of_text(p->token),
			"label", json_of_text(r->keys[i].row.label),
			"method", p->method,
			"deviceName", p->device_name,
			"device", json_of_text(p->serial),
			"observed", receipt_seen_json(p)));
	}
	return list;
}

static json_t *removed_json(const struct root_receipt *r)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < r->removed_n; i++)
		json_row(&list, json_pack("{s:s,s:o}", "device",
			r->removed[i].device, "observed",
			observation_json(&r->removed[i])));
	return list;
}

static json_t *open_json(const struct root_receipt *r)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < r->open_n; i++)
		json_row(&list, json_string(r->open[i]));
	return list;
}

static json_t *bag_json_of(const struct root_receipt *r)
{
	json_t *custodians = json_array();
	size_t i;

	for (i = 0; i < ARRAY_LEN(r->bag.custodians); i++)
		if (r->bag.custodians[i])
			json_row(&custodians,
				json_string(r->bag.custodians[i]));
	return json_pack("{s:o,s:o,s:o}", "place", json_of_text(r->place),
		"number", json_of_text(r->bag.bag), "custodians", custodians);
}

static int receipt_json(const struct root_receipt *r, const char *endpoint,
	struct error *err)
{
	char head[REGISTRY_HEAD_LEN] = "";

	if (r->head.stream[0])
		registry_head_format(&r->head, head);
	return ui_json(json_pack("{s:b,s:{s:s,s:o,s:o,s:o,s:o,s:I,s:o,s:o,s:o}"
		"}",
		"changed", r->changed, "receipt",
		"account", r->account,
		"keys", keys_json(r),
		"removed", removed_json(r),
		"safe", bag_json_of(r),
		"open", open_json(r),
		"keysOfRoot", (json_int_t)r->known,
		"madeAt", json_of_time(r->when),
		"head", json_of_text(head),
		"endpoint", json_of_text(endpoint)), err);
}

static void put_observation(const struct root_observation *o)
{
	static const char *const events[] = {
		[ROOT_WAS_ENABLED] = "registered",
		[ROOT_SIGNED_IN] = "signed in",
		[ROOT_WAS_REMOVED] = "removed",
	};
	static const char *const words[] = {
		[ROOT_BY_TRAIL] = "seen in CloudTrail, event",
		[ROOT_BY_LIST] = "seen in AWS's list",
		[ROOT_BY_COUNTS] = "inferred from AWS's numbers alone",
		[ROOT_BY_WORD] = "stated by",
	};
	const char *more = o->how == ROOT_BY_TRAIL ? o->trail :
		o->how == ROOT_BY_WORD ? o->by : "";
	char when[TEXT_TIME_LEN];

	text_format_time(o->when, when);
	ui_line("  %-11s %s, %s%s%s", events[o->event], when, words[o->how],
		more[0] ? " " : "", more);
}

static void put_receipt_key(const struct root_key *k)
{
	const struct root_progress *p = &k->progress;
	size_t i;

	ui_put(UI_GOOD, "Registered");
	ui_line(" %s", p->serial[0] ? p->serial : p->device_name);
	ui_line("  %-11s %s, registry id %.8s, method %s", "token",
		p->token_name, p->token[0] ? p->token : "-", p->method);
	for (i = 0; i < p->seen_n; i++)
		put_observation(&p->seen[i]);
}

int show_root_receipt(const struct root_receipt *r, const char *endpoint,
	bool json, struct error *err)
{
	size_t i;

	if (json)
		return receipt_json(r, endpoint, err);
	ui_line("Root of account %s%s%s", r->account, endpoint[0] ? " at " : "",
		endpoint);
	for (i = 0; i < r->keys_n; i++)
		put_receipt_key(&r->keys[i]);
	for (i = 0; i < r->removed_n; i++) {
		ui_line("No longer root's %s", r->removed[i].device);
		put_observation(&r->removed[i]);
	}
	if (r->place || r->bag.bag)
		ui_line("Safe %s, bag %s, %s%s%s", r->place ? r->place : "-",
			r->bag.bag ? r->bag.bag : "-", r->bag.custodians[0] ?
			r->bag.custodians[0] : "-", r->bag.custodians[1] ?
			" and " : "", r->bag.custodians[1] ?
			r->bag.custodians[1] : "");
	for (i = 0; i < r->open_n; i++) {
		ui_put(UI_WARN, "Still to do:");
		ui_line(" %s", r->open[i]);
	}
	return 0;
}
