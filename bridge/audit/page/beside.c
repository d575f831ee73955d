/* SPDX-License-Identifier: Apache-2.0 */
/* What the audit was held against: an earlier run's findings that are gone, and
 * the mutes in force. */
#include "bridge/audit/page/page.h"

#include "base/text.h"
#include "bridge/audit/rows/escape.h"

#include <inttypes.h>
#include <stdio.h>

#define ROWS_MAX 1000 /* of a table */

static void begin_section(FILE *f, const char *id, const char *title)
{
	fprintf(f, "<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">%s</h2>\n"
		"<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
		"aria-label=\"%s: the table\">\n<table>\n<caption>", id, id,
		title, title);
}

static void put_heads(FILE *f, const char *const *heads, size_t n)
{
	size_t i;

	fputs("</caption>\n<thead><tr>", f);
	for (i = 0; i < n; i++)
		fprintf(f, "<th scope=\"col\">%s</th>", heads[i]);
	fputs("</tr></thead>\n<tbody>\n", f);
}

static void end_section(FILE *f, size_t n)
{
	fputs("</tbody>\n</table>\n</div>\n", f);
	if (n > ROWS_MAX)
		fprintf(f, "<p>%zu more are not shown.</p>\n", n - ROWS_MAX);
	fputs("</section>\n", f);
}

static void put_cell(FILE *f, const char *text)
{
	fputs("<td>", f);
	audit_page_put(f, text && *text ? text : "-");
	fputs("</td>", f);
}

/* ---- an earlier run ---- */

static void put_past(FILE *f, const struct audit_past *p)
{
	fprintf(f, "<tr><td>%s</td>", audit_outcome_names[p->outcome]);
	put_cell(f, p->severity);
	put_cell(f, p->check_name);
	put_cell(f, p->account);
	put_cell(f, p->subject);
	put_cell(f, p->device);
	fputs("</tr>\n", f);
}

static size_t put_outcome(FILE *f, const struct audit_earlier *e,
	enum audit_outcome outcome, size_t n)
{
	size_t i;

	for (i = 0; i < e->n; i++)
		if (e->p[i].status == AUDIT_FAIL &&
			e->p[i].outcome == outcome && n++ < ROWS_MAX)
			put_past(f, &e->p[i]);
	return n;
}

void audit_page_earlier(FILE *f, const struct audit *a)
{
	static const char *const heads[] = { "Now", "Severity", "Check",
		"Account", "Subject", "Device" };
	const struct audit_earlier *e = a->earlier;
	char when[TEXT_TIME_LEN] = "an unknown time";
	size_t n;

	if (!e)
		return;
	if (e->made)
		text_format_time(e->made, when);
	begin_section(f, "since", "Since the earlier run");
	audit_page_put(f, e->name);
	fprintf(f, " of %s%s: %" PRIu64 " new, %" PRIu64 " unchanged, %" PRIu64
		" resolved, %" PRIu64 " not asked this time. New and unchanged "
		"ones are among the rows above.", when, e->was_complete ? "" :
		" (which was not complete)", e->fresh, e->same,
		e->ended[AUDIT_RESOLVED], e->ended[AUDIT_NOT_ASKED]);
	put_heads(f, heads, ARRAY_LEN(heads));
	n = put_outcome(f, e, AUDIT_RESOLVED, 0);
	n = put_outcome(f, e, AUDIT_NOT_ASKED, n);
	end_section(f, n);
}

/* ---- mutes ---- */

static void put_checks(FILE *f, unsigned checks)
{
	const char *before = "";
	size_t i;

	fputs("<td>", f);
	for (i = 0; i < AUDIT_CHECKS; i++) {
		if (!(checks & AUDIT_BIT(i)))
			continue;
		fprintf(f, "%s%s", before, audit_check_rows[i].name);
		before = ", ";
	}
	fputs("</td>", f);
}

static void put_subjects(FILE *f, const struct mute_patterns *list)
{
	size_t i;

	fputs("<td>", f);
	for (i = 0; i < list->n; i++) {
		fputs(i ? ", " : "", f);
		audit_page_put(f, list->p[i].text);
	}
	fputs(list->n ? "</td>" : "any</td>", f);
}

static void put_rule(FILE *f, const struct mute_rule *r)
{
	char when[TEXT_TIME_LEN] = "never";

	if (r->says.expires)
		text_format_time(r->says.expires, when);
	fputs("<tr>", f);
	put_cell(f, r->says.reason);
	put_cell(f, r->says.owner);
	fprintf(f, "<td>%s</td>", when);
	put_checks(f, r->mutes);
	put_cell(f, r->account ? r->account : "any");
	put_subjects(f, &r->subjects);
	fprintf(f, "<td>%" PRIu64 "</td>", r->matched);
	put_cell(f, r->says.source);
	fputs("</tr>\n", f);
}

void audit_page_mutes(FILE *f, const struct audit *a)
{
	static const char *const heads[] = { "Reason", "Owner", "Expires",
		"Checks", "Account", "Subject", "Matched", "Where it stands" };
	const struct audit_mutes *m = a->mutes;
	uint64_t muted = audit_found(a, AUDIT_MUTED);
	size_t i, n = 0;

	if (!m)
		return;
	begin_section(f, "mutes", "Mutes in force");
	audit_page_put(f, m->name);
	fprintf(f, ": %" PRIu64 " finding%s muted. A mute past its date is "
		"not in force, and a row of mute-expired where it still "
		"matches.", muted, text_plural(muted));
	put_heads(f, heads, ARRAY_LEN(heads));
	for (i = 0; i < m->n; i++)
		if (m->rules[i].mutes && !mute_is_over(&m->rules[i].says,
				a->now) && n++ < ROWS_MAX)
			put_rule(f, &m->rules[i]);
	end_section(f, n);
}
