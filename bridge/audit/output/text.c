/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit as text for people: what needs a look as it comes, under a heading
 * per check, then counts, sources with their ages, and what was not asked.
 */
#include "bridge/audit/output/output.h"

#include "base/text.h"
#include "bridge/terminal/ui.h"

#include <inttypes.h>

#define CLOCKS_DIFFER 300 /* seconds that two good clocks may */

static const enum ui_style styles[AUDIT_STATUSES] = {
	[AUDIT_PASS] = UI_GOOD,
	[AUDIT_FAIL] = UI_BAD,
	[AUDIT_UNKNOWN] = UI_WARN,
	[AUDIT_NOT_APPLICABLE] = UI_DIM,
};

/* As a column. */
static const char *const short_names[AUDIT_STATUSES] = {
	[AUDIT_PASS] = "PASS",
	[AUDIT_FAIL] = "FAIL",
	[AUDIT_UNKNOWN] = "UNKNOWN",
	[AUDIT_NOT_APPLICABLE] = "N/A",
};

static const char *text_style(enum ui_style s)
{
	return ui_style(stdout, s);
}

static void print_age(const struct audit *a, time_t t)
{
	char when[TEXT_TIME_LEN], age[32];

	text_format_time(t, when);
	if (t > a->now + CLOCKS_DIFFER) {
		printf("%s, which is still to come: one clock is wrong", when);
		return;
	}
	text_format_age(t < a->now ? a->now - t : 0, age, sizeof(age));
	printf("%s, %s old", when, age);
}

static void text_begin(const struct audit *a)
{
	const struct audit_aws_source *s = &a->aws;

	if (!s->used)
		return;
	printf("Account %s%s%s%s, asked as %s\n", s->account,
		s->alias[0] ? " (" : "", s->alias, s->alias[0] ? ")" : "",
		s->caller);
	if (s->endpoint)
		printf("%sNot AWS's own endpoint: %s (%s)%s\n",
			text_style(UI_WARN), s->endpoint,
			s->origin ? s->origin : "", text_style(UI_PLAIN));
}

static bool text_wants(const struct audit *a, enum audit_status status)
{
	return a->verbose || status == AUDIT_FAIL || status == AUDIT_UNKNOWN;
}

static void print_heading(const struct audit *a, enum audit_check check)
{
	const struct audit_check_row *row = &audit_check_rows[check];
	size_t i;

	if (a->printed > 0 && a->last == check)
		return;
	printf("\n%s%s%s (%s): %s", text_style(UI_BOLD), row->name,
		text_style(UI_PLAIN), row->severity, row->means);
	for (i = 0; i < AUDIT_NAMES_MAX && row->also_known_as[i]; i++)
		printf("%s%s", i ? ", " : "; also known as ",
			row->also_known_as[i]);
	putchar('\n');
}

static void print_basis(const struct audit *a, const struct audit_finding *f)
{
	char when[TEXT_TIME_LEN];

	if (!f->source[0] && !a->endpoint)
		return;
	printf("%s [", text_style(UI_DIM));
	if (f->when) {
		text_format_time(f->when, when);
		printf("%s as of %s", f->source, when);
	} else if (f->source[0]) {
		printf("%s, age unknown", f->source);
	}
	if (a->endpoint)
		printf("%s%s", f->source[0] ? ", at " : "at ", a->endpoint);
	printf("]%s", text_style(UI_PLAIN));
}

static void text_row(const struct audit *a, const struct audit_finding *f)
{
	char when[TEXT_TIME_LEN];

	print_heading(a, f->check);
	printf("%s%-7s%s ", text_style(styles[f->status]),
		short_names[f->status], text_style(UI_PLAIN));
	/* the report alone: it was so then */
	if (f->status == AUDIT_PASS && !a->aws.used && f->when) {
		text_format_time(f->when, when);
		printf("as of %s ", when);
	}
	printf("%s %s: %s", f->account[0] ? f->account : "-", f->subject,
		f->seen);
	print_basis(a, f);
	putchar('\n');
	if (f->literal[0])
		printf("        %s\n", f->literal);
	if (f->remedy[0])
		printf("        -> %s\n", f->remedy);
}

static void print_counts(const struct audit *a)
{
	static const char *const heads[] = { "CHECK", "FAIL", "UNKNOWN",
		"PASS", "N/A" };
	static const enum audit_status order[] = { AUDIT_FAIL, AUDIT_UNKNOWN,
		AUDIT_PASS, AUDIT_NOT_APPLICABLE };
	struct ui_table *table = ui_table_new(heads, ARRAY_LEN(heads));
	char numbers[ARRAY_LEN(order)][24];
	const char *cells[ARRAY_LEN(heads)];
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
		ui_table_row(table, cells);
	}
	ui_table_print(&table);
}

/* What PASS means where nobody but the report was asked. */
static void print_as_of(time_t generated)
{
	char when[TEXT_TIME_LEN];

	if (!generated) {
		printf("AWS was not asked: PASS is as of an unknown time\n");
		return;
	}
	text_format_time(generated, when);
	printf("AWS was not asked: PASS as of %s\n", when);
}

static void print_report(const struct audit *a)
{
	const struct audit_report_source *r = &a->report;

	if (!r->used)
		return;
	printf("Credential report%s%s: ", r->name ? " " : "",
		r->name ? r->name : "");
	if (r->why_not[0]) {
		printf("none: %s\n", r->why_not);
		return;
	}
	if (r->reports > 1)
		printf("%u reports, ", r->reports);
	printf("%" PRIu64 " rows, ", r->rows);
	if (r->generated)
		print_age(a, r->generated);
	else
		printf("age unknown (--generated TIME tells it)");
	putchar('\n');
	if (!a->aws.used)
		print_as_of(r->generated);
}

static void print_sources(const struct audit *a)
{
	const struct audit_registry_source *g = &a->registry;

	if (a->aws.used)
		printf("AWS: %" PRIu64 " users, %u requests over %u "
			"connection%s\n", a->aws.users, a->aws.requests,
			a->aws.connections,
			a->aws.connections == 1 ? "" : "s");
	print_report(a);
	if (g->used && g->why_not[0])
		printf("Registry: not read: %s\n", g->why_not);
	else if (g->used)
		printf("Registry %s: %zu bindings in force of this account\n",
			g->path, g->bindings);
}

static void text_end(const struct audit *a, int exit_status,
	const struct error *failure)
{
	size_t i;

	(void)exit_status;
	putchar('\n');
	print_counts(a);
	putchar('\n');
	print_sources(a);
	for (i = 0; i < AUDIT_CHECKS; i++)
		if ((a->checks & AUDIT_BIT(i)) && a->skipped[i])
			printf("Not asked: %s (%s)\n",
				audit_check_rows[i].name, a->skipped[i]);
	for (i = 0; i < a->notes_n; i++)
		printf("Note: %s\n", a->notes[i]);
	printf("Not covered: people of IAM Identity Center, who are not in "
	       "the report\n");
	if (failure)
		printf("%sNot complete: the audit ended before its end%s\n",
			text_style(UI_BAD), text_style(UI_PLAIN));
}

const struct audit_output audit_text = {
	text_begin,
	text_wants,
	text_row,
	text_end,
	audit_output_is_lost,
};
