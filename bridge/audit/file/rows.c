/* SPDX-License-Identifier: Apache-2.0 */
/* Row by row as the reader tells them. */
#include "bridge/audit/file/reading.h"

#include "base/text.h"
#include "base/utf8.h"
#include "bridge/audit/file/piece.h"
#include "bridge/audit/file/row-facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USERS_BITS 18    /* 2 MiB: more users than a report has */
#define ACCOUNTS_BITS 18

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

/* ---- rows ---- */

/* No sign-in: so says what is known of the partition, or that it has no root
 * and this row that a password is not supported. */
static bool has_keys_only(const struct audit_reading *r,
	const struct report_row *row)
{
	return reading_root(r) == ROOT_KEYS_ONLY ||
		(reading_root(r) == ROOT_NONE &&
			report_value(row->field[REPORT_PASSWORD_ENABLED]) ==
				REPORT_NOT_SUPPORTED);
}

static void judge_root(struct audit_reading *r, const struct report_row *row)
{
	time_t made = reading_made(r);
	struct audit_root root = {
		.account = r->account,
		/* where there is a row there is a root, whatever we know */
		.keys_only = has_keys_only(r, row),
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

void reading_judge_user(struct audit_reading *r, struct report_field name,
	enum report_value mfa, enum report_value password, uint64_t line)
{
	char copy[AUDIT_USER_NAME_MAX + 1];
	struct audit_user u = {
		.account = r->account,
		.name = copy,
		.mfa = row_fact_of_value(reading_made(r), mfa),
		.password = row_fact_of_value(reading_made(r), password),
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

void reading_say_user_twice(struct audit_reading *r, struct report_field name,
	uint64_t line)
{
	if (r->users_twice++ == 0)
		snprintf(r->first_user, sizeof(r->first_user),
			"'%.*s' of account %s, line %llu%s%s", (int)name.n,
			name.p, r->account, (unsigned long long)line,
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
	int e = reading_enter(r, row, err);

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
		reading_say_user_twice(r, name, row->line);
	if (is_root)
		judge_root(r, row);
	else
		reading_judge_user(r, name, report_value(row->field[REPORT_MFA_ACTIVE]),
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
		reading_end_section(r);
	r->has_section = false;
	r->report = 0;
	r->counted = false;
	r->file = file;
}

void audit_reading_end(struct audit_reading *r, bool is_whole)
{
	if (is_whole) {
		reading_end_section(r);
		r->empty = r->a->report.reports - r->with_rows;
		if (r->empty > 0) {
			r->account[0] = '\0';
			r->partition = NULL;
			reading_miss_root(r);
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
