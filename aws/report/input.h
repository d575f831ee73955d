/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A credential report as people have it on disk: the CSV, or what `aws iam
 * get-credential-report` prints, as JSON or as text, and what a query leaves of
 * that: bare base64. A byte order mark before any of them does not count, and
 * each may be in UTF-16. Offsets of bytes are those of the UTF-8 that it makes.
 */
#ifndef AWS_REPORT_INPUT_H
#define AWS_REPORT_INPUT_H

#include "aws/report/report.h"

/* By the first bytes that are no blank. */
enum report_form {
	REPORT_FORM_UNKNOWN, /* too few yet */
	REPORT_FORM_CSV,
	REPORT_FORM_JSON,
	REPORT_FORM_TEXT,
	REPORT_FORM_WIDE, /* UTF-16, and any of these in it */
};
enum report_form report_form_of(const unsigned char *p, size_t n);

struct report_input;

/* `events` is copied. NULL: rows are not read, only report_input_generated. */
int report_input_new(struct report_input **ret,
	const struct report_events *events, struct error *err);
void report_input_free(struct report_input **in);

/* Bytes of any form, cut anywhere. Errors as report_feed, report_json_feed and
 * report_text_feed. */
int report_input_feed(struct report_input *in, const void *p, size_t n,
	struct error *err);
int report_input_finish(struct report_input *in, struct error *err);

/* GeneratedTime: a CSV does not tell. False, *ret untouched, where not told.
 * Valid after report_input_finish. */
bool report_input_generated(const struct report_input *in, time_t *ret);
/* The reader behind bytes of which report_form_of says that they are CSV: what
 * follows may be fed to it. */
struct report *report_input_csv(struct report_input *in);
/* For counts; NULL where rows are not read. */
const struct report *report_input_report(const struct report_input *in);

#endif
