/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of many questions, for this room only. */
#ifndef AWS_MANY_CALLS_PRIVATE_H
#define AWS_MANY_CALLS_PRIVATE_H

#include "aws/many/calls.h"
#include "aws/many/governor.h"
#include "aws/many/question.h"
#include "aws/query/session-private.h"

struct calls {
	struct aws_session *s; /* borrowed */
	struct http *http;     /* the session's; NULL before the first request */
	struct calls_options options;
	struct governor governor;
	struct queue ready, resting;
	unsigned resting_n;
	struct flight *flights;
	bool begun;
	bool in_done;          /* what is asked now goes on with a question */
	deadline_t renew_again;
	struct error stopped;  /* code 0: not */
	struct calls_figures figures;
};

/* ---- flight.c ---- */

/* A question whose request is over. */
struct landed {
	struct one *one;       /* whoever takes it back owns it */
	int64_t sent;          /* when */
	int result;            /* negative: outcome says why */
	struct reply reply;    /* owned */
	struct outcome outcome;
};

static inline void landed_done(struct landed *x)
{
	reply_done(&x->reply);
}

/* Sends it, and takes it; after a failure it is the caller's as before. */
int flight_begin(struct calls *c, struct one *o, struct error *err);
/* 1, and the next that is over; 0: none is. */
int flight_take(struct calls *c, struct landed *ret);
/* Breaks one off, and gives its question back; NULL: none is under way. */
struct one *flight_drop(struct calls *c);

/* ---- outcome.c ---- */

/* What became of a question's attempt, sent or played; takes it. Negative where
 * its `done` was. */
int calls_take_back(struct calls *c, struct one *one, int64_t sent, int r,
	const struct reply *reply, const struct outcome *o, struct error *err);
/* It failed with `e`, which may be an answer, too. Takes it. */
int calls_fail_one(struct calls *c, struct one **o, const struct error *e,
	struct error *err);
/* Ends all that is left, and what its ends ask for. */
int calls_end(struct calls *c, const struct error *why, struct error *err);

/* ---- renewal.c ---- */

/* Whether the keys are to be renewed before the next request; and that. */
bool calls_want_renewal(const struct calls *c);
int calls_renew(struct calls *c, struct error *err);

/* ---- played.c ---- */

/* All of a session that is played. */
int calls_play_all(struct calls *c, struct error *err);

#endif
