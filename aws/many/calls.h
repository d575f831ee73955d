/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many questions of one session at once, over connections that are kept alive
 * and shared; no threads.
 *
 *	calls_new(&c, session, &options, err)
 *	calls_ask(c, &ask, done, data, err)       as often as there are questions
 *	calls_run(c, err)                         until none is left
 *	calls_free(&c)
 *
 * Questions of IAM are asked by iam_ask_... (aws/api/iam.h), which take a
 * struct calls where iam_get_... and iam_list_... take a session. `done` may ask
 * on: what it asks is answered by the same run, before what else is waiting.
 *
 * How many are under way: eight at first, twice as many with every round trip
 * until AWS throttles for the first time or `most` is reached; then half as
 * many, and one more with every round trip (aws/many/governor.h). Beside
 * that never more than `rate` are sent in a second, and once AWS has throttled,
 * no more than it was seen to answer. A call that was throttled goes back into
 * the queue, and is asked again for as long as AWS answers others: only where
 * AWS throttles whatever it is asked for CALLS_PATIENCE_MS are those left given
 * that refusal. 5xx and lost connections are asked again as of `call`
 * (aws/query/retry.h), beside the others.
 *
 * Errors, request ids, AWS's clock and the session's counters are those of
 * `call`. An attempt has the session's time for one call; the run has no limit
 * but the session's deadline.
 *
 * Several accounts: one struct calls for each session, and calls_run_all runs
 * them together, each with a governor and connections of its own, since AWS
 * throttles each account for itself; what is under way for one waits only while
 * another's `renew` asks somebody. Sessions of different settings (CA bundle,
 * proxy) may stand side by side. Whoever would rather have a process an account
 * runs calls_run in each.
 */
#ifndef AWS_MANY_CALLS_H
#define AWS_MANY_CALLS_H

#include "aws/many/ask.h"

#define CALLS_MOST 16
#define CALLS_PATIENCE_MS 30000
/* Less than that is left to no request, in seconds: as ROLE_LEFT_MIN. */
#define CALLS_KEYS_LEFT 300

struct calls;

struct calls_options {
	unsigned most; /* under way at once; 0: CALLS_MOST */
	unsigned rate; /* sent in a second; 0: as many as AWS answers */
	/*
	 * Called with nothing under way, before the first request and whenever
	 * less than CALLS_KEYS_LEFT is left of the session's keys: may make
	 * calls by the session. Negative ends the run. NULL: nobody renews.
	 */
	int (*renew)(void *self, struct error *err);
	void *self;
};

/* What happened so far, for people and for benchmarks. */
struct calls_figures {
	unsigned under_way, under_way_most;
	unsigned waiting;   /* not under way, not over */
	uint64_t answered;  /* questions that are over; a list is one */
	uint64_t sent;      /* requests */
	uint64_t throttled; /* of these */
};

/* The session is borrowed. */
int calls_new(struct calls **ret, struct aws_session *s,
	const struct calls_options *options, struct error *err);
/* Ends what is left with ERROR_INTERRUPTED, by `done`. */
void calls_free(struct calls **c);

/*
 * Puts a question into the queue; nothing is sent before calls_run. `done` is
 * called once, at the latest by calls_free, and never from within calls_ask.
 * What `ask` itself points to is copied.
 */
int calls_ask(struct calls *c, const struct ask *ask, ask_done_fn done,
	void *data, struct error *err);

/*
 * Asks no more: what is left, under way or not, ends with this error by `done`.
 * From within a callback too.
 */
void calls_stop(struct calls *c, const struct error *why);

/*
 * Until no question is left. Negative where a callback was, and ERROR_INTERRUPTED
 * where the session's cancel_fd became readable: what is left has been ended
 * by then, with that error. A question that fails is no failure of the run.
 */
int calls_run(struct calls *c, struct error *err);
/* Several at once; the first that fails ends them all. */
int calls_run_all(struct calls *const *list, size_t n, struct error *err);

/* Who asks: a session, which waits for the answer, or one of many. */
struct asker {
	struct aws_session *s; /* NULL: the others hold */
	struct calls *calls;
	ask_done_fn done;
	void *data;
};
int asker_ask(const struct asker *by, const struct ask *ask,
	struct error *err);

void calls_figures(const struct calls *c, struct calls_figures *ret);

#endif
