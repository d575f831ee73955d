/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit as SARIF 2.1.0, for GitHub's code scanning: a run and a category for
 * each account, so that each replaces its own alerts only; none for an account
 * that was not read completely, whose alerts would be taken as fixed. UNKNOWN is
 * a result, too: an alert stays until somebody knows better.
 */
#include "bridge/audit/output/accounts.h"
#include "bridge/audit/output/output.h"

#include "base/buf.h"
#include "bridge/audit/rows/accounts.h"
#include "bridge/audit/rules/references.h"
#include "bridge/run/json.h"
#include "bridge/terminal/ui.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"
#define TAGS_MAX 10 /* that GitHub shows */

struct sarif {
	struct audit_accounts accounts;
	struct audit_rows *rows;
};

static void sarif_begin(struct audit_printer *p, const struct audit *a)
{
	struct sarif *s = calloc(1, sizeof(*s));

	(void)a;
	p->state = s;
	if (s)
		s->rows = audit_rows_new(AUDIT_ROWS_MAX);
	else
		ui_fail();
}

static bool is_result(const struct audit *a, enum audit_status status)
{
	return a->verbose || a->view.statuses || status == AUDIT_FAIL ||
		status == AUDIT_UNKNOWN;
}

/* An account without results has a run all the same. */
static void sarif_row(struct audit_printer *p, const struct audit *a,
	const struct audit_finding *f)
{
	struct sarif *s = p->state;

	if (!s)
		return;
	(void)audit_accounts_count(&s->accounts, f);
	if (audit_shows(a, f->status, f->severity) && is_result(a, f->status))
		audit_rows_add(s->rows, f);
}

/* ---- rules ---- */

static const char *level_of(enum audit_severity severity)
{
	return severity >= AUDIT_HIGH ? "error" :
		severity == AUDIT_MEDIUM ? "warning" : "note";
}

static const char *score_of(enum audit_severity severity)
{
	static const char *const scores[AUDIT_SEVERITIES] = {
		[AUDIT_SEVERITY_OF_CHECK] = "0.0",
		[AUDIT_LOW] = "2.0",
		[AUDIT_MEDIUM] = "5.5",
		[AUDIT_HIGH] = "8.0",
		[AUDIT_CRITICAL] = "9.5",
	};

	return scores[severity];
}

static json_t *tags_json(enum audit_check check)
{
	json_t *tags = json_pack("[s,s]", "security", "mfa");
	const char *name;
	size_t i;

	for (i = 0; i < TAGS_MAX - 2 && (name = audit_output_alias(check, i));
		i++)
		json_row(&tags, json_string(name));
	return tags;
}

/* Every other name of the check, for who reads the alert. */
static json_t *help_json(enum audit_check check)
{
	const struct audit_check_row *row = &audit_check_rows[check];
	const struct audit_reference *r;
	CLEANUP(buf_done) struct buf b;
	json_t *help;
	size_t i, n;

	buf_init(&b, 1 << 16);
	buf_printf(&b, "FAIL: %s.", row->means);
	r = audit_references(check, &n);
	for (i = 0; i < n; i++)
		buf_printf(&b, "%s%s%s%s %s (%s)", i ? ", " :
			" Elsewhere: ", r[i].framework,
			r[i].version[0] ? " " : "", r[i].version, r[i].id,
			audit_relation_names[r[i].relation]);
	help = json_pack("{s:s}", "text", buf_str(&b));
	return buf_failed(&b) ? NULL : help;
}

static json_t *rules_json(void)
{
	json_t *rules = json_array();
	size_t i;

	for (i = 0; i < AUDIT_CHECKS; i++) {
		const struct audit_check_row *row = &audit_check_rows[i];

		json_row(&rules, json_pack("{s:s,s:s,s:{s:s},s:{s:s},s:o,"
			"s:{s:s},s:{s:s,s:s,s:o}}",
			"id", row->name,
			"name", row->name,
			"shortDescription", "text", row->means,
			"fullDescription", "text", row->means,
			"help", help_json((enum audit_check)i),
			"defaultConfiguration", "level",
				level_of(row->severity),
			"properties",
				"security-severity", score_of(row->severity),
				"precision", "very-high",
				"tags", tags_json((enum audit_check)i)));
	}
	return rules;
}

/* ---- results ---- */

static const char *kind_of(enum audit_status status)
{
	static const char *const kinds[AUDIT_STATUSES] = {
		[AUDIT_PASS] = "pass",
		[AUDIT_FAIL] = "fail",
		[AUDIT_UNKNOWN] = "open",
		[AUDIT_NOT_APPLICABLE] = "notApplicable",
		[AUDIT_MUTED] = "fail",
	};

	return kinds[status];
}

static json_t *message_json(const struct audit_row *row)
{
	CLEANUP(buf_done) struct buf b;
	json_t *text;

	buf_init(&b, 1 << 16);
	buf_printf(&b, "%s: %s", row->subject, row->seen);
	if (row->literal[0])
		buf_printf(&b, ". Benchmarks: %s", row->literal);
	if (row->remedy[0])
		buf_printf(&b, ". To do: %s", row->remedy);
	text = json_of_text(buf_str(&b));
	return buf_failed(&b) ? NULL : json_pack("{s:o}", "text", text);
}

static json_t *location_json(const struct audit_row *row, const char *path)
{
	return json_pack("{s:{s:{s:s},s:{s:i,s:i,s:i,s:i}},s:[{s:s,s:s,s:s}]}",
		"physicalLocation",
			"artifactLocation", "uri", path,
			"region", "startLine", 1, "startColumn", 1,
				"endLine", 1, "endColumn", 1,
		"logicalLocations",
			"name", row->subject,
			"fullyQualifiedName", path,
			"kind", "resource");
}

static json_t *properties_json(const struct audit_row *row)
{
	return json_pack("{s:s,s:s,s:o,s:o,s:o,s:o,s:o}",
		"status", audit_status_names[row->status],
		"severity", audit_severity_names[row->severity],
		"device", json_of_text(row->device),
		"source", json_of_text(row->source),
		"time", json_of_time(row->when),
		"literal", json_of_text(row->literal),
		"change", json_of_text(audit_change_names[row->change]));
}

static json_t *result_json(const struct audit_row *row)
{
	bool counts = strcmp(kind_of(row->status), "fail") == 0;
	char path[AUDIT_PATH_LEN], print[AUDIT_PRINT_LEN];
	json_t *o;

	audit_output_path(row->account, row->subject, path);
	audit_output_fingerprint(row->account, row->check, row->subject,
		row->device, print);
	o = json_pack("{s:s,s:i,s:s,s:s,s:o,s:[o],s:{s:s},s:o}",
		"ruleId", audit_check_rows[row->check].name,
		"ruleIndex", (int)row->check,
		"kind", kind_of(row->status),
		"level", counts ? level_of(row->severity) : "none",
		"message", message_json(row),
		"locations", location_json(row, path),
		"partialFingerprints", "primaryLocationLineHash", print,
		"properties", properties_json(row));
	if (row->change != AUDIT_NOT_COMPARED)
		json_member(&o, "baselineState",
			json_string(audit_change_names[row->change]));
	if (row->status == AUDIT_MUTED)
		json_member(&o, "suppressions", json_pack("[{s:s,s:s,s:s}]",
			"kind", "external", "status", "accepted",
			"justification", row->mute && row->mute->reason[0] ?
				row->mute->reason : "muted"));
	return o;
}

/* ---- a run ---- */

static json_t *tool_json(void)
{
	return json_pack("{s:{s:s,s:s,s:o}}", "driver",
		"name", "tokenbridge",
		"version", PROGRAM_VERSION,
		"rules", rules_json());
}

static json_t *category_json(const char *account)
{
	char category[AUDIT_ACCOUNT + 16];

	snprintf(category, sizeof(category), "tokenbridge/%s/",
		account[0] ? account : "unknown");
	return json_pack("{s:s}", "id", category);
}

static void print_run(FILE *f, const struct audit_row *const *rows, size_t n,
	const char *account)
{
	size_t i;
	bool first = true;

	fputs("{\"tool\": ", f);
	ui_put_json_to(f, tool_json(), JSON_COMPACT);
	fputs(",\n\"automationDetails\": ", f);
	ui_put_json_to(f, category_json(account), JSON_COMPACT);
	fputs(",\n\"invocations\": [{\"executionSuccessful\": true}], "
	      "\"columnKind\": \"utf16CodeUnits\", \"results\": [", f);
	for (i = 0; i < n; i++) {
		if (strcmp(rows[i]->account, account) != 0)
			continue;
		fputs(first ? "\n" : ",\n", f);
		ui_put_json_to(f, result_json(rows[i]), JSON_COMPACT);
		first = false;
	}
	fputs("]}", f);
}

static void print_runs(struct audit_printer *p, const struct audit *a,
	const struct sarif *s, bool complete)
{
	CLEANUP(free_p) const struct audit_row **all = NULL;
	size_t i, n, runs = 0;

	all = audit_rows_all(s->rows, &n);
	for (i = 0; i < s->accounts.n; i++) {
		/* of many, each stands for itself */
		if (a->accounts_n > 0 ? !audit_output_is_read(a,
				s->accounts.p[i].name) : !complete)
			continue;
		fputs(runs++ ? ",\n" : "\n", p->to);
		print_run(p->to, all, n, s->accounts.p[i].name);
	}
}

static void sarif_end(struct audit_printer *p, const struct audit *a,
	int exit_status, const struct error *failure)
{
	struct sarif *s = p->state;

	(void)exit_status;
	if (!s)
		return;
	fputs("{\"$schema\": \"" SCHEMA "\", \"version\": \"2.1.0\", "
	      "\"runs\": [", p->to);
	print_runs(p, a, s, audit_output_is_complete(a, failure));
	fputs("\n]}\n", p->to);
	audit_accounts_done(&s->accounts);
	audit_rows_free(&s->rows);
	free_p(&p->state);
}

const struct audit_output audit_sarif = { "sarif", sarif_begin,
	audit_output_wants_all, sarif_row, sarif_end, audit_output_is_lost };
