/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON object of GetCredentialReport, {"Content": base64, "ReportFormat":
 * "text/csv", "GeneratedTime": "..."}, decoded as it streams by. Content may be
 * the text itself: see content.h.
 *
 * Members in any order, in small letters too. Unknown ones are passed over, and
 * a GeneratedTime that cannot be read is not known; one of these three twice or a
 * cut-off base64 is an error. Several objects behind each other, or in an array,
 * are several reports.
 */
#ifndef AWS_REPORT_WRAP_JSON_H
#define AWS_REPORT_WRAP_JSON_H

#include "base/error.h"

#include <time.h>

struct report_json;

/* Receives the decoded bytes; negative stops and is returned. */
typedef int (*report_json_fn)(void *data, const unsigned char *p, size_t n,
	struct error *err);

int report_json_new(struct report_json **ret, report_json_fn fn, void *data,
	struct error *err);
void report_json_free(struct report_json **j);

/* ERROR_MALFORMED with the byte's offset. */
int report_json_feed(struct report_json *j, const void *p, size_t n,
	struct error *err);
int report_json_finish(struct report_json *j, struct error *err);

/* Valid after report_json_finish: the oldest. False, *ret untouched, where an
 * object has no GeneratedTime that can be read. */
bool report_json_generated(const struct report_json *j, time_t *ret);

#endif
