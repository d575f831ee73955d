/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `aws iam get-credential-report` prints with `--output text`, and what is
 * left of it with `--query Content`: base64, bare or in quotes, in one line or
 * wrapped, with GeneratedTime and ReportFormat beside it or without; several of
 * them in one file.
 */
#ifndef AWS_REPORT_WRAP_TEXT_H
#define AWS_REPORT_WRAP_TEXT_H

#include "aws/report/wrap/json.h"

/*
 * So many characters of base64 in a row are a report: no column has so long a
 * name, and the shortest header is longer.
 */
#define REPORT_TEXT_MIN 32

struct report_text;

/* As those of report_json. */
int report_text_new(struct report_text **ret, report_json_fn fn, void *data,
	struct error *err);
void report_text_free(struct report_text **t);
int report_text_feed(struct report_text *t, const void *p, size_t n,
	struct error *err);
int report_text_finish(struct report_text *t, struct error *err);
/* Of several the oldest; false where one does not tell. */
bool report_text_generated(const struct report_text *t, time_t *ret);

/* A character of base64, padding included. */
bool report_text_is_base64(unsigned char c);

#endif
