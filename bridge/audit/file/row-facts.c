/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of a row as facts. */
#include "bridge/audit/file/row-facts.h"

#include "base/util.h"

static const char SOURCE[] = "credential report";

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

struct audit_fact row_fact_missing(time_t generated, const char *why)
{
	return (struct audit_fact){ AUDIT_NOT_KNOWN, SOURCE, generated, why,
		false };
}

struct audit_fact row_fact_of_value(time_t generated, enum report_value value)
{
	struct audit_fact fact = row_fact_missing(generated, NULL);

	if (value == REPORT_TRUE)
		fact.answer = AUDIT_YES;
	else if (value == REPORT_FALSE)
		fact.answer = AUDIT_NO;
	else
		fact.why = why_not_known(value);
	return fact;
}

struct audit_fact row_fact_of_column(time_t generated,
	const struct report_row *row, enum report_column column)
{
	return row_fact_of_value(generated, report_value(row->field[column]));
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

struct audit_fact row_fact_of_pair(time_t generated,
	const struct report_row *row, enum report_column one,
	enum report_column two)
{
	return fact_of_two(row_fact_of_column(generated, row, one),
		row_fact_of_column(generated, row, two), row);
}

/* One key, active or not: what was made once and is gone has N/A. */
static struct audit_fact fact_of_key(time_t generated,
	const struct report_row *row, enum report_column active,
	enum report_column rotated, enum audit_key_state *state)
{
	struct audit_fact fact = row_fact_of_column(generated, row, active);
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

struct audit_fact row_fact_of_any_key(time_t generated,
	const struct report_row *row, enum audit_key_state *state)
{
	struct audit_fact a, b;

	*state = AUDIT_KEY_NOT_TOLD;
	a = fact_of_key(generated, row, REPORT_ACCESS_KEY_1_ACTIVE,
		REPORT_ACCESS_KEY_1_LAST_ROTATED, state);
	b = fact_of_key(generated, row, REPORT_ACCESS_KEY_2_ACTIVE,
		REPORT_ACCESS_KEY_2_LAST_ROTATED, state);
	return fact_of_two(a, b, row);
}
