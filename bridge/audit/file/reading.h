/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a reading: where it is, and what it has met. For this room only. */
#ifndef BRIDGE_AUDIT_FILE_READING_H
#define BRIDGE_AUDIT_FILE_READING_H

#include "aws/config/partition.h"
#include "bridge/audit/file/rows.h"
#include "bridge/audit/file/seen.h"

#define READING_FIRST 512 /* bytes of what is said about the first one */
#define READING_VALUES (REPORT_OTHER + 1)

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
	char first_account[READING_FIRST];
	uint64_t users_twice;
	char first_user[READING_FIRST];
	unsigned with_rows;      /* reports that had a row of an account */
	bool counted;            /* the present one among them */
	unsigned empty;
	const char *file;        /* of several; NULL: there is one */
	/* Rows of the present piece, by the values of their two columns, of
	   whom nothing is printed. */
	uint64_t alike[READING_VALUES][READING_VALUES];
	bool is_alike[READING_VALUES][READING_VALUES], knows_alike;
};

static inline time_t reading_made(const struct audit_reading *r)
{
	return r->a->report.generated;
}

/* A partition that is not known is judged as if root had everything. */
static inline enum partition_root reading_root(const struct audit_reading *r)
{
	return r->partition ? r->partition->root : ROOT_NOT_KNOWN;
}

/* ---- section.c: the account that rows are of ---- */

/* 1: the row's account is the section's; 0: its ARN is none of IAM. */
int reading_enter(struct audit_reading *r, const struct report_row *row,
	struct error *err);
/* The account is over, with or without a row of root. */
void reading_end_section(struct audit_reading *r);
/* A report, or an account of it, without root's row. */
void reading_miss_root(struct audit_reading *r);

/* ---- rows.c: one row ---- */

void reading_judge_user(struct audit_reading *r, struct report_field name,
	enum report_value mfa, enum report_value password, uint64_t line);
/* The name was there before, in the same account of the same report. */
void reading_say_user_twice(struct audit_reading *r, struct report_field name,
	uint64_t line);

#endif
