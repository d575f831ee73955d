/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Content of GetCredentialReport's JSON: the report as base64 (RFC 4648 section
 * 4), in lines or not, or as the text that it is, which programs leave there that
 * have decoded it (boto3, the SDKs of .NET and Java). The first character tells.
 */
#ifndef AWS_REPORT_WRAP_CONTENT_H
#define AWS_REPORT_WRAP_CONTENT_H

#include "aws/report/wrap/base64-stream.h"

#define REPORT_CONTENT_PIECE 16384 /* characters that are taken at once */
#define REPORT_CONTENT_ROOM (REPORT_CONTENT_PIECE + 4)

enum report_content_form {
	REPORT_CONTENT_UNKNOWN,
	REPORT_CONTENT_BASE64,
	REPORT_CONTENT_TEXT,
};

struct report_content {
	enum report_content_form form;
	struct base64_stream base64;
	unsigned escape; /* characters of an escape (RFC 8259 section 7) so far */
	unsigned hex;    /* of \uXXXX, what is known of it */
};

void report_content_init(struct report_content *c);

/* Whether the character ends the string. */
bool report_content_ends(const struct report_content *c, char next);

/*
 * Takes characters of a JSON string up to its end; how many. Into ret, of
 * REPORT_CONTENT_ROOM bytes, *ret_n bytes of the report. *ret_why: what is wrong
 * with the character behind those that were taken; NULL: nothing.
 */
size_t report_content_feed(struct report_content *c, const char *p, size_t n,
	unsigned char *ret, size_t *ret_n, const char **ret_why);

/* False where base64 was cut off inside a group. */
bool report_content_complete(const struct report_content *c);

#endif
