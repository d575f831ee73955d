/* SPDX-License-Identifier: Apache-2.0 */
/* The account that rows are of: a report may have several, one behind the
 * other. */
#include "bridge/audit/file/reading.h"

#include "aws/config/arn.h"
#include "base/utf8.h"
#include "bridge/audit/file/row-facts.h"

#include <stdio.h>
#include <string.h>

void reading_miss_root(struct audit_reading *r)
{
	struct audit_fact none = row_fact_missing(reading_made(r),
		"the report has no row of root");
	struct audit_root root = {
		.account = r->account,
		.absent = reading_root(r) == ROOT_NONE,
		.keys_only = reading_root(r) == ROOT_KEYS_ONLY,
		.mfa = none,
		.password = none,
		.keys = none,
		.certificates = none,
		.is_virtual = none,
		.any_key = none,
	};

	audit_root(r->a, &root);
}

void reading_end_section(struct audit_reading *r)
{
	if (r->has_section && !r->has_root)
		reading_miss_root(r);
	r->has_section = false;
}

static void say_account_twice(struct audit_reading *r, uint64_t line)
{
	if (r->accounts_twice++ == 0)
		snprintf(r->first_account, sizeof(r->first_account),
			"'%s', again from line %llu on%s%s", r->account,
			(unsigned long long)line, r->file ? " of " : "",
			r->file ? r->file : "");
}

/* A row whose ARN does not begin like the one before. */
static int begin_section(struct audit_reading *r, const struct report_row *row,
	const struct arn *arn, struct error *err)
{
	struct report_field f = row->field[REPORT_ARN];
	char partition[32];
	int e;

	reading_end_section(r);
	snprintf(r->account, sizeof(r->account), "%.*s", (int)arn->account.n,
		arn->account.p);
	e = audit_guard(r->a, r->account, "the credential report is", err);
	if (e < 0)
		return e;
	r->prefix_n = (size_t)(arn->resource.p - f.p);
	if (r->prefix_n > sizeof(r->prefix))
		r->prefix_n = 0;
	memcpy(r->prefix, f.p, r->prefix_n);
	snprintf(partition, sizeof(partition), "%.*s",
		arn->partition.n < sizeof(partition) ?
			(int)arn->partition.n : 0, arn->partition.p);
	r->partition = partition_by_name(partition);
	if (reading_root(r) == ROOT_NOT_KNOWN && r->strange[0] == '\0')
		snprintf(r->strange, sizeof(r->strange), "%s", partition);
	r->has_section = true;
	r->has_root = false;
	r->section++;
	r->with_rows += !r->counted;
	r->counted = true;
	audit_seen_next_group(r->users);
	if (audit_seen_before(r->accounts, 0, audit_seen_hash(r->accounts,
		    r->account, strlen(r->account))))
		say_account_twice(r, row->line);
	else
		r->accounts_n++;
	return 0;
}

/*
 * Some make an account's digits unreadable before they show a report: then it
 * is what stands there, of all rows; one among others has shifted columns.
 */
static bool is_iam_of_account(const struct audit_reading *r, const struct arn *arn)
{
	if (!arn_part_is(arn->service, "iam"))
		return false;
	if (arn_is_account(arn->account.p, arn->account.n) ||
		(r->has_section && arn_part_is(arn->account, r->account)))
		return true;
	return !r->counted && arn->account.n > 0 &&
		arn->account.n < AUDIT_ACCOUNT &&
		utf8_is_clean(arn->account.p, arn->account.n);
}

int reading_enter(struct audit_reading *r, const struct report_row *row,
	struct error *err)
{
	struct report_field f = row->field[REPORT_ARN];
	struct arn arn;
	int e;

	if (row->report != r->report) {
		reading_end_section(r);
		r->report = row->report;
		r->counted = false;
	}
	if (r->has_section && r->prefix_n > 0 && f.n > r->prefix_n &&
		memcmp(f.p, r->prefix, r->prefix_n) == 0)
		return 1;
	if (!arn_parse(f.p, f.n, &arn) || !is_iam_of_account(r, &arn))
		return 0;
	if (r->has_section && arn_part_is(arn.account, r->account))
		return 1;
	e = begin_section(r, row, &arn, err);
	return e < 0 ? e : 1;
}
