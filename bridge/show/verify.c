/* SPDX-License-Identifier: Apache-2.0 */
/* What a verification found. */
#include "bridge/show/verify.h"

#include "bridge/run/json.h"
#include "bridge/show/rows.h"
#include "bridge/terminal/ui.h"

#include <stdio.h>

json_t *show_steps_json(const struct steps *s)
{
	json_t *list = json_array(), *o;
	size_t i;

	for (i = 0; i < s->n; i++) {
		o = json_pack("{s:s,s:s,s:s}", "step", s->rows[i].name,
			"status", step_status_name(s->rows[i].status), "text",
			s->rows[i].text);
		if (s->rows[i].verdict != VERDICT_GENUINE)
			json_object_set_new(o, "verdict",
				json_string(verdict_name(s->rows[i].verdict)));
		json_array_append_new(list, o);
	}
	return list;
}

json_t *show_advisories_json(const struct advisories *t)
{
	json_t *o = json_pack("{s:o}", "date", json_of_text(t->date));

	if (t->local[0])
		json_object_set_new(o, "local", json_pack("{s:s,s:o}",
			"path", t->local, "date",
			json_of_text(t->local_date)));
	return o;
}

static void firmware_json(json_t *o, const struct advisory_subject *s)
{
	char text[PRODUCT_FIRMWARE_LEN];

	json_object_set_new(o, "firmwareBasis",
		json_string(advisory_basis_name(s->basis)));
	if (!advisory_is_exact(s))
		return;
	product_firmware_format(s->low, text);
	json_object_set_new(o, "firmware", json_string(text));
	json_object_set_new(o, "firmwareSigned",
		json_boolean(s->basis == ADVISORY_SIGNED));
}

static json_t *bindings_json(const struct registry_bindings *bindings)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < bindings->n; i++)
		if (!bindings->p[i].removed)
			json_array_append_new(list,
				show_binding_json(&bindings->p[i]));
	return list;
}

json_t *show_verification_json(const struct verification *v)
{
	json_t *o;
	char text[AAGUID_TEXT_LEN];

	o = json_pack("{s:s,s:i,s:o,s:b,s:b}",
		"verdict", verdict_name(v->verdict),
		"code", (int)v->verdict,
		"steps", show_steps_json(&v->steps),
		"known", v->known,
		"proved", v->proved);
	if (v->token)
		json_object_set_new(o, "token", attached_json(v->token));
	if (v->known) {
		json_object_set_new(o, "id", json_string(v->row.id));
		json_object_set_new(o, "holder", v->row.holder_name ?
			json_string(v->row.holder_name) : json_null());
		json_object_set_new(o, "state",
			json_string(registry_state_names[v->row.state]));
		json_object_set_new(o, "bindings",
			bindings_json(&v->row.bindings));
		json_object_set_new(o, "seen", show_seen_json(&v->row));
	}
	if (v->facts.aaguid_proved) {
		aaguid_format(v->facts.aaguid, text);
		json_object_set_new(o, "provedAaguid", json_string(text));
	}
	firmware_json(o, &v->subject);
	json_object_set_new(o, "advisories",
		show_advisories_json(v->advisories));
	return o;
}

static enum ui_style style_of(enum step_status status)
{
	static const enum ui_style styles[] = {
		[STEP_PASS] = UI_GOOD,
		[STEP_WARN] = UI_WARN,
		[STEP_FAIL] = UI_BAD,
		[STEP_UNKNOWN] = UI_WARN,
		[STEP_SKIPPED] = UI_DIM,
	};

	return styles[status];
}

static void show_step(const struct step *step)
{
	ui_put(UI_PLAIN, "  ");
	ui_put(style_of(step->status), "%-9s", step_status_name(step->status));
	ui_line(" %-10s %s", step->name, step->text);
}

void show_verification(const struct verification *v)
{
	bool good = v->verdict == VERDICT_GENUINE;
	char who[200];
	size_t i;

	if (v->token) {
		attached_describe(v->token, who, sizeof(who));
		ui_line("%s", who);
	}
	for (i = 0; i < v->steps.n; i++)
		show_step(&v->steps.rows[i]);
	ui_put(good ? UI_GOOD : v->verdict == VERDICT_VULNERABLE ? UI_WARN :
		UI_BAD, "%s", verdict_name(v->verdict));
	ui_line(": %s", verdict_meaning(v->verdict));
}

json_t *show_policy_json(const struct policy *p,
	const struct policy_refusals *r)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < r->n; i++)
		json_array_append_new(list, json_pack("{s:s,s:o,s:s}",
			"key", policy_key_name(r->rows[i].key),
			"line", r->rows[i].line ?
			json_integer((json_int_t)r->rows[i].line) :
			json_null(), "text", r->rows[i].text));
	return json_pack("{s:o,s:b,s:o}", "file", json_of_text(p->file),
		"accepted", r->n == 0, "refusals", list);
}
