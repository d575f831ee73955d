/* SPDX-License-Identifier: Apache-2.0 */
/* What the audit's page rests on, what it leaves out, and what others call its
 * checks. */
#include "bridge/audit/page/page.h"

#include "base/text.h"
#include "bridge/audit/rules/references.h"
#include "bridge/audit/rows/escape.h"

#include <inttypes.h>
#include <stdio.h>

static void put_term(FILE *f, const char *term)
{
	fprintf(f, "<dt>%s</dt><dd>", term);
}

static void put_pair(FILE *f, const char *term, const char *text)
{
	if (!text || !*text)
		return;
	put_term(f, term);
	audit_page_put(f, text);
	fputs("</dd>\n", f);
}

static void put_aws(FILE *f, const struct audit *a)
{
	const struct audit_aws_source *s = &a->aws;
	char when[TEXT_TIME_LEN] = "";

	if (!s->used) {
		put_pair(f, "AWS", "not asked: PASS is as of the report");
		return;
	}
	if (s->when)
		text_format_time(s->when, when);
	put_term(f, "AWS");
	fprintf(f, "%" PRIu64 " users listed, %u requests%s%s</dd>\n",
		s->users, s->requests, s->when ? ", beginning " : "", when);
	put_pair(f, "Not AWS's own endpoint", s->endpoint);
	put_pair(f, "Not the system's certificates", s->ca_bundle);
	put_pair(f, "By a proxy", s->proxy);
}

static void put_report(FILE *f, const struct audit *a)
{
	const struct audit_report_source *r = &a->report;
	char when[TEXT_TIME_LEN], age[32];

	if (!r->used)
		return;
	if (r->why_not[0]) {
		put_pair(f, "Credential report", r->why_not);
		return;
	}
	put_term(f, "Credential report");
	if (r->name) {
		audit_page_put(f, r->name);
		fputs(": ", f);
	}
	fprintf(f, "%" PRIu64 " rows, ", r->rows);
	if (r->bad_rows)
		fprintf(f, "%" PRIu64 " of them cannot be read, ",
			r->bad_rows);
	if (!r->generated) {
		fputs("age unknown</dd>\n", f);
		return;
	}
	text_format_time(r->generated, when);
	text_format_age(r->generated < a->now ? a->now - r->generated : 0, age,
		sizeof(age));
	fprintf(f, "%s, %s old</dd>\n", when, age);
}

static void put_registry(FILE *f, const struct audit *a)
{
	const struct audit_registry_source *r = &a->registry;

	if (!r->used)
		return;
	if (r->why_not[0]) {
		put_pair(f, "Registry", r->why_not);
		return;
	}
	put_term(f, "Registry");
	audit_page_put(f, r->path);
	fprintf(f, ": %zu bindings in force here, %zu of other accounts</dd>"
		"\n", r->bindings, r->elsewhere);
}

/* Of many: those of which not all was read. */
static void put_accounts(FILE *f, const struct audit *a)
{
	const struct audit_account_source *x;
	char term[40];
	size_t i;

	for (i = 0; i < a->accounts_n; i++) {
		x = &a->accounts[i];
		snprintf(term, sizeof(term), "Account %s, %s", x->id,
			audit_account_state_names[x->state]);
		put_pair(f, term, x->why);
	}
}

void audit_page_sources(FILE *f, const struct audit *a)
{
	size_t i;

	fputs("<section aria-labelledby=\"sources\">\n<h2 id=\"sources\">"
	      "What this rests on</h2>\n<div class=\"panel\">\n<dl>\n", f);
	put_aws(f, a);
	put_report(f, a);
	put_registry(f, a);
	put_accounts(f, a);
	for (i = 0; i < AUDIT_CHECKS; i++) {
		if (!(a->checks & AUDIT_BIT(i)) || !a->skipped[i])
			continue;
		put_term(f, "Not asked");
		fprintf(f, "%s: ", audit_check_rows[i].name);
		audit_page_put(f, a->skipped[i]);
		fputs("</dd>\n", f);
	}
	for (i = 0; i < a->notes_n; i++)
		put_pair(f, "Note", a->notes[i]);
	put_pair(f, "Not covered", AUDIT_NOT_COVERED);
	fputs("</dl>\n</div>\n</section>\n", f);
}

static void put_references(FILE *f, enum audit_check check)
{
	const struct audit_reference *r;
	size_t i, n;

	r = audit_references(check, &n);
	for (i = 0; i < n; i++)
		fprintf(f, "<tr><td>%s</td><td>%s %s</td><td>%s</td><td>%s"
			"</td><td>%s</td></tr>\n", r[i].check, r[i].framework,
			r[i].version, r[i].id,
			audit_relation_names[r[i].relation],
			r[i].severity[0] ? r[i].severity : "-");
}

void audit_page_references(FILE *f, const struct audit *a)
{
	size_t i;

	fputs("<section aria-labelledby=\"elsewhere\">\n<h2 id=\"elsewhere\">"
	      "The same checks elsewhere</h2>\n<details>\n<summary>Benchmarks, "
	      "standards and tools</summary>\n<div class=\"scroll\" "
	      "tabindex=\"0\" role=\"region\" aria-label=\"Table of references\">\n"
	      "<table>\n<caption>Narrower: theirs fails elsewhere, too. "
	      "Related: theirs asks for this among other things.</caption>\n"
	      "<thead><tr><th scope=\"col\">Check</th>"
	      "<th scope=\"col\">Framework</th><th scope=\"col\">Id</th>"
	      "<th scope=\"col\">Ours is</th>"
	      "<th scope=\"col\">Their severity</th></tr></thead>\n<tbody>\n",
		f);
	for (i = 0; i < AUDIT_CHECKS; i++)
		if (audit_asks(a, (enum audit_check)i))
			put_references(f, (enum audit_check)i);
	fputs("</tbody>\n</table>\n</div>\n</details>\n</section>\n", f);
}
