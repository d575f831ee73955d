/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of a report, judged as they pass, each of several appended reports by
 * itself.
 */
#ifndef BRIDGE_AUDIT_FILE_ROWS_H
#define BRIDGE_AUDIT_FILE_ROWS_H

#include "aws/report/report.h"
#include "bridge/audit/file/piece.h"
#include "bridge/audit/run.h"

struct audit_reading;

/* Judged for `a`, which is borrowed. */
int audit_reading_new(struct audit_reading **ret, struct audit *a,
	struct error *err);
void audit_reading_free(struct audit_reading **r);

/* What a reader is to tell. */
struct report_events audit_reading_events(struct audit_reading *r);
/*
 * A piece that follows what `parser`, whose events are ours, was fed before:
 * ends as report_feed of its bytes would.
 */
int audit_reading_take(struct audit_reading *r, struct report *parser,
	const struct audit_piece *p, struct error *err);
/* For audit_piece_prepare. */
const struct audit_seen *audit_reading_users(const struct audit_reading *r);

/*
 * Of several files: what follows is of another one, which is borrowed, told
 * where a row is named by its line. read_well: the one before came to its end.
 */
void audit_reading_next(struct audit_reading *r, const char *file, bool read_well);

/* No more rows; is_whole: it was read to its end, a->report has the counts. */
void audit_reading_end(struct audit_reading *r, bool is_whole);

#endif
