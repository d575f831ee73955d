/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One call of an operation: form or JSON, signature, retries, clock, and the
 * sentence that a failure becomes. For sts.c, iam.c and the like.
 */
#ifndef AWS_QUERY_CALL_H
#define AWS_QUERY_CALL_H

#include "aws/http/http.h"
#include "aws/query/reply.h"
#include "aws/query/retry.h"
#include "aws/query/session.h"
#include "aws/query/tape.h"

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

/* ---- one attempt, for whoever has several under way ---- */

/* What became of one. */
struct outcome {
	struct attempt attempt;
	char code[64]; /* that attempt.code points to */
	struct error error;
	bool is_last;  /* of a tape: no other attempt was made */
};

/* What a request points to; holds until its answer is read. */
struct attempt_room {
	char sign[32 + REGION_MAX];
};

/* The form of a call, to be ended by buf_done. */
int attempt_form(struct buf *form, const struct operation *op,
	const struct param *params, struct error *err);
/* The session's connections, which are made here. */
int attempt_http(struct aws_session *s, struct http **ret, struct error *err);
/* Counts it. Borrows form, room and the session. */
void attempt_request(struct aws_session *s, const struct operation *op,
	const struct buf *form, struct attempt_room *room,
	struct http_request *ret);
/*
 * What has become of it: `sent` is the result of the exchange, o->error its
 * error. Success fills *ret, else *o is whole. What it was is kept where the
 * session has a tape for it.
 */
int attempt_read(struct aws_session *s, const struct operation *op,
	const struct buf *form, int sent, const struct http_reply *http,
	struct reply *ret, struct outcome *o);
/* Whether attempt number `done` may be followed by another; *ret is the pause
 * before that, in ms. */
bool attempt_again(const struct aws_session *s, const struct operation *op,
	const struct outcome *o, unsigned done, int64_t *ret);

/* ---- with a tape: tape.c ---- */

/* Of attempt_read. */
void attempt_keep(const struct aws_session *s, const struct operation *op,
	const struct buf *form, const struct http_reply *http,
	const struct outcome *o, bool failed);
/* In place of sending and attempt_read, where the session is played. */
int attempt_play(struct aws_session *s, const struct operation *op,
	struct buf *form, struct reply *ret, struct outcome *o);
/* Number of the reply that attempt_play takes next; TAPE_NONE. */
uint64_t attempt_find(const struct aws_session *s, const struct operation *op,
	struct buf *form);

#endif
