/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit as OCSF 1.6.0, an event a line: Compliance Finding (class 2003) with
 * the profile `cloud`. Times are milliseconds; finding_info.uid is the same in
 * every run, metadata.uid is the event's own.
 */
#include "bridge/audit/output/output.h"

#include "bridge/audit/rules/references.h"
#include "bridge/run/json.h"
#include "bridge/terminal/ui.h"

#include <stdio.h>
#include <stdlib.h>

/* Ids of the schema. */
#define CATEGORY 2
#define CLASS 2003
#define ACTIVITY_CREATE 1
#define ACTIVITY_UPDATE 2
#define STATUS_NEW 1
#define STATUS_IN_PROGRESS 2
#define STATUS_SUPPRESSED 3
#define ACCOUNT_OF_AWS 10
#define ANALYTIC_RULE 1

/* What a check is called elsewhere, made once. */
struct ocsf {
	json_t *standards[AUDIT_CHECKS], *requirements[AUDIT_CHECKS];
};

static const struct {
	int id;
	const char *name;
} severities[AUDIT_SEVERITIES] = {
	[AUDIT_SEVERITY_OF_CHECK] = { 0, "Unknown" },
	[AUDIT_LOW] = { 2, "Low" },
	[AUDIT_MEDIUM] = { 3, "Medium" },
	[AUDIT_HIGH] = { 4, "High" },
	[AUDIT_CRITICAL] = { 5, "Critical" },
},
  compliances[AUDIT_STATUSES] = {
	[AUDIT_PASS] = { 1, "Pass" },
	[AUDIT_FAIL] = { 3, "Fail" },
	[AUDIT_UNKNOWN] = { 0, "Unknown" },
	[AUDIT_NOT_APPLICABLE] = { 99, "Not Applicable" },
	[AUDIT_MUTED] = { 99, "Muted" },
};

static void add_references(struct ocsf *o, enum audit_check check)
{
	const struct audit_reference *r;
	char text[128];
	size_t i, n;

	o->standards[check] = json_array();
	o->requirements[check] = json_array();
	r = audit_references(check, &n);
	for (i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "%s%s%s", r[i].framework,
			r[i].version[0] ? " " : "", r[i].version);
		/* rows of a framework stand together */
		if (i == 0 || r[i].framework != r[i - 1].framework ||
			r[i].version != r[i - 1].version)
			json_row(&o->standards[check], json_string(text));
		snprintf(text, sizeof(text), "%s%s%s %s", r[i].framework,
			r[i].version[0] ? " " : "", r[i].version, r[i].id);
		json_row(&o->requirements[check], json_string(text));
	}
}

static void ocsf_begin(struct audit_printer *p, const struct audit *a)
{
	struct ocsf *o = calloc(1, sizeof(*o));
	size_t i;

	(void)a;
	p->state = o;
	if (!o)
		ui_fail();
	for (i = 0; o && i < AUDIT_CHECKS; i++)
		add_references(o, (enum audit_check)i);
}

static json_t *milliseconds(time_t t)
{
	return json_integer((json_int_t)t * 1000);
}

/* ---- the members of an event ---- */

static json_t *compliance_json(const struct ocsf *o,
	const struct audit_finding *f)
{
	enum audit_status status = f->status == AUDIT_MUTED ? f->mutes :
		f->status;
	json_t *c = json_pack("{s:s,s:i,s:s,s:O,s:O}",
		"control", audit_check_rows[f->check].name,
		"status_id", compliances[status].id,
		"status", compliances[status].name,
		"standards", o->standards[f->check],
		"requirements", o->requirements[f->check]);

	if (f->literal[0])
		json_member(&c, "status_details",
			json_pack("[s]", f->literal));
	return c;
}

static json_t *info_json(const struct audit_finding *f, const char *print,
	time_t when)
{
	const struct audit_check_row *row = &audit_check_rows[f->check];

	return json_pack("{s:s,s:s,s:s,s:o,s:{s:s,s:s,s:i,s:s}}",
		"uid", print,
		"title", row->means,
		"desc", f->seen,
		"created_time", milliseconds(when),
		"analytic",
			"uid", row->name,
			"name", row->name,
			"type_id", ANALYTIC_RULE,
			"type", "Rule");
}

static json_t *metadata_json(const struct audit_finding *f, const char *print,
	time_t when)
{
	char uid[AUDIT_PRINT_LEN + 24];

	snprintf(uid, sizeof(uid), "%s-%lld", print, (long long)when);
	return json_pack("{s:s,s:s,s:s,s:[s],s:{s:s,s:s,s:s}}",
		"version", "1.6.0",
		"uid", uid,
		"event_code", audit_check_rows[f->check].name,
		"profiles", "cloud",
		"product",
			"name", "tokenbridge",
			"vendor_name", "tokenbridge",
			"version", PROGRAM_VERSION);
}

static json_t *resources_json(const struct audit_finding *f)
{
	char path[AUDIT_PATH_LEN];
	json_t *list = json_array();

	audit_output_path(f->account, f->subject, path);
	json_row(&list, json_pack("{s:s,s:s,s:s}", "uid", path,
		"name", f->subject, "type", "AwsIamUser"));
	if (f->device && *f->device)
		json_row(&list, json_pack("{s:o,s:s}",
			"uid", json_of_text(f->device),
			"type", "AwsIamMfaDevice"));
	return list;
}

static json_t *cloud_json(const struct audit_finding *f)
{
	if (!f->account[0])
		return json_pack("{s:s}", "provider", "AWS");
	return json_pack("{s:s,s:{s:s,s:s,s:i}}", "provider", "AWS",
		"account", "uid", f->account, "type", "AWS Account",
		"type_id", ACCOUNT_OF_AWS);
}

/* What the schema has no place for. */
static json_t *unmapped_json(const struct audit *a,
	const struct audit_finding *f)
{
	json_t *o = json_pack("{s:s}", "status",
		audit_status_names[f->status]);

	if (f->source[0])
		json_member(&o, "source", json_string(f->source));
	if (f->when)
		json_member(&o, "seen", json_of_time(f->when));
	if (f->missing[0])
		json_member(&o, "missing_permission", json_string(f->missing));
	if (a->endpoint)
		json_member(&o, "endpoint", json_of_text(a->endpoint));
	if (f->mute)
		json_member(&o, "mute", json_pack("{s:o,s:o,s:o}",
			"reason", json_of_text(f->mute->reason),
			"owner", json_of_text(f->mute->owner),
			"expires", json_of_time(f->mute->expires)));
	return o;
}

static const char *status_name(int id)
{
	return id == STATUS_SUPPRESSED ? "Suppressed" :
		id == STATUS_IN_PROGRESS ? "In Progress" : "New";
}

static json_t *event_json(const struct audit *a, const struct ocsf *o,
	const struct audit_finding *f)
{
	int activity = f->change == AUDIT_UNCHANGED ? ACTIVITY_UPDATE :
		ACTIVITY_CREATE;
	int status = f->status == AUDIT_MUTED ? STATUS_SUPPRESSED :
		f->change == AUDIT_UNCHANGED ? STATUS_IN_PROGRESS : STATUS_NEW;
	char print[AUDIT_PRINT_LEN];
	json_t *e;

	audit_output_fingerprint(f->account, f->check, f->subject, f->device,
		print);
	e = json_pack("{s:i,s:i,s:i,s:i,s:o,s:i,s:s,s:i,s:s,s:s,s:s,s:o,s:o,"
		"s:o,s:o,s:o,s:o}",
		"category_uid", CATEGORY,
		"class_uid", CLASS,
		"activity_id", activity,
		"type_uid", CLASS * 100 + activity,
		"time", milliseconds(a->now),
		"severity_id", severities[f->severity].id,
		"severity", severities[f->severity].name,
		"status_id", status,
		"status", status_name(status),
		"status_code", audit_status_names[f->status],
		"message", f->seen,
		"metadata", metadata_json(f, print, a->now),
		"finding_info", info_json(f, print, f->when ? f->when : a->now),
		"compliance", compliance_json(o, f),
		"resources", resources_json(f),
		"cloud", cloud_json(f),
		"unmapped", unmapped_json(a, f));
	if (f->remedy[0])
		json_member(&e, "remediation", json_pack("{s:s}", "desc",
			f->remedy));
	return e;
}

static void ocsf_row(struct audit_printer *p, const struct audit *a,
	const struct audit_finding *f)
{
	if (!p->state)
		return;
	ui_put_json_to(p->to, event_json(a, p->state, f), JSON_COMPACT);
	fputc('\n', p->to);
}

/* ---- the same events as one array ---- */

static void array_begin(struct audit_printer *p, const struct audit *a)
{
	fputc('[', p->to);
	ocsf_begin(p, a);
}

static void array_row(struct audit_printer *p, const struct audit *a,
	const struct audit_finding *f)
{
	fputs(p->printed ? "," : "", p->to);
	ocsf_row(p, a, f);
}

/* ---- the end of both ---- */

static void ocsf_end(struct audit_printer *p, const struct audit *a,
	int exit_status, const struct error *failure)
{
	struct ocsf *o = p->state;
	size_t i;

	(void)a;
	(void)exit_status;
	(void)failure;
	for (i = 0; o && i < AUDIT_CHECKS; i++) {
		json_decref(o->standards[i]);
		json_decref(o->requirements[i]);
	}
	free_p(&p->state);
}

static void array_end(struct audit_printer *p, const struct audit *a,
	int exit_status, const struct error *failure)
{
	ocsf_end(p, a, exit_status, failure);
	fputs("]\n", p->to);
}

const struct audit_output audit_ocsf = { "ocsf", ocsf_begin,
	audit_output_wants_shown, ocsf_row, ocsf_end, audit_output_is_lost };
const struct audit_output audit_ocsf_array = { "ocsf-array", array_begin,
	audit_output_wants_shown, array_row, array_end, audit_output_is_lost };
