/* SPDX-License-Identifier: Apache-2.0 */
/* Row by row as the reader tells them, or many as they were prepared. */
#include "bridge/audit/file/rows.h"

#include "aws/config/arn.h"
#include "aws/config/partition.h"
#include "base/text.h"
#include "base/utf8.h"
#include "bridge/audit/file/piece.h"
#include "bridge/audit/file/row-facts.h"
#include "bridge/audit/file/seen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USERS_BITS 18    /* 2 MiB: more users than a report has */
#define ACCOUNTS_BITS 18
#define FIRST 512         /* bytes of what is said about the first one */
#define VALUES (REPORT_OTHER + 1)

struct audit_reading {
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
	char first_account[FIRST];
	uint64_t users_twice;
	char first_user[FIRST];
	unsigned with_rows;      /* reports that had a row of an account */
	bool counted;            /* the present one among them */
	unsigned empty;
	const char *file;        /* of several; NULL: there is one */
	/* Rows of the present piece, by the values of their two columns, of
	   whom nothing is printed. */
	uint64_t alike[VALUES][VALUES];
	bool is_alike[VALUES][VALUES], knows_alike;
};

void audit_reading_free(struct audit_reading **r)
{
	if (!r || !*r)
		return;
	audit_seen_free(&(*r)->accounts);
	audit_seen_free(&(*r)->users);
	free_p(r);
}

int audit_reading_new(struct audit_reading **ret, struct audit *a, struct error *err)
{
	CLEANUP(audit_reading_free) struct audit_reading *r = calloc(1, sizeof(*r));
	int e;

	if (!r)
		return error_memory(err);
	r->a = a;
	e = audit_seen_new(&r->accounts, ACCOUNTS_BITS, err);
	if (e >= 0)
		e = audit_seen_new(&r->users, USERS_BITS, err);
	if (e < 0)
		return e;
	*ret = steal(&r);
	return 0;
}

static time_t generated_of(const struct audit_reading *r)
{
	return r->a->report.generated;
}

/* ---- accounts ---- */

/* A partition that is not known is judged as if root had everything. */
static enum partition_root root_of(const struct audit_reading *r)
{
	return r->partition ? r->partition->root : ROOT_NOT_KNOWN;
}

/* A report, or an account of it, without root's row. */
static void missing_root(struct audit_reading *r)
{
	struct audit_fact none = row_fact_missing(generated_of(r),
		"the report has no row of root");
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

static void end_section(struct audit_reading *r)
{
	if (r->has_section && !r->has_root)
		missing_root(r);
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

/* 1: the row's account is the section's; 0: its ARN is none of IAM. */
static int file_enter(struct audit_reading *r, const struct report_row *row,
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

static void judge_root(struct audit_reading *r, const struct report_row *row)
{
	time_t made = generated_of(r);
	struct audit_root root = {
		.account = r->account,
		/* where there is a row there is a root, whatever we know */
		.keys_only = root_of(r) == ROOT_KEYS_ONLY,
		.mfa = row_fact_of_column(made, row, REPORT_MFA_ACTIVE),
		.password = row_fact_of_column(made, row,
			REPORT_PASSWORD_ENABLED),
		.keys = row_fact_of_pair(made, row, REPORT_ACCESS_KEY_1_ACTIVE,
			REPORT_ACCESS_KEY_2_ACTIVE),
		.certificates = row_fact_of_pair(made, row,
			REPORT_CERT_1_ACTIVE, REPORT_CERT_2_ACTIVE),
	};

	root.any_key = row_fact_of_any_key(made, row, &root.key_state);
	r->has_root = true;
	audit_root(r->a, &root);
}

static void judge_user(struct audit_reading *r, struct report_field name,
	enum report_value mfa, enum report_value password, uint64_t line)
{
	char copy[AUDIT_USER_NAME_MAX + 1];
	struct audit_user u = {
		.account = r->account,
		.name = copy,
		.mfa = row_fact_of_value(generated_of(r), mfa),
		.password = row_fact_of_value(generated_of(r), password),
		.line = line,
	};

	memcpy(copy, name.p, name.n);
	copy[name.n] = '\0';
	audit_user(r->a, &u);
}

static bool root_fits_arn(const struct audit_reading *r,
	const struct report_row *row)
{
	struct report_field arn = row->field[REPORT_ARN];

	return arn.n == r->prefix_n + 4 &&
		memcmp(arn.p + r->prefix_n, "root", 4) == 0;
}

static void say_user_twice(struct audit_reading *r, struct report_field f,
	uint64_t line)
{
	if (r->users_twice++ == 0)
		snprintf(r->first_user, sizeof(r->first_user),
			"'%.*s' of account %s, line %llu%s%s", (int)f.n, f.p,
			r->account, (unsigned long long)line,
			r->file ? " of " : "", r->file ? r->file : "");
	utf8_sanitise(r->first_user);
}

static void file_bad_row(struct audit_reading *r, uint64_t line, const char *why)
{
	char text[ERROR_TEXT_MAX];
	const struct audit_bad_row row = { r->has_section ? r->account : "",
		line, r->file ? text : why, r->a->report.generated };

	if (r->file)
		snprintf(text, sizeof(text), "'%s', %s", r->file, why);
	r->a->report.bad_rows++;
	audit_bad_row(r->a, &row);
}

static int file_on_row(void *data, const struct report_row *row,
	struct error *err)
{
	struct audit_reading *r = data;
	struct report_field name = row->field[REPORT_USER];
	bool is_root = report_row_is_root(row);
	int e = file_enter(r, row, err);

	if (e < 0)
		return e;
	if (e == 0) {
		file_bad_row(r, row->line, "its arn is none of IAM");
		return 0;
	}
	if (!(is_root ? root_fits_arn(r, row) : audit_piece_fits(r->prefix_n,
		      row->field[REPORT_USER], row->field[REPORT_ARN]))) {
		file_bad_row(r, row->line, "its user and its arn do not belong "
			"together");
		return 0;
	}
	if (audit_seen_before(r->users, r->section,
		    audit_seen_hash(r->users, name.p, name.n)))
		say_user_twice(r, name, row->line);
	if (is_root)
		judge_root(r, row);
	else
		judge_user(r, name, report_value(row->field[REPORT_MFA_ACTIVE]),
			report_value(row->field[REPORT_PASSWORD_ENABLED]),
			row->line);
	return 0;
}

static int file_on_bad(void *data, uint64_t line, const struct error *why,
	struct error *err)
{
	(void)err;
	file_bad_row(data, line, why->text);
	return 0;
}

/* ---- rows that were prepared ---- */

static struct audit_user anybody(const struct audit_reading *r,
	enum report_value mfa, enum report_value password)
{
	return (struct audit_user){ .account = r->account, .name = "",
		.mfa = row_fact_of_value(generated_of(r), mfa),
		.password = row_fact_of_value(generated_of(r), password) };
}

/* Of which values nothing is printed, whoever has them. */
static void begin_alike(struct audit_reading *r)
{
	struct audit_user u;
	unsigned m, p;

	memset(r->alike, 0, sizeof(r->alike));
	for (m = 0; m < VALUES && !r->knows_alike; m++) {
		for (p = 0; p < VALUES; p++) {
			u = anybody(r, m, p);
			r->is_alike[m][p] = audit_users_alike(r->a, &u, 0);
		}
	}
	r->knows_alike = true;
}

static void end_alike(struct audit_reading *r)
{
	struct audit_user u;
	unsigned m, p;

	for (m = 0; m < VALUES; m++) {
		for (p = 0; p < VALUES; p++) {
			if (r->alike[m][p] == 0)
				continue;
			u = anybody(r, m, p);
			audit_users_alike(r->a, &u, r->alike[m][p]);
		}
	}
}

static struct report_field piece_name(const struct audit_piece *p, size_t i)
{
	return (struct report_field){ (const char *)p->csv->p +
		p->rows[i].user, p->rows[i].user_n };
}

/* Whether row i is one of the section that is open. */
static bool row_goes_on(const struct audit_reading *r, const struct report *parser,
	const struct audit_piece *p, size_t i)
{
	const struct report_glance *g = &p->rows[i];

	return r->has_section && r->prefix_n > 0 &&
		r->report == report_count(parser) && g->arn_n > r->prefix_n &&
		memcmp(p->csv->p + g->arn, r->prefix, r->prefix_n) == 0;
}

static void take_prepared(struct audit_reading *r, const struct audit_piece *p,
	size_t i, uint64_t line)
{
	const struct report_glance *g = &p->rows[i];

	if (audit_seen_before(r->users, r->section, p->hashes[i]))
		say_user_twice(r, piece_name(p, i), line);
	if (r->is_alike[g->mfa][g->password])
		r->alike[g->mfa][g->password]++;
	else
		judge_user(r, piece_name(p, i), g->mfa, g->password, line);
}

/* From row i on, whose account those behind it share; returns the next one that
 * is left. */
static size_t take_rows(struct audit_reading *r, struct report *parser,
	const struct audit_piece *p, size_t i)
{
	uint64_t line = report_line(parser);
	size_t k;

	for (k = i; k < p->rows_n && !p->rows[k].left; k++) {
		if (k + SEEN_AHEAD < p->rows_n)
			audit_seen_expect(r->users, r->section,
				p->hashes[k + SEEN_AHEAD]);
		take_prepared(r, p, k, line + (k - i));
	}
	report_pass(parser, k - i, p->rows[k].at - p->rows[i].at);
	return k;
}

/* Rows i to k - 1, k the next one that is not left, as any other bytes. */
static int feed_rows(struct report *parser, const struct audit_piece *p,
	size_t i, size_t *ret, struct error *err)
{
	size_t k = i + 1;

	while (k < p->rows_n && p->rows[k].left)
		k++;
	*ret = k;
	return report_feed(parser, p->csv->p + p->rows[i].at,
		p->rows[k].at - p->rows[i].at, err);
}

int audit_reading_take(struct audit_reading *r, struct report *parser,
	const struct audit_piece *p, struct error *err)
{
	size_t i = 0, at = p->head;
	int e = report_feed(parser, p->bytes, p->head, err);

	begin_alike(r);
	while (e >= 0 && i < p->rows_n && report_is_at(parser, &p->layout)) {
		if (!p->rows[i].left && row_goes_on(r, parser, p, i))
			i = take_rows(r, parser, p, i);
		else
			e = feed_rows(parser, p, i, &i, err);
		at = p->head + p->rows[i].at;
	}
	end_alike(r);
	return e < 0 ? e : report_feed(parser, p->bytes + at, p->n - at, err);
}

/* ---- the end ---- */

static void say_notes(const struct audit_reading *r)
{
	struct audit *a = r->a;

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

void audit_reading_next(struct audit_reading *r, const char *file, bool read_well)
{
	if (read_well)
		end_section(r);
	r->has_section = false;
	r->report = 0;
	r->counted = false;
	r->file = file;
}

void audit_reading_end(struct audit_reading *r, bool is_whole)
{
	if (is_whole) {
		end_section(r);
		r->empty = r->a->report.reports - r->with_rows;
		if (r->empty > 0) {
			r->account[0] = '\0';
			r->partition = NULL;
			missing_root(r);
		}
	}
	say_notes(r);
}

struct report_events audit_reading_events(struct audit_reading *r)
{
	return (struct report_events){ file_on_row, file_on_bad, r };
}

const struct audit_seen *audit_reading_users(const struct audit_reading *r)
{
	return r->users;
}
