/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit as one JSON object, {"version": 1, "findings": [...], "summary":
 * {...}, "changed": false}, one finding a line, printed as they come.
 */
#include "bridge/audit/output/accounts.h"
#include "bridge/audit/output/output.h"

#include "bridge/audit/output/beside.h"
#include "bridge/audit/output/json-line.h"
#include "bridge/audit/rules/references.h"
#include "bridge/run/json.h"
#include "bridge/terminal/ui.h"

#include <stdio.h>

static void json_begin(struct audit_printer *p, const struct audit *a)
{
	(void)a;
	p->state = json_line_new(p->to);
	fputs("{\"version\": 1, \"findings\": [", p->to);
}

static json_t *count_json(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static void json_print_row(struct audit_printer *p, const struct audit *a,
	const struct audit_finding *f)
{
	const struct audit_check_row *check = &audit_check_rows[f->check];
	struct json_line *l = p->state;

	if (!l) { /* no memory, by which the command fails at its end */
		ui_put_json_to(p->to, NULL, JSON_COMPACT);
		return;
	}
	json_line_begin(l, p->printed > 0 ? ",\n" : "\n");
	json_line_string(l, "check", check->name);
	json_line_string(l, "status", audit_status_names[f->status]);
	json_line_string(l, "severity", audit_severity_names[f->severity]);
	json_line_text(l, "account", f->account);
	json_line_string(l, "subject", f->subject);
	json_line_text(l, "device", f->device);
	json_line_string(l, "observed", f->seen);
	json_line_text(l, "source", f->source);
	json_line_time(l, "time", f->when);
	json_line_text(l, "remedy", f->remedy);
	json_line_text(l, "remedyKind", audit_remedy_names[f->remedy_kind]);
	json_line_strings(l, "alsoKnownAs", check->also_known_as,
		AUDIT_NAMES_MAX);
	json_line_text(l, "literal", f->literal);
	json_line_text(l, "missingPermission", f->missing);
	json_line_number(l, "line", f->line > 0, f->line);
	json_line_text(l, "endpoint", a->endpoint);
	json_line_text(l, "mutes", f->mute ? audit_status_names[f->mutes] :
		NULL);
	json_line_value(l, "mute", f->mute ? beside_mute_json(f) : NULL);
	json_line_text(l, "change", audit_change_names[f->change]);
	json_line_end(l);
}

static json_t *counts_json(const struct audit *a)
{
	json_t *checks = json_object(), *counts;
	size_t i, k;

	for (i = 0; i < AUDIT_CHECKS; i++) {
		if (!audit_asks(a, (enum audit_check)i))
			continue;
		counts = json_object();
		for (k = 0; k < AUDIT_STATUSES; k++)
			json_member(&counts, audit_status_names[k],
				count_json(a->counts[i][k]));
		json_member(&checks, audit_check_rows[i].name, counts);
	}
	return checks;
}

static json_t *skipped_json(const struct audit *a)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < AUDIT_CHECKS; i++)
		if ((a->checks & AUDIT_BIT(i)) && a->skipped[i])
			json_row(&list, json_pack("{s:s,s:s}",
				"check", audit_check_rows[i].name,
				"why", a->skipped[i]));
	return list;
}

static json_t *report_json(const struct audit *a)
{
	const struct audit_report_source *r = &a->report;

	return json_pack("{s:s,s:o,s:i,s:o,s:o,s:o,s:o,s:o}",
		"source", "credential report",
		"path", json_of_text(r->name),
		"reports", (int)r->reports,
		"rows", count_json(r->rows),
		"badRows", count_json(r->bad_rows),
		"generated", json_of_time(r->generated),
		"ageSeconds", r->generated &&
			!audit_is_to_come(a, r->generated) ?
			json_integer(a->now > r->generated ?
				a->now - r->generated : 0) : json_null(),
		"problem", json_of_text(r->why_not));
}

static json_t *aws_json(const struct audit *a)
{
	const struct audit_aws_source *s = &a->aws;

	return json_pack("{s:s,s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}",
		"source", "AWS",
		"account", s->account,
		"alias", json_of_text(s->alias),
		"caller", json_of_text(s->caller),
		"endpoint", json_of_text(s->endpoint),
		"caBundle", json_of_text(s->ca_bundle),
		"proxy", json_of_text(s->proxy),
		"time", json_of_time(s->when),
		"users", count_json(s->users),
		"requests", count_json(s->requests),
		"connections", count_json(s->connections));
}

static json_t *registry_json(const struct audit *a)
{
	const struct audit_registry_source *r = &a->registry;

	return json_pack("{s:s,s:o,s:o,s:o,s:o,s:o,s:o}",
		"source", "registry",
		"path", json_of_text(r->path),
		"bindingCount", count_json(r->bindings),
		"bindingsElsewhere", count_json(r->elsewhere),
		"tokens", json_of_number(r->has_tokens, r->tokens),
		"tokensHandedOver", json_of_number(r->has_tokens,
			r->handed_over),
		"problem", json_of_text(r->why_not));
}

static json_t *sources_json(const struct audit *a)
{
	json_t *list = json_array();

	if (a->aws.used)
		json_row(&list, aws_json(a));
	if (a->report.used)
		json_row(&list, report_json(a));
	if (a->registry.used)
		json_row(&list, registry_json(a));
	return list;
}

static json_t *notes_json(const struct audit *a)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < a->notes_n; i++)
		json_row(&list, json_string(a->notes[i]));
	return list;
}

static json_t *gaps_json(const struct audit *a)
{
	struct audit_gap gaps[AUDIT_GAPS_MAX];
	size_t i, n = audit_output_gaps(a, gaps);
	json_t *list = json_array();

	for (i = 0; i < n; i++)
		json_row(&list, json_pack("{s:s,s:o}", "what", gaps[i].what,
			"why", json_of_text(gaps[i].why)));
	return list;
}

static json_t *references_of(enum audit_check check)
{
	const struct audit_reference *r;
	json_t *list = json_array();
	size_t i, n;

	r = audit_references(check, &n);
	for (i = 0; i < n; i++)
		json_row(&list, json_pack("{s:s,s:o,s:s,s:s,s:o}",
			"framework", r[i].framework,
			"version", json_of_text(r[i].version),
			"id", r[i].id,
			"relation", audit_relation_names[r[i].relation],
			"severity", json_of_text(r[i].severity)));
	return list;
}

/* Once a check, not once a row. */
static json_t *references_json(const struct audit *a)
{
	json_t *checks = json_object();
	size_t i;

	for (i = 0; i < AUDIT_CHECKS; i++)
		if (audit_asks(a, (enum audit_check)i))
			json_member(&checks, audit_check_rows[i].name,
				references_of((enum audit_check)i));
	return checks;
}

static void json_end(struct audit_printer *p, const struct audit *a,
	int exit_status, const struct error *failure)
{
	struct json_line *l = p->state;
	json_t *o = json_pack("{s:b,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,"
		"s:o,s:o,s:[s]}",
		"complete", audit_output_is_complete(a, failure),
		"notRead", gaps_json(a),
		"error", failure ? json_string(failure->text) : json_null(),
		"exitStatus", failure ? json_null() :
			json_integer(exit_status),
		"counts", counts_json(a),
		"sources", sources_json(a),
		"accounts", audit_output_accounts_json(a),
		"notAsked", skipped_json(a),
		"notes", notes_json(a),
		"references", references_json(a),
		"made", json_of_time(a->now),
		"muteList", beside_mutes_json(a),
		"since", beside_earlier_json(a),
		"notCovered", AUDIT_NOT_COVERED);

	json_line_free(&l);
	p->state = NULL;
	fputs("\n], \"summary\": ", p->to);
	ui_put_json_to(p->to, o, JSON_INDENT(2));
	fprintf(p->to, ", \"changed\": %s}\n", a->changed ? "true" : "false");
}

const struct audit_output audit_json = {
	"json",
	json_begin,
	audit_output_wants_shown,
	json_print_row,
	json_end,
	audit_output_is_lost,
};
