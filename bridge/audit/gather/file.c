/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit of a credential report from a file: each row is judged as it
 * passes, each of several appended reports by itself.
 *
 * A CSV does not say when it was made. The JSON object does, behind its
 * content: it is read twice, the first time only for that.
 */
#include "bridge/audit/audit.h"

#include "aws/config/arn.h"
#include "aws/config/partition.h"
#include "aws/report/input.h"
#include "aws/report/json.h"
#include "base/file.h"
#include "base/text.h"
#include "bridge/audit/gather/seen.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK (256u << 10)
#define JSON_PIPE_MAX (32u << 20) /* of JSON that cannot be read twice */
#define USER_NAME_MAX 128
#define USERS_BITS 18    /* 2 MiB: more users than a report has */
#define ACCOUNTS_BITS 18

static const char STDIN_NAME[] = "standard input";
static const char SOURCE[] = "credential report";

/* One run over the rows. */
struct reading {
	struct audit *a;
	unsigned report;         /* number of the present one, from 1 */
	uint64_t section;        /* one account of it */
	bool has_section;
	bool has_root;           /* its row has come by */
	char account[ARN_ACCOUNT_LEN + 1];
	char prefix[64];         /* "arn:aws:iam::123456789012:" */
	size_t prefix_n;
	const struct partition *partition; /* NULL: not known */
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

static const char *why_of(enum report_value value)
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

static struct audit_fact fact_of(const struct reading *r,
	enum report_value value)
{
	struct audit_fact fact = { AUDIT_NOT_KNOWN, SOURCE,
		r->a->report.generated, NULL, false };

	if (value == REPORT_TRUE)
		fact.answer = AUDIT_YES;
	else if (value == REPORT_FALSE)
		fact.answer = AUDIT_NO;
	else
		fact.why = why_of(value);
	return fact;
}

static struct audit_fact fact_of_column(const struct reading *r,
	const struct report_row *row, enum report_column column)
{
	return fact_of(r, report_value(row->field[column]));
}

/* Whether the report speaks of more credentials than it has columns for. */
static bool has_additional(const struct report_row *row)
{
	struct report_field f = row->field[REPORT_ADDITIONAL_CREDENTIALS_INFO];
	enum report_value value = report_value(f);

	return f.n > 0 && value != REPORT_UNKNOWN && value != REPORT_NA;
}

static struct audit_fact fact_of_pair(const struct reading *r,
	const struct report_row *row, enum report_column one,
	enum report_column two)
{
	struct audit_fact a = fact_of_column(r, row, one);
	struct audit_fact b = fact_of_column(r, row, two);

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

/* ---- accounts ---- */

/* A report, or an account of it, without root's row. */
static void missing_root(struct reading *r)
{
	struct audit_fact none = { AUDIT_NOT_KNOWN, SOURCE,
		r->a->report.generated, "the report has no row of root",
		false };
	struct audit_root root = {
		.account = r->account,
		.absent = r->partition && !r->partition->has_root_user,
		.mfa = none,
		.password = none,
		.keys = none,
		.certificates = none,
		.is_virtual = none,
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
	memcpy(r->account, arn->account.p, ARN_ACCOUNT_LEN);
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
	r->has_section = true;
	r->has_root = false;
	r->section++;
	r->with_rows += !r->counted;
	r->counted = true;
	audit_seen_next_group(r->users);
	if (audit_seen_before(r->accounts, 0, r->account, ARN_ACCOUNT_LEN))
		say_account_twice(r, row->line);
	else
		r->accounts_n++;
	return 0;
}

static bool is_iam_of_account(const struct arn *arn)
{
	size_t i;

	if (!arn_part_is(arn->service, "iam") ||
		arn->account.n != ARN_ACCOUNT_LEN)
		return false;
	for (i = 0; i < ARN_ACCOUNT_LEN; i++)
		if (arn->account.p[i] < '0' || arn->account.p[i] > '9')
			return false;
	return true;
}

/* 1: the row's account is the section's; 0: its ARN is none of IAM. */
static int enter(struct reading *r, const struct report_row *row,
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
	if (!arn_parse(f.p, f.n, &arn) || !is_iam_of_account(&arn))
		return 0;
	if (r->has_section && memcmp(r->account, arn.account.p,
		    ARN_ACCOUNT_LEN) == 0)
		return 1;
	e = begin_section(r, row, &arn, err);
	return e < 0 ? e : 1;
}

/* ---- rows ---- */

static void judge_root(struct reading *r, const struct report_row *row)
{
	struct audit_root root = {
		.account = r->account,
		.mfa = fact_of_column(r, row, REPORT_MFA_ACTIVE),
		.password = fact_of_column(r, row, REPORT_PASSWORD_ENABLED),
		.keys = fact_of_pair(r, row, REPORT_ACCESS_KEY_1_ACTIVE,
			REPORT_ACCESS_KEY_2_ACTIVE),
		.certificates = fact_of_pair(r, row, REPORT_CERT_1_ACTIVE,
			REPORT_CERT_2_ACTIVE),
	};

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

static void bad_row(struct reading *r, uint64_t line, const char *why)
{
	r->a->report.bad_rows++;
	audit_bad_row(r->a, r->has_section ? r->account : "", line, why);
}

static int on_row(void *data, const struct report_row *row, struct error *err)
{
	struct reading *r = data;
	struct report_field name = row->field[REPORT_USER];
	bool is_root = report_row_is_root(row);
	int e = enter(r, row, err);

	if (e < 0)
		return e;
	if (e == 0) {
		bad_row(r, row->line, "its arn is none of IAM");
		return 0;
	}
	if (!(is_root ? root_fits_arn(r, row) : user_fits_arn(r, row))) {
		bad_row(r, row->line, "its user and its arn do not belong "
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

static int on_bad(void *data, uint64_t line, const struct error *why,
	struct error *err)
{
	(void)err;
	bad_row(data, line, why->text);
	return 0;
}

/* ---- bytes ---- */

/* Where the bytes come from: a descriptor, or JSON that was kept. */
struct input {
	int fd;
	int owned;       /* to be closed; -1 */
	const char *name;
	off_t start;     /* -1: cannot be read twice */
	struct buf kept;
	unsigned char *chunk; /* owned */
	size_t chunk_n;
};

static void input_done(struct input *in)
{
	close_p(&in->owned);
	buf_done(&in->kept);
	free_p(&in->chunk);
}

static int open_input(struct input *in, const char *path, struct error *err)
{
	int r = 0;

	in->owned = -1;
	in->fd = STDIN_FILENO;
	in->name = strcmp(path, "-") == 0 ? STDIN_NAME : path;
	buf_init(&in->kept, JSON_PIPE_MAX);
	in->chunk = malloc(CHUNK);
	if (!in->chunk)
		return error_memory(err);
	if (strcmp(path, "-") != 0) {
		r = file_open(path, FILE_ANY, &in->owned, NULL, err);
		in->fd = in->owned;
	}
	if (r >= 0)
		in->start = lseek(in->fd, 0, SEEK_CUR);
	return r;
}

/* The next piece; 0 at the end. */
static int read_chunk(const struct audit *a, struct input *in,
	struct error *err)
{
	struct pollfd p[] = { { .fd = in->fd, .events = POLLIN },
		{ .fd = a->cancel_fd, .events = POLLIN } };
	ssize_t n;
	int r;

	do {
		/* a person who has to type it can also leave */
		(void)poll(p, 2, -1);
		r = audit_may_go_on(a, err);
		if (r < 0)
			return r;
		n = read(in->fd, in->chunk, CHUNK);
	} while (n < 0 && (errno == EINTR || errno == EAGAIN));
	if (n < 0)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot read '%s'", in->name);
	in->chunk_n = (size_t)n;
	return 0;
}

static int skip(void *data, const unsigned char *p, size_t n,
	struct error *err)
{
	(void)data;
	(void)p;
	(void)n;
	(void)err;
	return 0;
}

/* All of the object, for its GeneratedTime; a pipe's bytes are kept. */
static int scan_json(struct audit *a, struct input *in,
	struct report_json *json, struct error *err)
{
	int r = 0;

	while (r >= 0 && in->chunk_n > 0) {
		if (in->start < 0)
			buf_put(&in->kept, in->chunk, in->chunk_n);
		if (buf_failed(&in->kept))
			return error_set(err, ERROR_FAILED,
				"JSON of more than %u MiB is read only from "
				"a file, not from a pipe", JSON_PIPE_MAX >> 20);
		r = report_json_feed(json, in->chunk, in->chunk_n, err);
		if (r >= 0)
			r = read_chunk(a, in, err);
	}
	return r < 0 ? r : report_json_finish(json, err);
}

static int rewind_input(const struct audit *a, struct input *in,
	struct error *err)
{
	if (in->start < 0)
		return 0;
	if (lseek(in->fd, in->start, SEEK_SET) < 0)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot read '%s' a second time", in->name);
	return read_chunk(a, in, err);
}

static int find_generated(struct audit *a, struct input *in, time_t given,
	struct error *err)
{
	CLEANUP(report_json_free) struct report_json *json = NULL;
	time_t told;
	int r;

	a->report.generated = given;
	if (report_form_of(in->chunk, in->chunk_n) != REPORT_FORM_JSON)
		return 0;
	r = report_json_new(&json, skip, NULL, err);
	if (r >= 0)
		r = scan_json(a, in, json, err);
	if (r >= 0)
		r = rewind_input(a, in, err);
	if (r < 0 || !report_json_generated(json, &told))
		return r;
	if (given)
		return error_set(err, ERROR_USAGE,
			"--generated is for a CSV: '%s' tells its "
			"GeneratedTime itself", in->name);
	a->report.generated = told;
	return 0;
}

static int feed_all(struct audit *a, struct input *in,
	struct report_input *parser, struct error *err)
{
	int r = 0;

	if (in->kept.n > 0)
		r = report_input_feed(parser, in->kept.p, in->kept.n, err);
	while (r >= 0 && in->chunk_n > 0) {
		r = report_input_feed(parser, in->chunk, in->chunk_n, err);
		if (r >= 0)
			r = read_chunk(a, in, err);
	}
	return r < 0 ? r : report_input_finish(parser, err);
}

/* ---- the whole ---- */

static void say_notes(struct reading *r)
{
	struct audit *a = r->a;

	if (!r->users)
		return;
	if (r->accounts_n > 1)
		audit_note(a, "the report is of %llu accounts",
			(unsigned long long)r->accounts_n);
	if (r->accounts_twice)
		audit_note(a, "%llu accounts occur more than once, and each "
			"time is judged by itself: first %s",
			(unsigned long long)r->accounts_twice,
			r->first_account);
	if (r->users_twice)
		audit_note(a, "%llu rows repeat a user of the same report: "
			"first %s", (unsigned long long)r->users_twice,
			r->first_user);
	if (audit_seen_overflowed(r->users) ||
		audit_seen_overflowed(r->accounts))
		audit_note(a, "there are too many rows to find every user or "
			"account that occurs twice");
	if (r->empty)
		audit_note(a, "%u reports have no row that can be read",
			r->empty);
}

static int read_rows(struct reading *r, struct input *in, struct error *err)
{
	const struct report_events events = { on_row, on_bad, r };
	CLEANUP(report_input_free) struct report_input *parser = NULL;
	const struct report *report;
	struct audit *a = r->a;
	int e;

	e = report_input_new(&parser, &events, err);
	if (e < 0)
		return e;
	e = feed_all(a, in, parser, err);
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
	CLEANUP(input_done) struct input in = { .fd = -1, .owned = -1 };
	CLEANUP(reading_done) struct reading r = { .a = a };
	int e;

	a->report.used = true;
	e = open_input(&in, path, err);
	a->report.name = strcmp(path, "-") == 0 ? STDIN_NAME : path;
	if (e >= 0)
		e = audit_seen_new(&r.accounts, ACCOUNTS_BITS, err);
	if (e >= 0)
		e = audit_seen_new(&r.users, USERS_BITS, err);
	if (e >= 0)
		e = read_chunk(a, &in, err);
	if (e >= 0)
		e = find_generated(a, &in, generated, err);
	if (e >= 0)
		e = read_rows(&r, &in, err);
	say_notes(&r);
	return e;
}
