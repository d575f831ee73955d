/* SPDX-License-Identifier: Apache-2.0 */
/* What to do first, and all rows, on the audit's page. */
#include "bridge/audit/page/page.h"

#include "base/text.h"
#include "bridge/audit/rows/escape.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_SHOWN 24
#define NAMES_MAX 500 /* behind a click; the table has all */

/* ---- what to do first ---- */

static void put_subjects(FILE *f, const struct audit_group *g, size_t from,
	size_t to)
{
	size_t i;

	fputs("<ul class=\"names\">", f);
	for (i = from; i < to; i++) {
		fputs("<li>", f);
		audit_page_put(f, g->row[i]->subject);
		if (!g->account) {
			fputs(" <span class=\"soft\">", f);
			audit_page_put(f, g->row[i]->account);
			fputs("</span>", f);
		}
		fputs("</li>", f);
	}
	fputs("</ul>\n", f);
}

static void put_all_subjects(FILE *f, const struct audit_group *g)
{
	size_t shown = g->n < NAMES_SHOWN ? g->n : NAMES_SHOWN;
	size_t all = g->n < NAMES_MAX ? g->n : NAMES_MAX;

	put_subjects(f, g, 0, shown);
	if (shown == g->n)
		return;
	fprintf(f, "<details><summary>%zu more</summary>", g->n - shown);
	put_subjects(f, g, shown, all);
	if (all < g->n)
		fprintf(f, "<p>And %zu more: see the table.</p>", g->n - all);
	fputs("</details>\n", f);
}

static void put_group(FILE *f, const struct audit_group *g)
{
	const struct audit_row *row = g->row[0];

	fprintf(f, "<li>\n<h3>%s", row->status == AUDIT_UNKNOWN ?
		"Not known: " : "");
	audit_page_put(f, audit_check_rows[row->check].means);
	fprintf(f, " <span class=\"soft\">(%zu)</span></h3>\n<p>", g->n);
	audit_page_chip(f, audit_status_names[row->status]);
	fputc(' ', f);
	audit_page_chip(f, audit_severity_names[row->severity]);
	fprintf(f, " <span class=\"soft small\">%s",
		audit_check_rows[row->check].name);
	if (g->account && g->account[0]) {
		fputs(", account ", f);
		audit_page_put(f, g->account);
	}
	fputs("</span></p>\n", f);
	if (g->seen[0]) {
		fputs("<p>Seen: ", f);
		audit_page_sentence(f, g->seen);
		fputs("</p>\n", f);
	}
	if (row->literal[0]) {
		fputs("<p>Benchmarks: ", f);
		audit_page_put(f, row->literal);
		fputs("</p>\n", f);
	}
	if (g->remedy[0]) {
		fputs("<p><strong>To do:</strong> ", f);
		audit_page_sentence(f, g->remedy);
		fputs("</p>\n", f);
	}
	put_all_subjects(f, g);
	fputs("</li>\n", f);
}

static bool is_to_do(const struct audit_group *g)
{
	return g->row[0]->status == AUDIT_FAIL ||
		g->row[0]->status == AUDIT_UNKNOWN;
}

void audit_page_todo(FILE *f, const struct audit_groups *groups)
{
	size_t i;

	if (groups->n == 0 || !is_to_do(&groups->p[0]))
		return;
	fputs("<section aria-labelledby=\"todo\">\n"
	      "<h2 id=\"todo\">What to do first</h2>\n<ol class=\"todo\">\n",
		f);
	for (i = 0; i < groups->n && is_to_do(&groups->p[i]); i++)
		put_group(f, &groups->p[i]);
	fputs("</ol>\n</section>\n", f);
}

/* ---- all rows ---- */

static void put_controls(FILE *f)
{
	static const enum audit_status order[AUDIT_STATUSES] = { AUDIT_FAIL,
		AUDIT_UNKNOWN, AUDIT_MUTED, AUDIT_PASS, AUDIT_NOT_APPLICABLE };
	static const char *const severities[] = { "all", "medium and above",
		"high and above", "critical" };
	size_t i;

	fputs("<div class=\"controls\">\n<div><label for=\"search\">Filter by "
	      "words</label><input type=\"search\" id=\"search\" "
	      "autocomplete=\"off\"></div>\n<div><label for=\"severity\">"
	      "Severity</label><select id=\"severity\">", f);
	for (i = 0; i < ARRAY_LEN(severities); i++)
		fprintf(f, "<option value=\"%zu\">%s</option>", i + 1,
			severities[i]);
	fputs("</select></div>\n<fieldset><legend>Status</legend>", f);
	for (i = 0; i < AUDIT_STATUSES; i++)
		fprintf(f, "<label><input type=\"checkbox\" name=\"status\" "
			"value=\"%s\" checked> %s</label>",
			audit_status_names[order[i]],
			audit_status_names[order[i]]);
	fputs("</fieldset>\n</div>\n<p id=\"count\" class=\"soft small\" "
	      "role=\"status\"></p>\n", f);
}

static void put_basis(FILE *f, const struct audit *a,
	const struct audit_row *row)
{
	char when[TEXT_TIME_LEN] = "";

	if (!row->source[0] && !a->endpoint)
		return;
	if (row->when)
		text_format_time(row->when, when);
	fputs("<p class=\"soft small\">", f);
	audit_page_put(f, row->source);
	fprintf(f, "%s%s", row->when ? " as of " : row->source[0] ?
		", age unknown" : "", when);
	if (a->endpoint) {
		fputs(" at ", f);
		audit_page_put(f, a->endpoint);
	}
	fputs("</p>", f);
}

static void put_mute(FILE *f, const struct audit_row *row)
{
	char when[TEXT_TIME_LEN] = "never";

	if (row->status != AUDIT_MUTED)
		return;
	fprintf(f, "<p>Mutes %s", audit_status_names[row->mutes]);
	if (row->mute) {
		if (row->mute->expires)
			text_format_time(row->mute->expires, when);
		fputs(": ", f);
		audit_page_put(f, row->mute->reason);
		fputs("; owner ", f);
		audit_page_put(f, row->mute->owner[0] ? row->mute->owner :
			"not told");
		fprintf(f, "; expires %s", when);
	}
	fputs("</p>", f);
}

static void put_sentence(FILE *f, const char *title, const char *text)
{
	if (!text[0])
		return;
	fprintf(f, "<p>%s", title);
	audit_page_sentence(f, text);
	fputs("</p>", f);
}

static void put_finding(FILE *f, const struct audit *a,
	const struct audit_row *row)
{
	fprintf(f, "<tr><td data-name=\"%s\" data-rank=\"%zu\">",
		audit_status_names[row->status], audit_rows_rank(row->status));
	audit_page_chip(f, audit_status_names[row->status]);
	if (row->change != AUDIT_NOT_COMPARED)
		fprintf(f, " <span class=\"soft small\">%s</span>",
			audit_change_names[row->change]);
	fprintf(f, "</td><td data-rank=\"%d\">%s</td><td>%s</td><td>",
		(int)row->severity, audit_severity_names[row->severity],
		audit_check_rows[row->check].name);
	audit_page_put(f, row->account);
	fputs("</td><td><p>", f);
	audit_page_put(f, row->subject);
	fputs("</p>", f);
	if (row->device[0]) {
		fputs("<p class=\"soft small\">", f);
		audit_page_put(f, row->device);
		fputs("</p>", f);
	}
	fputs("</td><td class=\"seen\">", f);
	put_sentence(f, "", row->seen);
	put_sentence(f, "Benchmarks: ", row->literal);
	put_mute(f, row);
	put_basis(f, a, row);
	put_sentence(f, "To do: ", row->remedy);
	fputs("</td></tr>\n", f);
}

static void put_caption(FILE *f, const struct audit *a, size_t n)
{
	uint64_t all = audit_output_count(a, (1u << AUDIT_STATUSES) - 1);

	fprintf(f, "<caption>%zu row%s, the worst first.", n, text_plural(n));
	if (all > n)
		fprintf(f, " %" PRIu64 " more are counted above and not shown:"
			" a browser does not bear more. <code>--output "
			"csv=FILE</code> has all.", all - n);
	if (a->view.statuses || a->view.least > AUDIT_LOW)
		fputs(" Only the rows that were asked for by --status and "
		      "--severity.", f);
	fputs("</caption>\n", f);
}

void audit_page_table(FILE *f, const struct audit *a,
	const struct audit_row *const *rows, size_t n)
{
	static const char *const heads[] = { "Status", "Severity", "Check",
		"Account", "Subject, device", "Seen" };
	size_t i;

	fputs("<section aria-labelledby=\"all\">\n"
	      "<h2 id=\"all\">All rows</h2>\n", f);
	put_controls(f);
	fputs("<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
	      "aria-label=\"Table of all rows\">\n"
	      "<table id=\"findings\" class=\"findings\">\n", f);
	put_caption(f, a, n);
	fputs("<thead><tr>", f);
	for (i = 0; i < ARRAY_LEN(heads); i++)
		fprintf(f, "<th scope=\"col\"><button type=\"button\">%s"
			"</button></th>", heads[i]);
	fputs("</tr></thead>\n<tbody>\n", f);
	for (i = 0; i < n; i++)
		put_finding(f, a, rows[i]);
	fputs("</tbody>\n</table>\n</div>\n</section>\n", f);
}
