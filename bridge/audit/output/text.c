/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit as text for people: what needs a look as it comes, under a heading
 * per check, then counts, sources with their ages, and what was not asked.
 */
#include "bridge/audit/output/output.h"

#include "base/text.h"
#include "bridge/audit/output/beside.h"
#include "bridge/terminal/table.h"
#include "bridge/terminal/ui.h"

#include <inttypes.h>

#define CLOCKS_DIFFER 300 /* seconds that two good clocks may */

static const enum ui_style styles[AUDIT_STATUSES] = {
	[AUDIT_PASS] = UI_GOOD,
	[AUDIT_FAIL] = UI_BAD,
	[AUDIT_UNKNOWN] = UI_WARN,
	[AUDIT_NOT_APPLICABLE] = UI_DIM,
	[AUDIT_MUTED] = UI_DIM,
};

/* As a column. */
static const char *const short_names[AUDIT_STATUSES] = {
	[AUDIT_PASS] = "PASS",
	[AUDIT_FAIL] = "FAIL",
	[AUDIT_UNKNOWN] = "UNKNOWN",
	[AUDIT_NOT_APPLICABLE] = "N/A",
	[AUDIT_MUTED] = "MUTED",
};

static void print_age(const struct audit *a, time_t t)
{
	char when[TEXT_TIME_LEN], age[32];

	text_format_time(t, when);
	if (t > a->now + CLOCKS_DIFFER) {
		ui_put(UI_PLAIN, "%s, which is still to come: one clock is "
			"wrong", when);
		return;
	}
	text_format_age(t < a->now ? a->now - t : 0, age, sizeof(age));
	ui_put(UI_PLAIN, "%s, %s old", when, age);
}

/* A thing that stands between, and who said so where `what` has it not. */
static void warn_line(const char *title, const char *what, const char *who)
{
	if (!what || !*what)
		return;
	ui_put(UI_WARN, "%s: %s%s%s%s", title, what, who ? " (" : "",
		who ? who : "", who ? ")" : "");
	ui_end();
}

static void text_begin(struct audit_printer *p, const struct audit *a)
{
	const struct audit_aws_source *s = &a->aws;

	(void)p;
	if (!s->used)
		return;
	ui_line("Account %s%s%s%s, asked as %s", s->account,
		s->alias[0] ? " (" : "", s->alias, s->alias[0] ? ")" : "",
		s->caller);
	warn_line("Not AWS's own endpoint", s->endpoint,
		s->origin ? s->origin : "");
	warn_line("Not the system's certificates", s->ca_bundle, NULL);
	warn_line("By a proxy", s->proxy, NULL);
}

static bool text_wants(const struct audit_printer *p, const struct audit *a,
	enum audit_status status)
{
	(void)p;
	return a->verbose || status == AUDIT_FAIL || status == AUDIT_UNKNOWN;
}

static void print_heading(const struct audit_printer *p, enum audit_check check)
{
	const struct audit_check_row *row = &audit_check_rows[check];
	size_t i;

	if (p->printed > 0 && p->last == check)
		return;
	ui_end();
	ui_put(UI_BOLD, "%s", row->name);
	ui_put(UI_PLAIN, " (%s): %s", audit_severity_names[row->severity],
		row->means);
	for (i = 0; i < AUDIT_NAMES_MAX && row->also_known_as[i]; i++)
		ui_put(UI_PLAIN, "%s%s", i ? ", " : "; also known as ",
			row->also_known_as[i]);
	ui_end();
}

static void print_basis(const struct audit *a, const struct audit_finding *f)
{
	char when[TEXT_TIME_LEN] = "";

	if (!f->source[0] && !a->endpoint)
		return;
	if (f->when)
		text_format_time(f->when, when);
	ui_put(UI_DIM, " [%s%s%s%s%s]", f->source,
		f->when ? " as of " : f->source[0] ? ", age unknown" : "",
		when, !a->endpoint ? "" : f->source[0] ? ", at " : "at ",
		a->endpoint ? a->endpoint : "");
}

static void text_row(struct audit_printer *p, const struct audit *a,
	const struct audit_finding *f)
{
	char when[TEXT_TIME_LEN];

	print_heading(p, f->check);
	ui_put(styles[f->status], "%-7s", short_names[f->status]);
	ui_put(UI_PLAIN, " ");
	/* the report alone: it was so then */
	if (f->status == AUDIT_PASS && !a->aws.used && f->when) {
		text_format_time(f->when, when);
		ui_put(UI_PLAIN, "as of %s ", when);
	}
	ui_put(UI_PLAIN, "%s %s: %s", f->account[0] ? f->account : "-",
		f->subject, f->seen);
	print_basis(a, f);
	ui_end();
	if (f->literal[0])
		ui_line("        %s", f->literal);
	if (f->remedy[0])
		ui_line("        -> %s", f->remedy);
}

static void print_counts(const struct audit *a)
{
	static const struct table_column columns[] = {
		{ "CHECK", 0 },
		{ "FAIL", 0 },
		{ "UNKNOWN", 0 },
		{ "PASS", 0 },
		{ "N/A", 0 },
	};
	static const enum audit_status order[] = { AUDIT_FAIL, AUDIT_UNKNOWN,
		AUDIT_PASS, AUDIT_NOT_APPLICABLE };
	struct table *table = table_new(columns, ARRAY_LEN(columns));
	char numbers[ARRAY_LEN(order)][24];
	const char *cells[ARRAY_LEN(columns)];
	size_t i, k;

	for (i = 0; i < AUDIT_CHECKS; i++) {
		if (!audit_asks(a, (enum audit_check)i))
			continue;
		cells[0] = audit_check_rows[i].name;
		for (k = 0; k < ARRAY_LEN(order); k++) {
			snprintf(numbers[k], sizeof(numbers[k]), "%" PRIu64,
				a->counts[i][order[k]]);
			cells[k + 1] = numbers[k];
		}
		table_row(table, cells);
	}
	table_print(&table, NULL);
}

/* What PASS means where nobody but the report was asked. */
static void print_as_of(time_t generated)
{
	char when[TEXT_TIME_LEN];

	if (!generated) {
		ui_line("AWS was not asked: PASS is as of an unknown time");
		return;
	}
	text_format_time(generated, when);
	ui_line("AWS was not asked: PASS as of %s", when);
}

static void print_report(const struct audit *a)
{
	const struct audit_report_source *r = &a->report;

	if (!r->used)
		return;
	ui_put(UI_PLAIN, "Credential report%s%s: ", r->name ? " " : "",
		r->name ? r->name : "");
	if (r->why_not[0]) {
		ui_line("none: %s", r->why_not);
		return;
	}
	if (r->reports > 1)
		ui_put(UI_PLAIN, "%u reports, ", r->reports);
	ui_put(UI_PLAIN, "%" PRIu64 " row%s, ", r->rows, text_plural(r->rows));
	if (r->generated)
		print_age(a, r->generated);
	else
		ui_put(UI_PLAIN, "age unknown (--generated TIME tells it)");
	ui_end();
	if (!a->aws.used)
		print_as_of(r->generated);
}

static void print_sources(const struct audit *a)
{
	const struct audit_registry_source *g = &a->registry;

	if (a->aws.used)
		ui_line("AWS: %" PRIu64 " user%s, %u request%s over %u "
			"connection%s", a->aws.users,
			text_plural(a->aws.users), a->aws.requests,
			text_plural(a->aws.requests), a->aws.connections,
			text_plural(a->aws.connections));
	print_report(a);
	if (g->used && g->why_not[0])
		ui_line("Registry: not read: %s", g->why_not);
	else if (g->used)
		ui_line("Registry %s: %zu binding%s in force of this account",
			g->path, g->bindings, text_plural(g->bindings));
}

static void text_end(struct audit_printer *p, const struct audit *a,
	int exit_status, const struct error *failure)
{
	size_t i;

	(void)p;
	(void)exit_status;
	ui_end();
	print_counts(a);
	ui_end();
	print_sources(a);
	beside_print_mutes(a);
	beside_print_earlier(a);
	for (i = 0; i < AUDIT_CHECKS; i++)
		if ((a->checks & AUDIT_BIT(i)) && a->skipped[i])
			ui_line("Not asked: %s (%s)",
				audit_check_rows[i].name, a->skipped[i]);
	for (i = 0; i < a->notes_n; i++)
		ui_line("Note: %s", a->notes[i]);
	ui_line("Not covered: people of IAM Identity Center, who are not in "
	       "the report");
	if (!failure)
		return;
	ui_put(UI_BAD, "Not complete: the audit ended before its end");
	ui_end();
}

const struct audit_output audit_text = {
	"text",
	text_begin,
	text_wants,
	text_row,
	text_end,
	audit_output_is_lost,
};
