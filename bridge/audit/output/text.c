/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit as text for people: who was asked, then what to put right, the worst
 * first and what is put right in the same way together, a line a subject; last
 * what all of it comes to.
 */
#include "bridge/audit/output/accounts.h"
#include "bridge/audit/output/output.h"

#include "base/text.h"
#include "bridge/audit/output/beside.h"
#include "bridge/audit/rows/group.h"
#include "bridge/terminal/page.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>


/* Of an output, from its beginning to its end. */
struct text {
	struct page page;
	struct audit_rows *rows;
};

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

/* In the order of columns and of rows. */
static const enum audit_status order[AUDIT_STATUSES] = { AUDIT_FAIL,
	AUDIT_UNKNOWN, AUDIT_MUTED, AUDIT_PASS, AUDIT_NOT_APPLICABLE };

/* ---- who was asked ---- */

/* A thing that stands between, and who said so where `what` has it not. */
static void warn_line(struct page *o, const char *title, const char *what,
	const char *who)
{
	if (!what || !*what)
		return;
	page_put(o, UI_WARN, "%s: %s%s%s%s", title, what, who ? " (" : "",
		who ? who : "", who ? ")" : "");
	page_end(o, 2);
}

static void text_begin(struct audit_printer *p, const struct audit *a)
{
	const struct audit_aws_source *s = &a->aws;
	struct text *t = calloc(1, sizeof(*t));

	p->state = t;
	if (!t) {
		ui_fail();
		return;
	}
	page_init(&t->page, p->to);
	t->rows = audit_rows_new(p->summary ? 0 : AUDIT_ROWS_MAX);
	if (!s->used)
		return;
	if (a->accounts_n > 0)
		page_line(&t->page, "%zu account%s%s%s", a->accounts_n,
			text_plural(a->accounts_n), s->caller[0] ?
				", entered by " : "", s->caller);
	else
		page_line(&t->page, "Account %s%s%s%s, asked as %s", s->account,
		s->alias[0] ? " (" : "", s->alias, s->alias[0] ? ")" : "",
		s->caller);
	warn_line(&t->page, "Not AWS's own endpoint", s->endpoint,
		s->origin ? s->origin : "");
	warn_line(&t->page, "Not the system's certificates", s->ca_bundle,
		NULL);
	warn_line(&t->page, "By a proxy", s->proxy, NULL);
}

/* ---- which rows ---- */

static unsigned shown_statuses(const struct audit *a)
{
	return a->verbose || a->view.statuses ? (1u << AUDIT_STATUSES) - 1 :
		1u << AUDIT_FAIL | 1u << AUDIT_UNKNOWN;
}

static bool text_wants(const struct audit_printer *p, const struct audit *a,
	enum audit_status status, enum audit_severity severity)
{
	const struct text *t = p->state;

	if (!t) /* it has not begun */
		return !p->summary;
	return audit_shows(a, status, severity) &&
		(shown_statuses(a) & 1u << status) &&
		audit_rows_would_keep(t->rows, status, severity);
}

static void text_row(struct audit_printer *p, const struct audit *a,
	const struct audit_finding *f)
{
	struct text *t = p->state;

	if (t && text_wants(p, a, f->status, f->severity))
		audit_rows_add(t->rows, f);
}

/* ---- a group ---- */

static void print_heading(struct page *o, const struct audit_group *g,
	size_t number, bool has_header)
{
	const struct audit_row *row = g->row[0];
	const char *name;
	size_t i;

	if (number > 1 || has_header)
		page_end(o, 0);
	page_put(o, UI_BOLD, "%zu. %s (%s): %zu %s", number,
		audit_check_rows[row->check].name,
		audit_severity_names[row->severity], g->n,
		short_names[row->status]);
	if (row->status != AUDIT_FAIL && row->status != AUDIT_UNKNOWN) {
		page_end(o, 3);
		return;
	}
	for (i = 0; (name = audit_output_alias(row->check, i)); i++)
		page_put(o, UI_DIM, "%s%s", i ? ", " : "; also known as ",
			name);
	page_end(o, 3);
}

static void print_moments(struct page *o, const struct audit_group *g)
{
	char from[TEXT_TIME_LEN], to[TEXT_TIME_LEN];

	if (!g->from) {
		page_put(o, UI_DIM, "%s", g->source[0] ? ", age unknown" : "");
		return;
	}
	text_format_time(g->from, from);
	text_format_time(g->to, to);
	page_put(o, UI_DIM, " as of %s%s%s", from, g->to > g->from ? " to " :
		"", g->to > g->from ? to : "");
	if (g->lacks_time)
		page_put(o, UI_DIM, ", of some the age is unknown");
}

/* Who said it, when and where: once for all of them. */
static void print_basis(struct page *o, const struct audit *a,
	const struct audit_group *g)
{
	if (!g->source[0] && !a->endpoint)
		return;
	page_put(o, UI_DIM, "   Source: %s", g->source);
	print_moments(o, g);
	if (a->endpoint)
		page_put(o, UI_DIM, "%s at %s", g->source[0] ? "," : "",
			a->endpoint);
	page_end(o, 11);
}

/* One line, where it has room. */
static void print_row(struct page *o, const struct audit_group *g,
	const struct audit_row *row)
{
	CLEANUP(free_p) char *rest = audit_group_rest(g, row);

	page_put(o, UI_PLAIN, "   ");
	page_put(o, styles[row->status], "%-7s", short_names[row->status]);
	page_put(o, UI_PLAIN, "  %s %s", row->account[0] ? row->account : "-",
		row->subject);
	if (row->device[0])
		page_put(o, UI_PLAIN, "  %s", row->device);
	if (row->change != AUDIT_NOT_COMPARED)
		page_put(o, UI_DIM, "  [%s]", audit_change_names[row->change]);
	if (rest && rest[0])
		page_put(o, UI_PLAIN, ": %s", rest);
	page_end(o, 12);
	if (row->status == AUDIT_MUTED && row->mute)
		page_line(o, "            mutes %s: %s%s%s (%s)",
			audit_status_names[row->mutes], row->mute->reason,
			row->mute->owner[0] ? ", " : "", row->mute->owner,
			row->mute->source);
	if (!rest)
		ui_fail();
}

static void print_group(struct page *o, const struct audit *a,
	const struct audit_group *g, size_t number)
{
	size_t i;

	print_heading(o, g, number, a->aws.used);
	if (g->seen[0])
		page_line(o, "   Seen: %s", g->seen);
	if (g->row[0]->literal[0])
		page_line(o, "   Benchmarks: %s", g->row[0]->literal);
	print_basis(o, a, g);
	if (g->remedy[0])
		page_line(o, "   To do: %s", g->remedy);
	for (i = 0; i < g->n; i++)
		print_row(o, g, g->row[i]);
}

static void print_rest(struct page *o, const struct audit *a, size_t kept)
{
	uint64_t all = audit_output_count(a, shown_statuses(a));

	if (all <= kept)
		return;
	page_end(o, 0);
	page_line(o, "%" PRIu64 " row%s more: the worst %zu are shown, and all "
		"by `--output csv=FILE`", all - kept,
		text_plural(all - kept), kept);
}

static void print_groups(struct text *t, const struct audit *a)
{
	CLEANUP(free_p) const struct audit_row **all = NULL;
	CLEANUP(audit_groups_done) struct audit_groups g = { NULL, 0 };
	size_t i, n;

	all = audit_rows_all(t->rows, &n);
	if (audit_groups_of(all, n, &g, NULL) < 0)
		ui_fail();
	for (i = 0; i < g.n; i++)
		print_group(&t->page, a, &g.p[i], i + 1);
	print_rest(&t->page, a, n);
}

/* ---- counts ---- */

/* Nobody misses a column of mutes where there are none. */
static bool has_column(const struct audit *a, enum audit_status status)
{
	return status != AUDIT_MUTED || audit_found(a, AUDIT_MUTED) > 0;
}

static void print_counts(struct page *o, const struct audit *a)
{
	size_t i, k;

	page_put(o, UI_BOLD, "%-27s", "CHECK");
	for (k = 0; k < AUDIT_STATUSES; k++)
		if (has_column(a, order[k]))
			page_put(o, UI_BOLD, "  %8s", short_names[order[k]]);
	page_end(o, 0);
	for (i = 0; i < AUDIT_CHECKS; i++) {
		if (!audit_asks(a, (enum audit_check)i))
			continue;
		page_put(o, UI_PLAIN, "%-27s", audit_check_rows[i].name);
		for (k = 0; k < AUDIT_STATUSES; k++)
			if (has_column(a, order[k]))
				page_put(o, UI_PLAIN, "  %8" PRIu64,
					a->counts[i][order[k]]);
		page_end(o, 0);
	}
}

/* ---- sources ---- */

static void put_age(struct page *o, const struct audit *a, time_t t)
{
	char when[TEXT_TIME_LEN], age[32];

	text_format_time(t, when);
	if (audit_is_to_come(a, t)) {
		page_put(o, UI_PLAIN, "%s, which is still to come: one clock "
			"is wrong", when);
		return;
	}
	text_format_age(t < a->now ? a->now - t : 0, age, sizeof(age));
	page_put(o, UI_PLAIN, "%s, %s old", when, age);
}

/* What PASS means where nobody but the report was asked. */
static void print_as_of(struct page *o, time_t generated)
{
	char when[TEXT_TIME_LEN];

	if (!generated) {
		page_line(o, "AWS was not asked: PASS is as of an unknown "
			"time");
		return;
	}
	text_format_time(generated, when);
	page_line(o, "AWS was not asked: PASS as of %s", when);
}

static void print_report(struct page *o, const struct audit *a)
{
	const struct audit_report_source *r = &a->report;

	if (!r->used)
		return;
	page_put(o, UI_PLAIN, "Credential report%s%s: ", r->name ? " " : "",
		r->name ? r->name : "");
	if (r->why_not[0]) {
		page_put(o, UI_PLAIN, "none: %s", r->why_not);
		page_end(o, 2);
		return;
	}
	if (r->reports > 1)
		page_put(o, UI_PLAIN, "%u reports, ", r->reports);
	page_put(o, UI_PLAIN, "%" PRIu64 " row%s, ", r->rows,
		text_plural(r->rows));
	if (r->generated)
		put_age(o, a, r->generated);
	else
		page_put(o, UI_PLAIN, "age unknown (--generated TIME tells "
			"it)");
	page_end(o, 2);
	if (!a->aws.used)
		print_as_of(o, r->generated);
}

static void print_sources(struct page *o, const struct audit *a)
{
	const struct audit_registry_source *g = &a->registry;

	if (a->aws.used)
		page_line(o, "AWS: %" PRIu64 " user%s, %u request%s over %u "
			"connection%s", a->aws.users,
			text_plural(a->aws.users), a->aws.requests,
			text_plural(a->aws.requests), a->aws.connections,
			text_plural(a->aws.connections));
	print_report(o, a);
	if (g->used && g->why_not[0])
		page_line(o, "Registry: not read: %s", g->why_not);
	else if (g->used)
		page_line(o, "Registry %s: %zu binding%s in force of %s",
			g->path, g->bindings, text_plural(g->bindings),
			a->accounts_n > 0 ? "these accounts" : "this account");
	if (g->has_tokens)
		page_line(o, "Keys: %zu of %zu in the registry are handed over",
			g->handed_over, g->tokens);
}

/* ---- what all of it comes to ---- */

static uint64_t judged(const struct audit *a, enum audit_check check)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < AUDIT_STATUSES; i++)
		n += a->counts[check][i];
	return n;
}

static void print_population(struct page *o, const struct audit *a)
{
	uint64_t all = judged(a, AUDIT_USER_MFA_MISSING);

	if (!audit_asks(a, AUDIT_USER_MFA_MISSING))
		return;
	page_put(o, UI_PLAIN, "Users: ");
	if (a->report.used && !a->report.why_not[0])
		page_put(o, UI_PLAIN, "%" PRIu64 " row%s in the report, ",
			a->report.rows, text_plural(a->report.rows));
	if (a->aws.used)
		page_put(o, UI_PLAIN, "%" PRIu64 " listed by AWS, ",
			a->aws.users);
	page_put(o, UI_PLAIN, "%" PRIu64 " judged, %" PRIu64 " of them not "
		"known", all,
		a->counts[AUDIT_USER_MFA_MISSING][AUDIT_UNKNOWN]);
	page_end(o, 2);
}

static void print_not_asked(struct page *o, const struct audit *a)
{
	size_t i;

	for (i = 0; i < AUDIT_CHECKS; i++)
		if ((a->checks & AUDIT_BIT(i)) && a->skipped[i])
			page_line(o, "Not asked: %s (%s)",
				audit_check_rows[i].name, a->skipped[i]);
	for (i = 0; i < a->notes_n; i++)
		page_line(o, "Note: %s", a->notes[i]);
	page_line(o, "Not covered: " AUDIT_NOT_COVERED);
}

/* The worst first, as sentences. */
static void print_failing(struct page *o, const struct audit *a)
{
	int severity;
	size_t i;

	for (severity = AUDIT_CRITICAL; severity > 0; severity--)
		for (i = 0; i < AUDIT_CHECKS; i++) {
			uint64_t n = a->counts[i][AUDIT_FAIL];

			if (n == 0 || (int)audit_check_rows[i].severity !=
				severity)
				continue;
			page_put(o, UI_BAD, "%" PRIu64 " of %" PRIu64, n,
				judged(a, (enum audit_check)i));
			page_put(o, UI_PLAIN, "  %s (%s, %s)",
				audit_check_rows[i].means,
				audit_check_rows[i].name,
				audit_severity_names[severity]);
			page_end(o, 2);
		}
}

/* One line, the last one. */
static void print_verdict(struct page *o, const struct audit *a,
	int exit_status, const struct error *failure)
{
	struct audit_gap gaps[AUDIT_GAPS_MAX];
	size_t i, n = audit_output_gaps(a, gaps);
	bool complete = audit_output_is_complete(a, failure);

	page_put(o, UI_BOLD, "%" PRIu64 " to put right, %" PRIu64 " not known",
		audit_found(a, AUDIT_FAIL), audit_found(a, AUDIT_UNKNOWN));
	if (audit_found(a, AUDIT_MUTED) > 0)
		page_put(o, UI_BOLD, ", %" PRIu64 " muted",
			audit_found(a, AUDIT_MUTED));
	page_put(o, complete ? UI_GOOD : UI_BAD, complete ? ". Complete" :
		". Not complete");
	if (failure)
		page_put(o, UI_BAD, ": the audit ended before its end");
	for (i = 0; i < n; i++)
		page_put(o, UI_BAD, "%s not read: %s%s%s%s",
			i || failure ? ";" : ":", gaps[i].what,
			gaps[i].why[0] ? " (" : "", gaps[i].why,
			gaps[i].why[0] ? ")" : "");
	if (!failure)
		page_put(o, UI_PLAIN, "; exit status %d", exit_status);
	page_end(o, 2);
}

static void text_end(struct audit_printer *p, const struct audit *a,
	int exit_status, const struct error *failure)
{
	struct text *t = p->state;
	struct page *o = &t->page;

	if (!t)
		return;
	if (!p->summary) {
		print_groups(t, a);
		page_end(o, 0);
	} else if (a->aws.used) {
		page_end(o, 0);
	}
	print_counts(o, a);
	page_end(o, 0);
	audit_output_accounts_text(o, a);
	print_sources(o, a);
	print_population(o, a);
	beside_print_mutes(o, a);
	beside_print_earlier(o, a);
	print_not_asked(o, a);
	page_end(o, 0);
	print_failing(o, a);
	print_verdict(o, a, exit_status, failure);
	page_done(o);
	audit_rows_free(&t->rows);
	free_p(&p->state);
}

const struct audit_output audit_text = {
	"text",
	text_begin,
	text_wants,
	text_row,
	text_end,
	audit_output_is_lost,
};
