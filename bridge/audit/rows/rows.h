/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows that an output keeps until the end, to sort and to group them: so many
 * and no more, of which a worse one takes the place of a lesser one. Memory is
 * bounded however many rows there are.
 */
#ifndef BRIDGE_AUDIT_ROWS_ROWS_H
#define BRIDGE_AUDIT_ROWS_ROWS_H

#include "bridge/audit/finding.h"

/* Enough for a person, a browser, and the alerts that GitHub shows. */
#define AUDIT_ROWS_MAX 5000

/* A finding without the room that its texts might need. */
struct audit_row {
	enum audit_check check;
	enum audit_reason reason;
	enum audit_status status, mutes;
	enum audit_severity severity;
	enum audit_change change;
	enum audit_remedy remedy_kind;
	/* owned by the row; "" where there is none */
	const char *account, *subject, *device, *seen, *source, *remedy,
		*literal, *missing;
	const struct audit_mute *mute; /* borrowed; NULL: none */
	time_t when;
	uint64_t line;
	uint64_t number; /* in the order that they came */
};

struct audit_rows;

/* NULL without memory, which the others take. */
struct audit_rows *audit_rows_new(size_t max);
void audit_rows_free(struct audit_rows **rows);

/* Whether a row of that kind would be kept. */
bool audit_rows_would_keep(const struct audit_rows *rows,
	enum audit_status status, enum audit_severity severity);
/* Copies the finding, or counts it as left out. Without memory: ui_fail. */
void audit_rows_add(struct audit_rows *rows, const struct audit_finding *f);

/*
 * Those that were kept, the worst first: FAIL, then UNKNOWN, MUTED, PASS and
 * NOT_APPLICABLE, each by severity, and as they came. The array is owned by
 * the caller, the rows by `rows`; NULL and 0 where there are none.
 */
const struct audit_row **audit_rows_all(const struct audit_rows *rows,
	size_t *ret_n);

/* How a status comes in that order: 0 for FAIL. */
size_t audit_rows_rank(enum audit_status status);

#endif
