/* SPDX-License-Identifier: Apache-2.0 */
/* Root: what is known of it. */
#include "bridge/show/root/root.h"

#include "base/text.h"
#include "bridge/run/json.h"
#include "bridge/terminal/ui.h"

#include <stdio.h>

static const char *const answers[] = {
	[AUDIT_NOT_KNOWN] = "not known",
	[AUDIT_NO] = "no",
	[AUDIT_YES] = "yes",
};

static const char *const partition_roots[] = {
	[ROOT_FULL] = "full",
	[ROOT_KEYS_ONLY] = "keys-only",
	[ROOT_NONE] = "none",
};

/* ---- JSON ---- */

static json_t *fact_json(const struct root_sight *s, enum root_fact id)
{
	const struct audit_fact *f = &s->fact[id];

	return json_pack("{s:s,s:o,s:o,s:o,s:o,s:o}",
		"name", root_fact_names[id],
		"answer", json_of_flag(f->answer != AUDIT_NOT_KNOWN,
			f->answer == AUDIT_YES),
		"source", json_of_text(f->source),
		"when", json_of_time(f->when),
		"why", json_of_text(f->why),
		"statedBy", json_of_text(s->stated ? s->stated_by : NULL));
}

static json_t *certifications_json(const struct root_device *d)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < d->certifications_n; i++)
		json_row(&list, json_pack("{s:s,s:s}", "name",
			d->certifications[i].name, "level",
			d->certifications[i].level));
	if (d->certified_known)
		return list;
	json_decref(list);
	return json_null();
}

static json_t *devices_json(const struct root_sight *s)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < s->devices_n; i++) {
		const struct root_device *d = &s->devices[i];

		json_row(&list, json_pack("{s:s,s:s,s:s,s:o,s:s,s:o}",
			"device", d->serial,
			"deviceKind", device_kind_name(d->kind),
			"words", root_device_words(d->kind),
			"enabledAt", json_of_time(d->enabled),
			"source", d->source,
			"certifications", certifications_json(d)));
	}
	return list;
}

static json_t *findings_json(const struct root_judgement *j)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < j->n; i++) {
		const struct root_finding *f = &j->p[i];

		json_row(&list, json_pack("{s:s,s:s,s:s,s:s,s:o,s:o,s:o}",
			"check", f->check,
			"severity", f->severity,
			"status", audit_status_names[f->status],
			"seen", f->seen,
			"source", json_of_text(f->source),
			"when", json_of_time(f->when),
			"remedy", json_of_text(f->remedy)));
	}
	return list;
}

static json_t *report_json(const struct audit_reported *r)
{
	if (!r->has)
		return json_null();
	return json_pack("{s:o,s:o,s:o}",
		"mfaActive", json_of_flag(r->mfa != AUDIT_NOT_KNOWN,
			r->mfa == AUDIT_YES),
		"passwordEnabled", json_of_flag(r->password !=
			AUDIT_NOT_KNOWN, r->password == AUDIT_YES),
		"generated", json_of_time(r->generated));
}

json_t *show_root_json(const struct show_root *x)
{
	const struct root_sight *s = x->sight;
	json_t *facts = json_array();
	size_t i;

	for (i = 0; i < ROOT_FACTS; i++)
		json_row(&facts, fact_json(s, (enum root_fact)i));
	return json_pack("{s:s,s:o,s:s,s:s,s:s,s:o,s:o,s:b,s:o,s:o,s:o}",
		"account", s->account,
		"alias", json_of_text(x->alias),
		"partition", s->partition->name,
		"partitionRoot", partition_roots[s->partition->root],
		"outcome", root_outcome_names[x->judgement->outcome],
		"facts", facts,
		"devices", devices_json(s),
		"devicesComplete", s->all_devices,
		"report", report_json(&s->reported),
		"findings", findings_json(x->judgement),
		"endpoint", json_of_text(x->endpoint));
}

/* ---- text ---- */

static void put_fact(const struct root_sight *s, enum root_fact id,
	const char *name)
{
	const struct audit_fact *f = &s->fact[id];

	ui_line("  %-13s %-10s %s%s%s%s%s", name, answers[f->answer],
		f->source ? f->source : "", f->why ? ": " : "",
		f->why ? f->why : "", s->stated ? ", stated by " : "",
		s->stated ? s->stated_by : "");
}

static void put_certifications(const struct root_device *d)
{
	size_t i;

	if (d->certified_known && d->certifications_n == 0)
		ui_put(UI_PLAIN, ", AWS holds no certification (nothing "
			"follows from it)");
	for (i = 0; i < d->certifications_n; i++)
		ui_put(UI_PLAIN, ", certified %s %s", d->certifications[i].name,
			d->certifications[i].level);
}

static void put_devices(const struct root_sight *s)
{
	char when[TEXT_TIME_LEN];
	size_t i;

	for (i = 0; i < s->devices_n; i++) {
		const struct root_device *d = &s->devices[i];

		text_format_time(d->enabled, when);
		ui_put(UI_PLAIN, "  %-13s %s: %s", "device", d->serial,
			root_device_words(d->kind));
		if (d->enabled)
			ui_put(UI_PLAIN, ", enabled %s", when);
		put_certifications(d);
		ui_end();
	}
	if (s->fact[ROOT_MFA].answer == AUDIT_YES && !s->all_devices)
		ui_line("  %-13s only root's own list (aws login as root, or "
			"--assume-root) shows all", "more devices");
}

static void put_report(const struct audit_reported *r)
{
	char age[32] = "";

	if (!r->has)
		return;
	if (r->generated && r->now >= r->generated)
		text_format_age(r->now - r->generated, age, sizeof(age));
	ui_line("  %-13s MFA %s, password %s%s%s%s", "report",
		answers[r->mfa], answers[r->password], age[0] ? " (" : "", age,
		age[0] ? " old)" : "");
}

static const enum ui_style styles[] = {
	[AUDIT_PASS] = UI_GOOD,
	[AUDIT_FAIL] = UI_BAD,
	[AUDIT_UNKNOWN] = UI_WARN,
	[AUDIT_NOT_APPLICABLE] = UI_DIM,
};

static void put_findings(const struct root_judgement *j)
{
	size_t i;

	for (i = 0; i < j->n; i++) {
		const struct root_finding *f = &j->p[i];

		ui_put(styles[f->status], "%-14s",
			audit_status_names[f->status]);
		ui_line(" %s (%s): %s", f->check, f->severity, f->seen);
		if (f->remedy[0])
			ui_line("               do: %s", f->remedy);
	}
	if (!j->one_device_asked)
		ui_line("not asked      root-one-device (low): who is not root "
			"sees no list of root's devices");
}

static void put_outcome(const struct show_root *x)
{
	static const char *const texts[] = {
		[ROOT_IN_ORDER] = "In order, as far as this was asked.",
		[ROOT_NOTHING] = "Nothing to do: root has no credentials.",
		[ROOT_FAILS] = NULL,
		[ROOT_OPEN] = "Not decided: see what is not known.",
	};
	const struct partition *p = x->sight->partition;

	if (p->root == ROOT_NONE)
		ui_line("Nothing to do: partition %s has no root user.",
			p->name);
	else if (p->root == ROOT_KEYS_ONLY)
		ui_line("Root of partition %s has no sign-in and no MFA: only "
			"access keys.", p->name);
	else if (texts[x->judgement->outcome])
		ui_line("%s", texts[x->judgement->outcome]);
}

int show_root_check(const struct show_root *x, bool json, struct error *err)
{
	static const char *const names[ROOT_FACTS] = {
		"password", "access keys", "certificates", "MFA",
		"virtual MFA",
	};
	const struct root_sight *s = x->sight;
	size_t i;

	if (json)
		return ui_json(json_pack("{s:b,s:o}", "changed", false, "root",
			show_root_json(x)), err);
	ui_line("Root of account %s%s%s%s, partition %s%s%s", s->account,
		x->alias ? " (" : "", x->alias ? x->alias : "",
		x->alias ? ")" : "", s->partition->name,
		x->endpoint[0] ? ", at " : "", x->endpoint);
	for (i = 0; s->partition->root != ROOT_NONE && i < ROOT_FACTS; i++)
		put_fact(s, (enum root_fact)i, names[i]);
	put_devices(s);
	put_report(&s->reported);
	put_findings(x->judgement);
	put_outcome(x);
	return 0;
}
