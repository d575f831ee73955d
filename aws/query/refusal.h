/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a refusal of AWS means and what to do next, as one sentence.
 */
#ifndef AWS_QUERY_REFUSAL_H
#define AWS_QUERY_REFUSAL_H

#include "aws/query/reply.h"

#include <stdint.h>

/* What the sentence may need to know. Borrowed. */
struct refusal_context {
	const char *service; /* "iam" */
	const char *action;
	const char *region;  /* that the request was signed for */
	const char *partition;
	const char *origin;  /* of the credentials */
	bool session;        /* they hold a session token */
	int status;          /* HTTP */
	bool skew_known;
	int64_t skew;        /* seconds that the local clock is ahead */
};

/*
 * ERROR_REMOTE with foreign, request_id and status; ERROR_UNREACHABLE for a
 * status of 500 and above, where the effect is not known.
 */
int refusal_error(const struct refusal *r, const struct refusal_context *c,
	struct error *err);

#endif
