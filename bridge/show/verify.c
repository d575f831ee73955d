/* SPDX-License-Identifier: Apache-2.0 */
/* What a verification found. */
#include "bridge/show/verify.h"

#include "bridge/run/json.h"
#include "bridge/show/rows.h"
#include "bridge/terminal/ui.h"

#include <stdio.h>

json_t *show_steps_json(const struct steps *s)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < s->n; i++) {
		const struct step *row = &s->rows[i];

		json_row(&list, json_pack("{s:s,s:s,s:o,s:o}", "step",
			row->name, "status", step_status_name(row->status),
			"text", json_of_text(row->text), "verdict",
			json_of_text(row->verdict == VERDICT_GENUINE ? NULL :
				verdict_name(row->verdict))));
	}
	return list;
}

json_t *show_advisories_json(const struct advisories *t)
{
	return json_pack("{s:o,s:o}", "date", json_of_text(t->date), "local",
		!t->local[0] ? json_null() : json_pack("{s:s,s:o}", "path",
			t->local, "date", json_of_text(t->local_date)));
}

static void firmware_json(json_t **o, const struct advisory_subject *s)
{
	char text[PRODUCT_FIRMWARE_LEN] = "";
	bool exact = advisory_is_exact(s);

	if (exact)
		product_firmware_format(s->low, text);
	json_member(o, "firmware", json_of_text(text));
	json_member(o, "firmwareBasis",
		json_string(advisory_basis_name(s->basis)));
	json_member(o, "firmwareSigned", json_of_flag(exact,
		s->basis == ADVISORY_SIGNED));
}

/* What the registry says; null where it knows no such token. */
static void whose_json(json_t **o, const struct registry_token *row)
{
	json_member(o, "token", json_of_text(row ? row->id : NULL));
	json_member(o, "holder", json_of_text(row ? row->holder_name : NULL));
	json_member(o, "state", json_of_text(row ?
		registry_state_names[row->state] : NULL));
	json_member(o, "bindings", row ? show_bindings_json(&row->bindings) :
		json_null());
	json_member(o, "seen", row ? show_seen_json(row) : json_null());
}

json_t *show_verification_json(const struct verification *v)
{
	char text[AAGUID_TEXT_LEN] = "";
	json_t *o;

	if (v->facts.aaguid_proved)
		aaguid_format(v->facts.aaguid, text);
	o = json_pack("{s:s,s:i,s:o,s:b,s:b,s:o,s:o,s:o}",
		"verdict", verdict_name(v->verdict),
		"verdictCode", (int)v->verdict,
		"steps", show_steps_json(&v->steps),
		"known", v->known,
		"proved", v->proved,
		"attached", v->token ? attached_json(v->token) : json_null(),
		"provedAaguid", json_of_text(text),
		"advisories", show_advisories_json(v->advisories));
	whose_json(&o, v->known ? &v->row : NULL);
	firmware_json(&o, &v->subject);
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
	if (v->registry_closed[0])
		ui_line("Whose it is was not looked up: %s",
			v->registry_closed);
}

json_t *show_policy_json(const struct policy *p,
	const struct policy_refusals *r)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < r->n; i++)
		json_row(&list, json_pack("{s:s,s:o,s:s}",
			"key", policy_key_name(r->rows[i].key),
			"line", json_of_number(r->rows[i].line > 0,
				r->rows[i].line),
			"text", r->rows[i].text));
	return json_pack("{s:o,s:b,s:o}", "path", json_of_text(p->file),
		"accepted", r->n == 0, "refusals", list);
}
