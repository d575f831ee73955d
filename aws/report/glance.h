/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many rows of a report at once, of which only the four columns are looked at
 * that are in every report, on any thread: nothing is known here of the rows
 * before, and what they have to be for this to hold is asked afterwards, by
 * report_is_at.
 *
 * A row in which anything is out of the common is left to report_feed, which is
 * the one that says what a report holds: where both read, both say the same.
 */
#ifndef AWS_REPORT_GLANCE_H
#define AWS_REPORT_GLANCE_H

#include "aws/report/csv/block.h"
#include "aws/report/report.h"

/* A row of a block; offsets are the block's. */
struct report_glance {
	uint32_t at; /* where the row begins */
	uint32_t user, arn;
	uint16_t user_n, arn_n;
	unsigned char password, mfa; /* enum report_value */
	bool left; /* to report_feed: all but `at` is not filled in */
};

/*
 * The rows of a scanned block that begins at one: b->rows_n, for which `ret`
 * has room and one more, whose `at` is where the last one ends.
 */
void report_glance(const struct report_layout *l, const struct csv_block *b,
	struct report_glance *ret);

#endif
