/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A credential report as people have it on disk: the CSV, or the JSON object
 * that `aws iam get-credential-report` prints.
 */
#ifndef AWS_REPORT_INPUT_H
#define AWS_REPORT_INPUT_H

#include "aws/report/report.h"

/* By the first byte that is no blank. */
enum report_form {
	REPORT_FORM_UNKNOWN, /* there is none yet */
	REPORT_FORM_CSV,
	REPORT_FORM_JSON,
};
enum report_form report_form_of(const unsigned char *p, size_t n);

struct report_input;

/* `events` is copied. */
int report_input_new(struct report_input **ret,
	const struct report_events *events, struct error *err);
void report_input_free(struct report_input **in);

/* Bytes of either form, cut anywhere. Errors as report_feed and
 * report_json_feed. */
int report_input_feed(struct report_input *in, const void *p, size_t n,
	struct error *err);
int report_input_finish(struct report_input *in, struct error *err);

/* GeneratedTime: only JSON tells. False, *ret untouched, where not told.
 * Valid after report_input_finish. */
bool report_input_generated(const struct report_input *in, time_t *ret);
/* For counts. */
const struct report *report_input_report(const struct report_input *in);

#endif
