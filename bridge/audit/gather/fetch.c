/* SPDX-License-Identifier: Apache-2.0 */
/* The live audit's credential report: fetched, or why there is none. */
#include "bridge/audit/gather/steps.h"

#include "bridge/audit/gather/gather.h"

#include "aws/report/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPORT_WAIT_MS 60000
/* What it tells something about that is not asked of AWS again. */
#define REPORT_CHECKS                                                          \
	(AUDIT_BIT(AUDIT_USER_MFA_MISSING) |                                   \
		AUDIT_BIT(AUDIT_ROOT_MFA_MISSING) |                            \
		AUDIT_BIT(AUDIT_ROOT_ACCESS_KEY) |                             \
		AUDIT_BIT(AUDIT_USER_NOT_RESISTANT))

static enum audit_answer answer_of(struct report_field f)
{
	switch (report_value(f)) {
	case REPORT_TRUE:
		return AUDIT_YES;
	case REPORT_FALSE:
		return AUDIT_NO;
	default:
		return AUDIT_NOT_KNOWN;
	}
}

/* An active key, or one that was made once and is not active now. */
static enum audit_key_state key_state_of(const struct report_row *row)
{
	static const enum report_column columns[][2] = {
		{ REPORT_ACCESS_KEY_1_ACTIVE,
			REPORT_ACCESS_KEY_1_LAST_ROTATED },
		{ REPORT_ACCESS_KEY_2_ACTIVE,
			REPORT_ACCESS_KEY_2_LAST_ROTATED },
	};
	enum audit_key_state state = AUDIT_KEY_NOT_TOLD;
	size_t i;

	for (i = 0; i < ARRAY_LEN(columns); i++) {
		if (answer_of(row->field[columns[i][0]]) == AUDIT_YES)
			return AUDIT_KEY_ACTIVE;
		if (report_value(row->field[columns[i][1]]) == REPORT_DATE)
			state = AUDIT_KEY_INACTIVE;
	}
	return state;
}

/* Whether one of the two keys is active. */
static enum audit_answer any_active(const struct report_row *row)
{
	enum audit_answer a = answer_of(row->field[REPORT_ACCESS_KEY_1_ACTIVE]);
	enum audit_answer b = answer_of(row->field[REPORT_ACCESS_KEY_2_ACTIVE]);

	if (a == AUDIT_YES || b == AUDIT_YES)
		return AUDIT_YES;
	return a == AUDIT_NO && b == AUDIT_NO ? AUDIT_NO : AUDIT_NOT_KNOWN;
}

/* A report of another account would make nonsense of everything. */
static bool is_ours(struct live *l, const struct report_row *row)
{
	struct report_field f = row->field[REPORT_ARN];
	struct arn arn;

	if (!arn_parse(f.p, f.n, &arn))
		return false;
	if (arn_part_is(arn.account, l->identity.account))
		return true;
	if (arn.account.n == ARN_ACCOUNT_LEN)
		memcpy(l->strange_account, arn.account.p, ARN_ACCOUNT_LEN);
	return false;
}

static int fetch_on_row(void *data, const struct report_row *row,
	struct error *err)
{
	struct report_field name = row->field[REPORT_USER];
	struct report_field arn = row->field[REPORT_ARN];
	struct live *l = data;
	struct live_person *p;

	if (!is_ours(l, row)) {
		l->report_bad++;
		return 0;
	}
	if (report_row_is_root(row)) {
		l->reported_root = true;
		l->reported_root_mfa = answer_of(row->field[REPORT_MFA_ACTIVE]);
		l->reported_root_password =
			answer_of(row->field[REPORT_PASSWORD_ENABLED]);
		l->reported_root_key = key_state_of(row);
		l->reported_root_active = any_active(row);
		return 0;
	}
	if (name.n == 0 || name.n > IAM_NAME_MAX) {
		l->report_bad++;
		return 0;
	}
	p = live_person_add(&l->reported, name.p, name.n, arn.p, arn.n);
	if (!p)
		return error_memory(err);
	p->reported_mfa = answer_of(row->field[REPORT_MFA_ACTIVE]);
	p->reported_password = answer_of(row->field[REPORT_PASSWORD_ENABLED]);
	p->reported_key = any_active(row);
	(void)report_time(row->field[REPORT_USER_CREATION_TIME],
		&p->reported_created);
	return 0;
}

static int fetch_on_bad(void *data, uint64_t line, const struct error *why,
	struct error *err)
{
	struct live *l = data;

	(void)line;
	(void)why;
	(void)err;
	l->report_bad++;
	return 0;
}

static int fetch_report(struct live *l, struct error *err)
{
	const struct report_events events = { fetch_on_row, fetch_on_bad, l };
	CLEANUP(report_free) struct report *report = NULL;
	struct iam_report_info info = { .generated = 0 };
	time_t begun;
	int r;

	r = report_new(&report, &events, err);
	if (r >= 0)
		r = iam_get_credential_report(l->s,
			deadline_in(REPORT_WAIT_MS), report_feed_any, report,
			&info, err);
	if (r >= 0)
		r = report_finish(report, err);
	if (r >= 0 && l->strange_account[0])
		return error_set(err, ERROR_MALFORMED,
			"the credential report that AWS gave is of account "
			"'%s'", l->strange_account);
	if (r < 0)
		return r;
	/* the first time that this run asked for one counts */
	begun = l->renewal->begun ? l->report_begun : info.begun;
	l->report_is_fresh = begun > 0 && info.generated > begun;
	l->a->report.generated = info.generated;
	l->a->report.reports = report_count(report);
	l->a->report.rows = report_rows(report);
	l->a->report.bad_rows = l->report_bad;
	return 0;
}

static void know_the_same(struct live_person *a, struct live_person *b)
{
	if (strcmp(a->name, b->name) != 0)
		return;
	if (a->reported_mfa != b->reported_mfa)
		a->reported_mfa = b->reported_mfa = AUDIT_NOT_KNOWN;
	if (a->reported_password != b->reported_password)
		a->reported_password = b->reported_password = AUDIT_NOT_KNOWN;
	if (a->reported_key != b->reported_key)
		a->reported_key = b->reported_key = AUDIT_NOT_KNOWN;
}

/* Of a name that comes again only what all its rows say is known: there and
 * back, as there may be three. */
static void spoil_doubles(struct live_people *list)
{
	size_t i;

	for (i = 1; i < list->n; i++)
		know_the_same(&list->p[i - 1], &list->p[i]);
	for (i = list->n; i > 1; i--)
		know_the_same(&list->p[i - 2], &list->p[i - 1]);
}

static bool wants_report(const struct live *l)
{
	return audit_asks_any(l->a, REPORT_CHECKS);
}

/* What fails here fails again where it is read, and is told there. */
int live_begin_report(struct live *l, struct error *err)
{
	struct error e = { .code = 0 };
	int r = 0;

	if (!l->renewal->begun)
		return 0;
	if (wants_report(l))
		r = iam_begin_credential_report(l->s, &l->report_begun,
			&e);
	if (r == -ERROR_INTERRUPTED)
		return error_copy(err, &e);
	return l->renewal->begun(l->renewal->self, r == -ERROR_REMOTE &&
		strcmp(e.foreign, "LimitExceeded") == 0, err);
}

int live_read_report(struct live *l, struct error *err)
{
	struct audit_report_source *source = &l->a->report;
	struct live_gap g = { .there = false };
	struct error e;
	int r;

	if (!wants_report(l))
		return 0;
	source->used = true;
	if (!live_no_more_calls(l, &g)) {
		r = fetch_report(l, &e);
		if (r >= 0) {
			l->report_read = true;
			l->a->not_read |= l->report_bad > 0;
			if (l->reported.n)
				qsort(l->reported.p, l->reported.n,
					sizeof(*l->reported.p), live_by_name);
			spoil_doubles(&l->reported);
			return 0;
		}
		live_people_done(&l->reported);
		l->reported_root = l->report_is_fresh = false;
		/* its time limit is not the session's */
		if (e.code == ERROR_TIMEOUT)
			e.code = ERROR_REMOTE;
		/* what is there and no report of this account is not read, and
		 * who answers for AWS has not said that there is none */
		l->a->not_read |= e.code == ERROR_MALFORMED ||
			e.code == ERROR_UNREACHABLE;
		r = live_call_failed(l, &e, &g, err);
		if (r < 0)
			return r;
	}
	snprintf(source->why_not, sizeof(source->why_not), "%s", g.why);
	return 0;
}
