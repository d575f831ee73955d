/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an audit prints: a format a file, all of them by the same rows. What
 * people read goes through bridge/terminal; what programs read is written here,
 * escaped as its format wants it.
 */
#ifndef BRIDGE_AUDIT_OUTPUT_OUTPUT_H
#define BRIDGE_AUDIT_OUTPUT_OUTPUT_H

#include "bridge/audit/rows/rows.h"
#include "bridge/audit/run.h"

extern const struct audit_output audit_text, audit_json, audit_csv,
	audit_csv_raw, audit_ocsf, audit_ocsf_array, audit_sarif, audit_junit,
	audit_html;

/* Divided by blanks, as options take them. */
#define AUDIT_FORMATS "text json csv csv-raw ocsf ocsf-array sarif junit html"

/* ---- what formats share ---- */

/* The table of checks, for people and as one JSON object. */
int audit_checks_print(struct error *err);
int audit_checks_json(struct error *err);

/* Their is_lost: the stream cannot be written to. */
bool audit_output_is_lost(const struct audit_printer *p);
/* Their wants: every row, also one that the view does not show; and those that
 * it shows. */
bool audit_output_wants_all(const struct audit_printer *p,
	const struct audit *a, enum audit_status status,
	enum audit_severity severity);
bool audit_output_wants_shown(const struct audit_printer *p,
	const struct audit *a, enum audit_status status,
	enum audit_severity severity);

/* How many rows of these statuses the view shows. */
uint64_t audit_output_count(const struct audit *a, unsigned statuses);

/* Not read, though it was to be: NULL behind the last. */
struct audit_gap {
	const char *what; /* "credential report" */
	const char *why;  /* "": not told */
};
#define AUDIT_GAPS_MAX 4
size_t audit_output_gaps(const struct audit *a,
	struct audit_gap ret[AUDIT_GAPS_MAX]);
/* Nothing failed, and nothing that was to be read was not. */
bool audit_output_is_complete(const struct audit *a,
	const struct error *failure);

/* "CIS 7.0 2.10" for each of a check's other names; NULL behind the last. */
static inline const char *audit_output_alias(enum audit_check check, size_t i)
{
	return i < AUDIT_NAMES_MAX ? audit_check_rows[check].also_known_as[i] :
		NULL;
}

/*
 * The same for a finding in every run: hex of SHA-256 over account, check,
 * subject and device. "" without memory.
 */
#define AUDIT_PRINT_LEN 65
void audit_output_fingerprint(const char *account, enum audit_check check,
	const char *subject, const char *device, char ret[AUDIT_PRINT_LEN]);

/* Who a finding is about, as a path: "aws/123456789012/iam/user/alice". */
#define AUDIT_PATH_LEN 512
void audit_output_path(const char *account, const char *subject,
	char ret[AUDIT_PATH_LEN]);

/* What it does not cover. */
#define AUDIT_NOT_COVERED                                                      \
	"people of IAM Identity Center: they are not IAM users and not in "    \
	"the credential report"

#endif
