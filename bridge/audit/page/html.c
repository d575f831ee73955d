/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit as one page for a browser: a single file that needs no network and
 * allows none, whole without its script, for print too.
 */
#include "bridge/audit/page/page.h"

#include "base/text.h"
#include "bridge/audit/rows/escape.h"
#include "bridge/terminal/ui.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void html_begin(struct audit_printer *p, const struct audit *a)
{
	struct audit_page *page = calloc(1, sizeof(*page));

	(void)a;
	p->state = page;
	if (page)
		page->rows = audit_rows_new(AUDIT_ROWS_MAX);
	else
		ui_fail();
}

/* ---- counting devices ---- */

static void count_kind(struct audit_page *page, const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < page->kinds_n; i++)
		if (strlen(page->kinds[i].name) == n &&
			memcmp(page->kinds[i].name, name, n) == 0)
			break;
	if (i == AUDIT_KINDS_MAX || n >= sizeof(page->kinds[i].name))
		return;
	if (i == page->kinds_n) {
		page->kinds_n++;
		memcpy(page->kinds[i].name, name, n);
	}
	page->kinds[i].users++;
}

/* "fido, virtual": a user with both counts twice. */
static void count_kinds(struct audit_page *page, const struct audit_finding *f)
{
	const char *s = f->kinds;
	size_t n;

	if (f->reason != AUDIT_HAS_MFA)
		return;
	if (!s || !*s) {
		page->kind_not_told++;
		return;
	}
	for (; *s; s += n, s += strspn(s, ", ")) {
		n = strcspn(s, ",");
		count_kind(page, s, n);
	}
}

static void html_row(struct audit_printer *p, const struct audit *a,
	const struct audit_finding *f)
{
	struct audit_page *page = p->state;

	if (!page)
		return;
	/* a mute is no account's */
	if (f->check != AUDIT_MUTE_EXPIRED)
		(void)audit_accounts_count(&page->accounts, f);
	count_kinds(page, f);
	if (audit_shows(a, f->status, f->severity))
		audit_rows_add(page->rows, f);
}

/* ---- the frame ---- */

static void put_head(FILE *f, const char *title)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	      "<meta charset=\"utf-8\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\"", f);
	audit_escape_attribute(f, "content", audit_page_policy);
	fputs(">\n<meta name=\"viewport\" content=\"width=device-width, "
	      "initial-scale=1\">\n<meta name=\"referrer\" "
	      "content=\"no-referrer\">\n<title>", f);
	audit_escape(f, title);
	fprintf(f, "</title>\n<style>%s</style>\n</head>\n<body>\n"
		"<a class=\"skip\" href=\"#main\">Skip to the result</a>\n",
		audit_page_style);
}

/* Who was asked; else whose rows there are. */
static void title_of(const struct audit *a, const struct audit_page *page,
	char *ret, size_t size)
{
	const struct audit_accounts *all = &page->accounts;

	if (a->aws.used && all->n <= 1)
		snprintf(ret, size, "%s%s%s%s", a->aws.account,
			a->aws.alias[0] ? " (" : "", a->aws.alias,
			a->aws.alias[0] ? ")" : "");
	else if (all->n == 1)
		snprintf(ret, size, "%s", all->p[0].name[0] ?
			all->p[0].name : "account not known");
	else
		snprintf(ret, size, "%zu accounts", all->n);
}

static void put_result(FILE *f, const struct audit *a, int exit_status,
	const struct error *failure)
{
	uint64_t fails = audit_found(a, AUDIT_FAIL);
	uint64_t unknown = audit_found(a, AUDIT_UNKNOWN);
	uint64_t muted = audit_found(a, AUDIT_MUTED);
	bool complete = audit_output_is_complete(a, failure);
	struct audit_gap gaps[AUDIT_GAPS_MAX];
	size_t i, n = audit_output_gaps(a, gaps);

	fprintf(f, "<div class=\"verdict %s\">\n<p>", fails ? "bad" :
		unknown || !complete ? "warn" : "good");
	if (fails + unknown == 0)
		fputs("Nothing to put right", f);
	else
		fprintf(f, "%" PRIu64 " to put right, %" PRIu64 " not known",
			fails, unknown);
	if (muted)
		fprintf(f, ", %" PRIu64 " muted", muted);
	fprintf(f, "</p>\n<p>%s", complete ? "Complete: everything that was "
		"asked for was read." : "Not complete.");
	if (failure) {
		fputs(" The audit ended before its end: ", f);
		audit_page_put(f, failure->text);
	}
	for (i = 0; i < n; i++) {
		fputs(" Not read: ", f);
		audit_page_put(f, gaps[i].what);
		if (gaps[i].why[0])
			fputs(", ", f);
		audit_page_put(f, gaps[i].why);
		fputc('.', f);
	}
	if (!failure)
		fprintf(f, " <span class=\"soft\">Exit status %d.</span>",
			exit_status);
	fputs("</p>\n</div>\n", f);
}

static void put_header(FILE *f, const struct audit *a,
	const struct audit_page *page)
{
	char title[256], now[TEXT_TIME_LEN];

	title_of(a, page, title, sizeof(title));
	text_format_time(a->now, now);
	fputs("<header>\n<h1>MFA audit: ", f);
	audit_page_put(f, title);
	fprintf(f, "</h1>\n<p class=\"soft\">Made <time>%s</time>", now);
	if (a->aws.used) {
		fputs(", asked as ", f);
		audit_page_put(f, a->aws.caller);
	}
	fputs("</p>\n</header>\n<main id=\"main\">\n", f);
}

static void put_rows(FILE *f, const struct audit *a,
	const struct audit_page *page)
{
	CLEANUP(free_p) const struct audit_row **all = NULL;
	CLEANUP(audit_groups_done) struct audit_groups groups = { NULL, 0 };
	size_t n;

	all = audit_rows_all(page->rows, &n);
	if (audit_groups_of(all, n, &groups, NULL) < 0)
		ui_fail();
	audit_page_todo(f, &groups);
	audit_page_coverage(f, a, page);
	audit_page_table(f, a, all, n);
}

static void put_footer(FILE *f)
{
	fprintf(f, "</main>\n<footer>\n<p>tokenbridge %s. This page is one "
		"file: it loads nothing and sends nothing.</p>\n</footer>\n"
		"<script>%s</script>\n</body>\n</html>\n", PROGRAM_VERSION,
		audit_page_script);
}

static void html_end(struct audit_printer *p, const struct audit *a,
	int exit_status, const struct error *failure)
{
	struct audit_page *page = p->state;
	char title[256], head[320];

	if (!page)
		return;
	title_of(a, page, title, sizeof(title));
	snprintf(head, sizeof(head), "MFA audit: %s", title);
	put_head(p->to, head);
	put_header(p->to, a, page);
	put_result(p->to, a, exit_status, failure);
	audit_page_tiles(p->to, a, page);
	put_rows(p->to, a, page);
	audit_page_earlier(p->to, a);
	audit_page_mutes(p->to, a);
	audit_page_sources(p->to, a);
	audit_page_references(p->to, a);
	put_footer(p->to);
	audit_accounts_done(&page->accounts);
	audit_rows_free(&page->rows);
	free_p(&p->state);
}

const struct audit_output audit_html = { "html", html_begin,
	audit_output_wants_all, html_row, html_end, audit_output_is_lost };
