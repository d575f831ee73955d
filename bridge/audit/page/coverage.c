/* SPDX-License-Identifier: Apache-2.0 */
/* How many have MFA: the first numbers of the audit's page, by account and by
 * kind of device. */
#include "bridge/audit/page/page.h"

#include "bridge/audit/rows/escape.h"
#include "bridge/terminal/ui.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ACCOUNTS_SHOWN 100

/* Users of an account, or of all. */
struct cover {
	const char *name;
	uint64_t with, without, unknown, muted, no_password;
};

static struct cover cover_of(const struct audit_account *one)
{
	const uint64_t *users = one->users;

	return (struct cover){
		.name = one->name[0] ? one->name : "not known",
		.with = users[AUDIT_PASS] - one->without_password,
		.without = users[AUDIT_FAIL],
		.unknown = users[AUDIT_UNKNOWN],
		.muted = users[AUDIT_MUTED],
		.no_password = one->without_password,
	};
}

static uint64_t with_password(const struct cover *c)
{
	return c->with + c->without + c->unknown + c->muted;
}

static void add_cover(struct cover *all, const struct cover *one)
{
	all->with += one->with;
	all->without += one->without;
	all->unknown += one->unknown;
	all->muted += one->muted;
	all->no_password += one->no_password;
}

static struct cover cover_of_all(const struct audit_page *page)
{
	struct cover all = { .name = "All" }, one = cover_of(
		&page->accounts.others);
	size_t i;

	add_cover(&all, &one);
	for (i = 0; i < page->accounts.n; i++) {
		one = cover_of(&page->accounts.p[i]);
		add_cover(&all, &one);
	}
	return all;
}

static void put_cover_bar(FILE *f, const struct cover *c)
{
	const struct audit_part parts[] = { { "good", c->with },
		{ "bad", c->without }, { "warn", c->unknown },
		{ "plain", c->muted }, { "idle", c->no_password } };
	char title[AUDIT_ACCOUNT + 160];

	snprintf(title, sizeof(title), "%s: %" PRIu64 " with MFA, %" PRIu64
		" without, %" PRIu64 " not known, %" PRIu64 " muted, %" PRIu64
		" without password", c->name, c->with, c->without, c->unknown,
		c->muted, c->no_password);
	audit_page_bar(f, title, parts, ARRAY_LEN(parts));
}

/* ---- tiles ---- */

static unsigned percent(uint64_t n, uint64_t of)
{
	return of ? (unsigned)(100.0 * (double)n / (double)of) : 0;
}

static void put_users_tile(FILE *f, const struct audit_page *page)
{
	struct cover all = cover_of_all(page);
	uint64_t of = with_password(&all);

	if (of == 0)
		return;
	fprintf(f, "<li class=\"tile\"><b>%u %%</b>of %" PRIu64 " users who "
		"may have a password have MFA", percent(all.with, of), of);
	put_cover_bar(f, &all);
	fputs("</li>\n", f);
}

static void put_severity_tile(FILE *f, const struct audit *a)
{
	static const char *const styles[AUDIT_SEVERITIES] = {
		[AUDIT_LOW] = "idle", [AUDIT_MEDIUM] = "warn",
		[AUDIT_HIGH] = "bad", [AUDIT_CRITICAL] = "bad" };
	struct audit_part parts[AUDIT_SEVERITIES];
	char title[128] = "";
	size_t n = 0, at = 0;
	int i;

	for (i = AUDIT_CRITICAL; i >= AUDIT_LOW; i--) {
		uint64_t fails = a->severe[i][AUDIT_FAIL];

		parts[n++] = (struct audit_part){ styles[i], fails };
		if (fails)
			at += (size_t)snprintf(title + at, sizeof(title) - at,
				"%s%" PRIu64 " %s", at ? ", " : "", fails,
				audit_severity_names[i]);
	}
	fprintf(f, "<li class=\"tile\"><b>%" PRIu64 "</b>to put right",
		audit_found(a, AUDIT_FAIL));
	if (title[0])
		fprintf(f, ": %s", title);
	audit_page_bar(f, title[0] ? title : "nothing to put right", parts, n);
	fputs("</li>\n", f);
}

static void put_keys_tile(FILE *f, const struct audit *a)
{
	const struct audit_registry_source *r = &a->registry;
	const struct audit_part parts[] = { { "good", r->handed_over },
		{ "plain", r->tokens - r->handed_over } };
	char title[96];

	if (!r->has_tokens)
		return;
	snprintf(title, sizeof(title), "%zu of %zu keys are handed over",
		r->handed_over, r->tokens);
	fprintf(f, "<li class=\"tile\"><b>%zu of %zu</b>keys of the registry "
		"are handed over", r->handed_over, r->tokens);
	audit_page_bar(f, title, parts, ARRAY_LEN(parts));
	fputs("</li>\n", f);
}

static void put_root_tile(FILE *f, const struct audit *a)
{
	const uint64_t *n = a->counts[AUDIT_ROOT_MFA_MISSING];
	const struct audit_part parts[] = { { "good", n[AUDIT_PASS] },
		{ "bad", n[AUDIT_FAIL] }, { "warn", n[AUDIT_UNKNOWN] },
		{ "plain", n[AUDIT_MUTED] },
		{ "idle", n[AUDIT_NOT_APPLICABLE] } };

	if (!audit_asks(a, AUDIT_ROOT_MFA_MISSING))
		return;
	fprintf(f, "<li class=\"tile\"><b>%" PRIu64 " of %" PRIu64 "</b>root "
		"users have MFA, or nothing to sign in with", n[AUDIT_PASS],
		n[AUDIT_PASS] + n[AUDIT_FAIL] + n[AUDIT_UNKNOWN] +
		n[AUDIT_MUTED]);
	audit_page_bar(f, "root users: with MFA or without credentials, "
		"without MFA, not known, muted, without root", parts,
		ARRAY_LEN(parts));
	fputs("</li>\n", f);
}

static void put_change_tile(FILE *f, const struct audit_page *page)
{
	CLEANUP(free_p) const struct audit_row **all = NULL;
	uint64_t n[AUDIT_CHANGES] = { 0 };
	size_t i, rows;

	all = audit_rows_all(page->rows, &rows);
	for (i = 0; i < rows; i++)
		n[all[i]->change]++;
	if (n[AUDIT_NEW] + n[AUDIT_UNCHANGED] == 0)
		return;
	fprintf(f, "<li class=\"tile\"><b>%" PRIu64 " new</b>since the last "
		"time; %" PRIu64 " unchanged", n[AUDIT_NEW],
		n[AUDIT_UNCHANGED]);
	audit_page_bar(f, "new and unchanged findings", (struct audit_part[]){
		{ "bad", n[AUDIT_NEW] }, { "plain", n[AUDIT_UNCHANGED] } }, 2);
	fputs("</li>\n", f);
}

void audit_page_tiles(FILE *f, const struct audit *a,
	const struct audit_page *page)
{
	fputs("<ul class=\"tiles\" aria-label=\"In numbers\">\n", f);
	put_severity_tile(f, a);
	put_users_tile(f, page);
	put_root_tile(f, a);
	put_keys_tile(f, a);
	put_change_tile(f, page);
	fputs("</ul>\n", f);
}

/* ---- by account ---- */

static void put_legend(FILE *f)
{
	static const struct {
		const char *style, *word;
	} keys[] = { { "good", "with MFA" },
		{ "bad", "password and no MFA" }, { "warn", "not known" },
		{ "plain", "muted" }, { "idle", "no password" } };
	size_t i;

	fputs("<ul class=\"key\" aria-label=\"Colours\">", f);
	for (i = 0; i < ARRAY_LEN(keys); i++)
		fprintf(f, "<li><svg class=\"bar\" aria-hidden=\"true\" "
			"viewBox=\"0 0 12 12\"><rect class=\"%s\" width=\"12\""
			" height=\"12\"/></svg>%s</li>", keys[i].style,
			keys[i].word);
	fputs("</ul>\n", f);
}

static void put_cover(FILE *f, const struct cover *c)
{
	fputs("<tr><th scope=\"row\">", f);
	audit_page_put(f, c->name);
	fputs("</th><td>", f);
	put_cover_bar(f, c);
	fprintf(f, "</td><td class=\"number\">%" PRIu64 "</td>"
		"<td class=\"number\">%" PRIu64 "</td>"
		"<td class=\"number\">%" PRIu64 "</td>"
		"<td class=\"number\">%" PRIu64 "</td>"
		"<td class=\"number\">%" PRIu64 "</td></tr>\n", c->with,
		c->without, c->unknown, c->muted, c->no_password);
}

/* Those with most to do first. */
static int compare_covers(const void *pa, const void *pb)
{
	const struct cover *a = pa, *b = pb;

	if (a->without != b->without)
		return a->without < b->without ? 1 : -1;
	if (a->unknown != b->unknown)
		return a->unknown < b->unknown ? 1 : -1;
	return strcmp(a->name, b->name);
}

static void put_accounts(FILE *f, const struct audit_accounts *list)
{
	CLEANUP(free_p) struct cover *all = calloc(list->n ? list->n : 1,
		sizeof(*all));
	struct cover rest = cover_of(&list->others);
	size_t i;

	if (!all) {
		ui_fail();
		return;
	}
	for (i = 0; i < list->n; i++)
		all[i] = cover_of(&list->p[i]);
	qsort(all, list->n, sizeof(*all), compare_covers);
	for (i = 0; i < list->n && i < ACCOUNTS_SHOWN; i++)
		put_cover(f, &all[i]);
	for (; i < list->n; i++)
		add_cover(&rest, &all[i]);
	rest.name = "all others";
	if (list->n > ACCOUNTS_SHOWN)
		put_cover(f, &rest);
}

static void put_by_account(FILE *f, const struct audit_page *page)
{
	fputs("<h3 id=\"by-account\">Users by account</h3>\n", f);
	put_legend(f);
	fputs("<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
	      "aria-labelledby=\"by-account\">\n<table class=\"coverage\">\n"
	      "<thead><tr><th scope=\"col\">Account</th>"
	      "<th scope=\"col\">Picture</th>"
	      "<th scope=\"col\" class=\"number\">With MFA</th>"
	      "<th scope=\"col\" class=\"number\">Without</th>"
	      "<th scope=\"col\" class=\"number\">Not known</th>"
	      "<th scope=\"col\" class=\"number\">Muted</th>"
	      "<th scope=\"col\" class=\"number\">No password</th>"
	      "</tr></thead>\n<tbody>\n", f);
	put_accounts(f, &page->accounts);
	fputs("</tbody>\n</table>\n</div>\n", f);
}

/* ---- by kind ---- */

static void put_kind(FILE *f, const char *name, uint64_t users, uint64_t of)
{
	const struct audit_part parts[] = { { "good", users },
		{ "idle", of > users ? of - users : 0 } };
	char title[128];

	snprintf(title, sizeof(title), "%s: %" PRIu64 " of %" PRIu64
		" users with MFA", name, users, of);
	fputs("<tr><th scope=\"row\">", f);
	audit_page_put(f, name);
	fputs("</th><td>", f);
	audit_page_bar(f, title, parts, ARRAY_LEN(parts));
	fprintf(f, "</td><td class=\"number\">%" PRIu64 "</td></tr>\n", users);
}

static void put_by_kind(FILE *f, const struct audit_page *page)
{
	struct cover all = cover_of_all(page);
	uint64_t of = page->kind_not_told;
	size_t i;

	for (i = 0; i < page->kinds_n; i++)
		of = page->kinds[i].users > of ? page->kinds[i].users : of;
	of = all.with > of ? all.with : of;
	fputs("<h3 id=\"by-kind\">Users with MFA by kind of device</h3>\n"
	      "<p class=\"soft small\">Who has several kinds counts in each."
	      "</p>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
	      "aria-labelledby=\"by-kind\">\n<table class=\"coverage\">\n"
	      "<thead><tr><th scope=\"col\">Kind</th><th scope=\"col\">Picture"
	      "</th><th scope=\"col\" class=\"number\">Users</th></tr></thead>"
	      "\n<tbody>\n", f);
	for (i = 0; i < page->kinds_n; i++)
		put_kind(f, page->kinds[i].name, page->kinds[i].users, of);
	if (page->kind_not_told > 0)
		put_kind(f, "not told", page->kind_not_told, of);
	fputs("</tbody>\n</table>\n</div>\n", f);
}

void audit_page_coverage(FILE *f, const struct audit *a,
	const struct audit_page *page)
{
	if (!audit_asks(a, AUDIT_USER_MFA_MISSING) || page->accounts.n == 0)
		return;
	fputs("<section aria-labelledby=\"coverage\">\n"
	      "<h2 id=\"coverage\">Coverage</h2>\n", f);
	put_by_account(f, page);
	if (page->kinds_n > 0 || page->kind_not_told > 0)
		put_by_kind(f, page);
	fputs("</section>\n", f);
}
