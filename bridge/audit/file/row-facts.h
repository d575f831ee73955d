/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields of a row of a report as facts, all as of `generated`, the report's
 * own time: what is neither true nor false is not known, and says so. Pure.
 */
#ifndef BRIDGE_AUDIT_FILE_ROW_FACTS_H
#define BRIDGE_AUDIT_FILE_ROW_FACTS_H

#include "aws/report/report.h"
#include "bridge/audit/rules/rules.h"

/* What no row tells, and why. */
struct audit_fact row_fact_missing(time_t generated, const char *why);
struct audit_fact row_fact_of_value(time_t generated, enum report_value value);
struct audit_fact row_fact_of_column(time_t generated,
	const struct report_row *row, enum report_column column);
/* Of two columns that may each have one: YES by either, NO by both, unless the
 * row says that there are more than the two. */
struct audit_fact row_fact_of_pair(time_t generated,
	const struct report_row *row, enum report_column one,
	enum report_column two);
/* Whether there is an access key, active or not, and which. */
struct audit_fact row_fact_of_any_key(time_t generated,
	const struct report_row *row, enum audit_key_state *ret_state);

#endif
