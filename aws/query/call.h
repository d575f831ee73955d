/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One call of an operation: form or JSON, signature, retries, clock, and the
 * sentence that a failure becomes. For sts.c, iam.c and the like.
 */
#ifndef AWS_QUERY_CALL_H
#define AWS_QUERY_CALL_H

#include "aws/query/reply.h"
#include "aws/query/session.h"

enum call_effect {
	CALL_READS,   /* may be sent again whatever became of it */
	CALL_CHANGES, /* only where it certainly had no effect */
};

struct operation {
	const char *action;    /* "ListUsers" */
	enum aws_service service;
	enum call_effect effect;
	bool limit_is_throttle; /* LimitExceeded: AWS is busy, ask later */
	bool large_reply;       /* the session's report_max holds */
	bool is_unsigned;       /* it says who calls by itself */
	const char *target;     /* of the JSON protocol 1.1: X-Amz-Target; NULL:
	                           the query protocol */
};

/* A form field; value NULL leaves it out. */
struct param {
	const char *name;
	const char *value;
};

/*
 * Success fills *ret, which the caller ends by reply_done. params ends with a
 * NULL name; NULL: none. See aws/query/session.h for the errors.
 */
int call(struct aws_session *s, const struct operation *op,
	const struct param *params, struct reply *ret, struct error *err);

/* The same of the JSON protocol; the answer's object is in ret->json. */
int call_json(struct aws_session *s, const struct operation *op,
	const json_t *body, struct reply *ret, struct error *err);

/* ERROR_MALFORMED: the answer to op lacks `what`. */
int call_lacks(const struct operation *op, const char *what,
	struct error *err);

/*
 * Sleeps. ERROR_INTERRUPTED, ERROR_TIMEOUT (where the pause would last beyond
 * `until` or the session's deadline, at once).
 */
int call_wait(struct aws_session *s, int64_t ms, deadline_t until,
	struct error *err);

#endif
