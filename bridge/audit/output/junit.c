/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit as JUnit's XML: a suite an account, a case a row, whose class is
 * tokenbridge.ACCOUNT.CHECK and whose name is subject and device. FAIL is a
 * failure, UNKNOWN an error, what is muted or does not apply is skipped. What is
 * more than a server reads stands as counts.
 */
#include "bridge/audit/output/output.h"

#include "base/text.h"
#include "bridge/audit/rows/accounts.h"
#include "bridge/audit/rows/escape.h"
#include "bridge/terminal/ui.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CASES_MAX 10000

struct junit {
	struct audit_accounts accounts;
	struct audit_rows *rows;
};

static void junit_begin(struct audit_printer *p, const struct audit *a)
{
	struct junit *j = calloc(1, sizeof(*j));

	(void)a;
	p->state = j;
	if (j)
		j->rows = audit_rows_new(CASES_MAX);
	else
		ui_fail();
}

static void junit_row(struct audit_printer *p, const struct audit *a,
	const struct audit_finding *f)
{
	struct junit *j = p->state;

	if (!j)
		return;
	(void)audit_accounts_count(&j->accounts, f);
	if (audit_shows(a, f->status, f->severity))
		audit_rows_add(j->rows, f);
}

/* ---- a case ---- */

/* The element inside a case; NULL: it has passed. */
static const char *element_of(enum audit_status status)
{
	static const char *const elements[AUDIT_STATUSES] = {
		[AUDIT_FAIL] = "failure",
		[AUDIT_UNKNOWN] = "error",
		[AUDIT_NOT_APPLICABLE] = "skipped",
		[AUDIT_MUTED] = "skipped",
	};

	return elements[status];
}

static void put_told(FILE *f, const char *title, const char *text)
{
	if (!*text)
		return;
	fprintf(f, "%s: ", title);
	audit_escape(f, text);
	fputc('\n', f);
}

static void put_element(FILE *f, const struct audit *a,
	const struct audit_row *row, const char *element)
{
	char when[TEXT_TIME_LEN] = "";

	if (row->when)
		text_format_time(row->when, when);
	fprintf(f, "<%s", element);
	audit_escape_attribute(f, "type", audit_severity_names[row->severity]);
	audit_escape_attribute(f, "message", row->seen);
	fputc('>', f);
	put_told(f, "status", audit_status_names[row->status]);
	put_told(f, "seen", row->seen);
	put_told(f, "source", row->source);
	put_told(f, "time", when);
	put_told(f, "endpoint", a->endpoint ? a->endpoint : "");
	put_told(f, "benchmarks", row->literal);
	put_told(f, "to do", row->remedy);
	if (row->status == AUDIT_MUTED) {
		put_told(f, "mutes", audit_status_names[row->mutes]);
		put_told(f, "reason", row->mute ? row->mute->reason : "");
		put_told(f, "owner", row->mute ? row->mute->owner : "");
	}
	fprintf(f, "</%s>", element);
}

static void put_case(FILE *f, const struct audit *a,
	const struct audit_row *row, const char *account)
{
	const char *element = element_of(row->status);

	fputs("  <testcase classname=\"tokenbridge.", f);
	audit_escape(f, account);
	fprintf(f, ".%s\" name=\"", audit_check_rows[row->check].name);
	audit_escape(f, row->subject);
	if (row->device[0]) {
		fputc(' ', f);
		audit_escape(f, row->device);
	}
	fputs("\">", f);
	if (element)
		put_element(f, a, row, element);
	else if (row->literal[0]) {
		fputs("<system-out>", f);
		put_told(f, "benchmarks", row->literal);
		fputs("</system-out>", f);
	}
	fputs("</testcase>\n", f);
}

/* ---- a suite ---- */

struct suite {
	const struct audit_row *const *row; /* of all suites */
	size_t n;
	const struct audit_account *account;
};

static size_t count_cases(const struct suite *s, unsigned statuses)
{
	size_t i, n = 0;

	for (i = 0; i < s->n; i++)
		if ((statuses & 1u << s->row[i]->status) &&
			strcmp(s->row[i]->account, s->account->name) == 0)
			n++;
	return n;
}

static void put_counts(FILE *f, const struct suite *s)
{
	size_t i;

	fputs("  <properties>\n", f);
	for (i = 0; i < AUDIT_STATUSES; i++)
		fprintf(f, "   <property name=\"%s\" value=\"%" PRIu64
			"\"/>\n", audit_status_names[i],
			s->account->counts[i]);
	fputs("  </properties>\n", f);
}

static void put_suite(FILE *f, const struct audit *a, const struct suite *s)
{
	const char *name = s->account->name[0] ? s->account->name : "unknown";
	size_t i;

	fputs(" <testsuite", f);
	audit_escape_attribute(f, "name", name);
	fprintf(f, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
		"skipped=\"%zu\">\n",
		count_cases(s, (1u << AUDIT_STATUSES) - 1),
		count_cases(s, 1u << AUDIT_FAIL),
		count_cases(s, 1u << AUDIT_UNKNOWN),
		count_cases(s, 1u << AUDIT_MUTED | 1u << AUDIT_NOT_APPLICABLE));
	put_counts(f, s);
	for (i = 0; i < s->n; i++)
		if (strcmp(s->row[i]->account, s->account->name) == 0)
			put_case(f, a, s->row[i], name);
	fputs(" </testsuite>\n", f);
}

/* What was not read is an error of its own, or all would look well. */
static void put_gaps(FILE *f, const struct audit *a,
	const struct error *failure)
{
	struct audit_gap gaps[AUDIT_GAPS_MAX];
	size_t i, n = audit_output_gaps(a, gaps);

	if (audit_output_is_complete(a, failure))
		return;
	fputs(" <testsuite name=\"complete\" tests=\"1\" failures=\"0\" "
	      "errors=\"1\">\n  <testcase classname=\"tokenbridge.complete\" "
	      "name=\"complete\"><error", f);
	audit_escape_attribute(f, "message", failure ? failure->text :
		"not everything was read");
	fputc('>', f);
	for (i = 0; i < n; i++)
		put_told(f, gaps[i].what, gaps[i].why[0] ? gaps[i].why :
			"not read");
	fputs("</error></testcase>\n </testsuite>\n", f);
}

static void junit_end(struct audit_printer *p, const struct audit *a,
	int exit_status, const struct error *failure)
{
	CLEANUP(free_p) const struct audit_row **all = NULL;
	struct junit *j = p->state;
	struct suite s;
	size_t i, n;

	(void)exit_status;
	if (!j)
		return;
	all = audit_rows_all(j->rows, &n);
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	      "<testsuites name=\"tokenbridge audit\">\n", p->to);
	for (i = 0; i < j->accounts.n; i++) {
		s = (struct suite){ all, n, &j->accounts.p[i] };
		put_suite(p->to, a, &s);
	}
	put_gaps(p->to, a, failure);
	fputs("</testsuites>\n", p->to);
	audit_accounts_done(&j->accounts);
	audit_rows_free(&j->rows);
	free_p(&p->state);
}

const struct audit_output audit_junit = { "junit", junit_begin,
	audit_output_wants_all, junit_row, junit_end, audit_output_is_lost };
