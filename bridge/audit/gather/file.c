/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit of a credential report from a file: each row is judged as it
 * passes, each of several appended reports by itself.
 */
#include "bridge/audit/gather/gather.h"

#include "aws/config/arn.h"
#include "aws/config/partition.h"
#include "base/text.h"
#include "base/utf8.h"
#include "bridge/audit/gather/input.h"
#include "bridge/audit/gather/seen.h"

#include <stdio.h>
#include <string.h>

#define USER_NAME_MAX 128
#define USERS_BITS 18    /* 2 MiB: more users than a report has */
#define ACCOUNTS_BITS 18

static const char SOURCE[] = "credential report";

/* One run over the rows. */
struct reading {
	struct audit *a;
	unsigned report;         /* number of the present one, from 1 */
	uint64_t section;        /* one account of it */
	bool has_section;
	bool has_root;           /* its row has come by */
	char account[AUDIT_ACCOUNT];
	char prefix[128];        /* "arn:aws:iam::123456789012:" */
	size_t prefix_n;
	const struct partition *partition; /* NULL: not known */
	char strange[32];        /* the first of which root is not known; "" */
	struct audit_seen *accounts; /* owned */
	struct audit_seen *users;    /* owned */
	uint64_t accounts_n;
	uint64_t accounts_twice;
	char first_account[64];
	uint64_t users_twice;
	char first_user[USER_NAME_MAX + 64];
	unsigned with_rows;      /* reports that had a row of an account */
	bool counted;            /* the present one among them */
	unsigned empty;
};

static void reading_done(struct reading *r)
{
	audit_seen_free(&r->accounts);
	audit_seen_free(&r->users);
}

/* ---- fields as facts ---- */

static const char *why_not_known(enum report_value value)
{
	static const char *const whys[] = {
		[REPORT_UNKNOWN] = "the report has no such column",
		[REPORT_NA] = "the report says N/A",
		[REPORT_NO_INFORMATION] = "the report says no_information",
		[REPORT_NOT_SUPPORTED] = "the report says not_supported",
	};

	if (value < ARRAY_LEN(whys) && whys[value])
		return whys[value];
	return "the report says neither true nor false";
}

static struct audit_fact fact_of_value(const struct reading *r,
	enum report_value value)
{
	struct audit_fact fact = { AUDIT_NOT_KNOWN, SOURCE,
		r->a->report.generated, NULL, false };

	if (value == REPORT_TRUE)
		fact.answer = AUDIT_YES;
	else if (value == REPORT_FALSE)
		fact.answer = AUDIT_NO;
	else
		fact.why = why_not_known(value);
	return fact;
}

static struct audit_fact fact_of_column(const struct reading *r,
	const struct report_row *row, enum report_column column)
{
	return fact_of_value(r, report_value(row->field[column]));
}

/* Whether the report speaks of more credentials than it has columns for. */
static bool has_additional(const struct report_row *row)
{
	struct report_field f = row->field[REPORT_ADDITIONAL_CREDENTIALS_INFO];
	enum report_value value = report_value(f);

	return f.n > 0 && value != REPORT_UNKNOWN && value != REPORT_NA;
}

/* YES by either; what is not known of one is known of neither. */
static struct audit_fact fact_of_two(struct audit_fact a, struct audit_fact b,
	const struct report_row *row)
{
	if (a.answer == AUDIT_YES || b.answer == AUDIT_NOT_KNOWN)
		b = a.answer == AUDIT_YES ? a : b;
	else if (a.answer == AUDIT_NOT_KNOWN && b.answer != AUDIT_YES)
		b = a;
	if (b.answer == AUDIT_NO && has_additional(row)) {
		b.answer = AUDIT_NOT_KNOWN;
		b.why = "there are more than the report shows";
	}
	return b;
}

static struct audit_fact fact_of_pair(const struct reading *r,
	const struct report_row *row, enum report_column one,
	enum report_column two)
{
	return fact_of_two(fact_of_column(r, row, one),
		fact_of_column(r, row, two), row);
}

/* One key, active or not: what was made once and is gone has N/A. */
static struct audit_fact fact_of_key(const struct reading *r,
	const struct report_row *row, enum report_column active,
	enum report_column rotated, enum audit_key_state *state)
{
	struct audit_fact fact = fact_of_column(r, row, active);
	enum report_value when = report_value(row->field[rotated]);

	if (fact.answer == AUDIT_YES) {
		*state = AUDIT_KEY_ACTIVE;
	} else if (when == REPORT_DATE) {
		fact.answer = AUDIT_YES;
		fact.why = NULL;
		if (*state == AUDIT_KEY_NOT_TOLD)
			*state = AUDIT_KEY_INACTIVE;
	} else if (fact.answer == AUDIT_NO && when != REPORT_NA) {
		fact.answer = AUDIT_NOT_KNOWN;
		fact.why = why_not_known(when);
	}
	return fact;
}

static struct audit_fact fact_of_any_key(const struct reading *r,
	const struct report_row *row, enum audit_key_state *state)
{
	struct audit_fact a, b;

	*state = AUDIT_KEY_NOT_TOLD;
	a = fact_of_key(r, row, REPORT_ACCESS_KEY_1_ACTIVE,
		REPORT_ACCESS_KEY_1_LAST_ROTATED, state);
	b = fact_of_key(r, row, REPORT_ACCESS_KEY_2_ACTIVE,
		REPORT_ACCESS_KEY_2_LAST_ROTATED, state);
	return fact_of_two(a, b, row);
}

/* ---- accounts ---- */

/* A partition that is not known is judged as if root had everything. */
static enum partition_root root_of(const struct reading *r)
{
	return r->partition ? r->partition->root : ROOT_NOT_KNOWN;
}

/* A report, or an account of it, without root's row. */
static void missing_root(struct reading *r)
{
	struct audit_fact none = { AUDIT_NOT_KNOWN, SOURCE,
		r->a->report.generated, "the report has no row of root",
		false };
	struct audit_root root = {
		.account = r->account,
		.absent = root_of(r) == ROOT_NONE,
		.keys_only = root_of(r) == ROOT_KEYS_ONLY,
		.mfa = none,
		.password = none,
		.keys = none,
		.certificates = none,
		.is_virtual = none,
		.any_key = none,
	};

	audit_root(r->a, &root);
}

static void end_section(struct reading *r)
{
	if (r->has_section && !r->has_root)
		missing_root(r);
	r->has_section = false;
}

static void say_account_twice(struct reading *r, uint64_t line)
{
	if (r->accounts_twice++ == 0)
		snprintf(r->first_account, sizeof(r->first_account),
			"'%s', again from line %llu on", r->account,
			(unsigned long long)line);
}

/* A row whose ARN does not begin like the one before. */
static int begin_section(struct reading *r, const struct report_row *row,
	const struct arn *arn, struct error *err)
{
	struct report_field f = row->field[REPORT_ARN];
	char partition[32];
	int e;

	end_section(r);
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
	if (root_of(r) == ROOT_NOT_KNOWN && r->strange[0] == '\0')
		snprintf(r->strange, sizeof(r->strange), "%s", partition);
	r->has_section = true;
	r->has_root = false;
	r->section++;
	r->with_rows += !r->counted;
	r->counted = true;
	audit_seen_next_group(r->users);
	if (audit_seen_before(r->accounts, 0, r->account, strlen(r->account)))
		say_account_twice(r, row->line);
	else
		r->accounts_n++;
	return 0;
}

static bool is_twelve_digits(struct arn_part account)
{
	size_t i;

	for (i = 0; i < account.n; i++)
		if (account.p[i] < '0' || account.p[i] > '9')
			return false;
	return account.n == ARN_ACCOUNT_LEN;
}

/*
 * Some make an account's digits unreadable before they show a report: then it
 * is what stands there, of all rows; one among others has shifted columns.
 */
static bool is_iam_of_account(const struct reading *r, const struct arn *arn)
{
	if (!arn_part_is(arn->service, "iam"))
		return false;
	if (is_twelve_digits(arn->account) ||
		(r->has_section && arn_part_is(arn->account, r->account)))
		return true;
	return !r->counted && arn->account.n > 0 &&
		arn->account.n < AUDIT_ACCOUNT &&
		utf8_is_clean(arn->account.p, arn->account.n);
}

/* 1: the row's account is the section's; 0: its ARN is none of IAM. */
static int file_enter(struct reading *r, const struct report_row *row,
	struct error *err)
{
	struct report_field f = row->field[REPORT_ARN];
	struct arn arn;
	int e;

	if (row->report != r->report) {
		end_section(r);
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

/* ---- rows ---- */

static void judge_root(struct reading *r, const struct report_row *row)
{
	struct audit_root root = {
		.account = r->account,
		/* where there is a row there is a root, whatever we know */
		.keys_only = root_of(r) == ROOT_KEYS_ONLY,
		.mfa = fact_of_column(r, row, REPORT_MFA_ACTIVE),
		.password = fact_of_column(r, row, REPORT_PASSWORD_ENABLED),
		.keys = fact_of_pair(r, row, REPORT_ACCESS_KEY_1_ACTIVE,
			REPORT_ACCESS_KEY_2_ACTIVE),
		.certificates = fact_of_pair(r, row, REPORT_CERT_1_ACTIVE,
			REPORT_CERT_2_ACTIVE),
	};

	root.any_key = fact_of_any_key(r, row, &root.key_state);
	r->has_root = true;
	audit_root(r->a, &root);
}

static void judge_user(struct reading *r, const struct report_row *row)
{
	struct report_field name = row->field[REPORT_USER];
	char copy[USER_NAME_MAX + 1];
	struct audit_user u = {
		.account = r->account,
		.name = copy,
		.mfa = fact_of_column(r, row, REPORT_MFA_ACTIVE),
		.password = fact_of_column(r, row, REPORT_PASSWORD_ENABLED),
		.line = row->line,
	};

	memcpy(copy, name.p, name.n);
	copy[name.n] = '\0';
	audit_user(r->a, &u);
}

/* ARN "...:user/PATH/NAME" of user NAME: else the columns have shifted. */
static bool user_fits_arn(const struct reading *r,
	const struct report_row *row)
{
	struct report_field name = row->field[REPORT_USER];
	struct report_field arn = row->field[REPORT_ARN];
	const char *end = arn.p + arn.n;
	size_t least = r->prefix_n + strlen("user/") + name.n;

	if (name.n == 0 || name.n > USER_NAME_MAX || arn.n < least)
		return false;
	return memcmp(arn.p + r->prefix_n, "user/", 5) == 0 &&
		memcmp(end - name.n, name.p, name.n) == 0 &&
		end[-(ptrdiff_t)name.n - 1] == '/';
}

static bool root_fits_arn(const struct reading *r,
	const struct report_row *row)
{
	struct report_field arn = row->field[REPORT_ARN];

	return arn.n == r->prefix_n + 4 &&
		memcmp(arn.p + r->prefix_n, "root", 4) == 0;
}

static void say_user_twice(struct reading *r, const struct report_row *row)
{
	struct report_field f = row->field[REPORT_USER];

	if (r->users_twice++ == 0)
		snprintf(r->first_user, sizeof(r->first_user),
			"'%.*s' of account %s, line %llu", (int)f.n, f.p,
			r->account, (unsigned long long)row->line);
	utf8_sanitise(r->first_user);
}

static void file_bad_row(struct reading *r, uint64_t line, const char *why)
{
	const struct audit_bad_row row = { r->has_section ? r->account : "",
		line, why, r->a->report.generated };

	r->a->report.bad_rows++;
	audit_bad_row(r->a, &row);
}

static int file_on_row(void *data, const struct report_row *row,
	struct error *err)
{
	struct reading *r = data;
	struct report_field name = row->field[REPORT_USER];
	bool is_root = report_row_is_root(row);
	int e = file_enter(r, row, err);

	if (e < 0)
		return e;
	if (e == 0) {
		file_bad_row(r, row->line, "its arn is none of IAM");
		return 0;
	}
	if (!(is_root ? root_fits_arn(r, row) : user_fits_arn(r, row))) {
		file_bad_row(r, row->line, "its user and its arn do not belong "
			"together");
		return 0;
	}
	if (audit_seen_before(r->users, r->section, name.p, name.n))
		say_user_twice(r, row);
	if (is_root)
		judge_root(r, row);
	else
		judge_user(r, row);
	return 0;
}

static int file_on_bad(void *data, uint64_t line, const struct error *why,
	struct error *err)
{
	(void)err;
	file_bad_row(data, line, why->text);
	return 0;
}

/* ---- the whole ---- */

static void file_say_notes(struct reading *r)
{
	struct audit *a = r->a;

	if (!r->users)
		return;
	if (r->strange[0])
		audit_note(a, "what root can have in the partition '%s' is not "
			"known: it is judged as if it had everything",
			r->strange);
	if (r->accounts_n > 1)
		audit_note(a, "the report is of %llu accounts",
			(unsigned long long)r->accounts_n);
	if (r->accounts_twice)
		audit_note(a, "%llu account%s more than once, and each time is "
			"judged by itself: first %s",
			(unsigned long long)r->accounts_twice,
			r->accounts_twice == 1 ? " occurs" : "s occur",
			r->first_account);
	if (r->users_twice)
		audit_note(a, "%llu row%s a user of the same report: first %s",
			(unsigned long long)r->users_twice,
			r->users_twice == 1 ? " repeats" : "s repeat",
			r->first_user);
	if (audit_seen_overflowed(r->users) ||
		audit_seen_overflowed(r->accounts))
		audit_note(a, "there are too many rows to find every user or "
			"account that occurs twice");
	if (r->empty)
		audit_note(a, "%u report%s no row that can be read",
			r->empty, r->empty == 1 ? " has" : "s have");
}

static int find_generated(struct audit *a, struct audit_input *in,
	time_t given, struct error *err)
{
	time_t told = 0;
	int r;

	a->report.generated = given;
	r = audit_input_generated(in, &told, err);
	if (r <= 0)
		return r;
	if (given)
		return error_set(err, ERROR_USAGE,
			"--generated is for a CSV: '%s' tells its "
			"GeneratedTime itself", in->name);
	a->report.generated = told;
	return 0;
}

static int read_rows(struct reading *r, struct audit_input *in,
	struct error *err)
{
	const struct report_events events = { file_on_row, file_on_bad, r };
	CLEANUP(report_input_free) struct report_input *parser = NULL;
	const struct report *report;
	struct audit *a = r->a;
	int e;

	e = report_input_new(&parser, &events, err);
	if (e < 0)
		return e;
	e = audit_input_feed(in, parser, err);
	report = report_input_report(parser);
	a->report.reports = report_count(report);
	a->report.rows = report_rows(report);
	if (e < 0)
		return e;
	end_section(r);
	r->empty = a->report.reports - r->with_rows;
	if (r->empty > 0) {
		r->account[0] = '\0';
		r->partition = NULL;
		missing_root(r);
	}
	return 0;
}

int audit_read_report(struct audit *a, const char *path, time_t generated,
	struct error *err)
{
	CLEANUP(audit_input_done) struct audit_input in = { .owned = -1 };
	CLEANUP(reading_done) struct reading r = { .a = a };
	int e;

	a->report.used = true;
	a->report.name = audit_input_name(path);
	e = audit_input_open(&in, a, path, err);
	if (e >= 0)
		e = audit_seen_new(&r.accounts, ACCOUNTS_BITS, err);
	if (e >= 0)
		e = audit_seen_new(&r.users, USERS_BITS, err);
	if (e >= 0)
		e = find_generated(a, &in, generated, err);
	if (e >= 0)
		e = read_rows(&r, &in, err);
	file_say_notes(&r);
	return e;
}
