/* SPDX-License-Identifier: Apache-2.0 */
/* Receipts of what happened to a token on its way. */
#include "bridge/show/lifecycle.h"

#include "bridge/run/json.h"
#include "bridge/show/rows.h"
#include "bridge/terminal/ui.h"

#include <stdio.h>

json_t *show_moved_json(const struct moved *m)
{
	char head[REGISTRY_HEAD_LEN] = "";

	if (m->changed)
		registry_head_format(&m->head, head);
	return json_pack("{s:s,s:s,s:s,s:o,s:o,s:o}",
		"token", m->row.id,
		"from", registry_state_names[m->row.state],
		"to", registry_state_names[m->to],
		"holder", json_of_text(m->holder),
		"bindings", show_bindings_json(&m->row.bindings),
		"head", json_of_text(head));
}

int show_moved(const struct moved *m, const char *what, bool json,
	struct error *err)
{
	char name[REGISTRY_TOKEN_NAME_LEN];
	const char *holder = m->holder;

	registry_token_name(&m->row, name);
	if (!m->changed)
		ui_say("Token %s is %s already%s%s: nothing was written.", name,
			registry_state_names[m->row.state],
			m->to == REGISTRY_ASSIGNED ? ", and its holder is " :
						     "",
			m->to == REGISTRY_ASSIGNED ? holder : "");
	if (json)
		return ui_json(json_pack("{s:b,s:o}", "changed", m->changed,
			what, show_moved_json(m)), err);
	if (m->changed)
		ui_line("%s  %s  %s -> %s%s%s", what, name,
			registry_state_names[m->row.state],
			registry_state_names[m->to], holder ? "  " : "",
			holder ? holder : "");
	return 0;
}

int show_bagged(const struct bagged *b, const struct record_bag *bag,
	bool json, struct error *err)
{
	const char *number = bag->state == REGISTRY_BAG_OUT ? b->row.bag :
		bag->bag;
	char name[REGISTRY_TOKEN_NAME_LEN], head[REGISTRY_HEAD_LEN];

	registry_head_format(&b->head, head);
	if (json)
		return ui_json(json_pack("{s:b,s:{s:s,s:s,s:o,s:[s,s],s:s}}",
			"changed", 1, "bagged",
			"token", b->row.id,
			"state", registry_bag_names[bag->state],
			"number", json_of_text(number),
			"custodians", bag->custodians[0], bag->custodians[1],
			"head", head), err);
	registry_token_name(&b->row, name);
	ui_line("%s  %s  %s bag %s, by %s and %s",
		registry_bag_names[bag->state], name,
		bag->state == REGISTRY_BAG_OUT ? "of" : "in",
		number ? number : "-", bag->custodians[0], bag->custodians[1]);
	return 0;
}

int show_handed_over(const struct handed_over *h, const char *holder,
	bool json, struct error *err)
{
	char head[REGISTRY_HEAD_LEN];

	registry_head_format(&h->head, head);
	if (json)
		return ui_json(json_pack(
			"{s:b,s:{s:s,s:s,s:s,s:s,s:b,s:I,s:o,s:s}}",
			"changed", h->changed, "handedOver",
			"token", h->token,
			"holder", holder,
			"state", registry_state_names[REGISTRY_HANDED_OVER],
			"verdict", verdict_name(h->verdict),
			"userVerified", h->user_verified,
			"counter", (json_int_t)h->counter,
			"evidence", json_of_text(h->evidence),
			"head", head), err);
	ui_line("handed over  %s  to %s, %s", h->name, holder,
		h->user_verified ? "who proved it by PIN and touch" :
				   "who proved it by a touch");
	if (h->evidence[0] && ui_is_verbose())
		ui_line("evidence     %s", h->evidence);
	return 0;
}
