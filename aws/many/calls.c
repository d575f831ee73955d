/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many questions of one session.
 *
 * A question stands in the queue, is under way, or rests until it may be asked
 * again after a failure that passes. What is throttled goes behind the queue's
 * end, the next page of a list before its beginning. All that can be sent is
 * sent, then one waits for whatever comes first.
 */
#include "aws/many/calls-private.h"

#include <stdlib.h>

int calls_new(struct calls **ret, struct aws_session *s,
	const struct calls_options *options, struct error *err)
{
	struct calls *c = calloc(1, sizeof(*c));

	if (!c)
		return error_memory(err);
	c->s = s;
	c->options = *options;
	if (!c->options.most)
		c->options.most = CALLS_MOST;
	governor_init(&c->governor, c->options.most, c->options.rate,
		deadline_now());
	queue_init(&c->ready);
	queue_init(&c->resting);
	*ret = c;
	return 0;
}

int calls_ask(struct calls *c, const struct ask *ask, ask_done_fn done,
	void *data, struct error *err)
{
	struct one *o;
	int r = one_new(&o, ask, done, data, err);

	if (r < 0)
		return r;
	if (c->in_done)
		queue_put_first(&c->ready, o);
	else
		queue_put(&c->ready, o);
	c->figures.waiting++;
	return 0;
}

void calls_free(struct calls **c)
{
	struct error why;

	if (!c || !*c)
		return;
	error_set(&why, ERROR_INTERRUPTED, "interrupted");
	(void)calls_end(*c, &why, NULL);
	free_p(c);
}

/* ---- sending ---- */

static int calls_send_one(struct calls *c, struct error *err)
{
	struct one *o = queue_take(&c->ready);
	struct error e;
	int r;

	c->figures.waiting--;
	r = one_form(o, &e);
	if (r >= 0)
		r = attempt_http(c->s, &c->http, &e);
	if (r >= 0)
		r = flight_begin(c, o, &e);
	if (r < 0)
		return calls_fail_one(c, &o, &e, err);
	governor_sent(&c->governor, deadline_now());
	c->figures.sent++;
	if (c->figures.under_way > c->figures.under_way_most)
		c->figures.under_way_most = c->figures.under_way;
	return 0;
}

/* Those that have rested; *ret_wake is when the next one will have. */
static void calls_wake(struct calls *c, deadline_t *ret_wake)
{
	struct queue left;
	struct one *o;

	queue_init(&left);
	while ((o = queue_take(&c->resting))) {
		if (deadline_passed(o->not_before)) {
			queue_put_first(&c->ready, o);
			c->resting_n--;
			continue;
		}
		*ret_wake = deadline_min(*ret_wake, o->not_before);
		queue_put(&left, o);
	}
	while ((o = queue_take(&left)))
		queue_put(&c->resting, o);
}

/* All that may go now; *ret_wake is when more may. */
static int calls_send(struct calls *c, deadline_t *ret_wake, struct error *err)
{
	int64_t wait;
	int r = 0;

	calls_wake(c, ret_wake);
	while (r >= 0 && c->ready.first && !c->stopped.code) {
		if (calls_want_renewal(c)) {
			if (c->figures.under_way > 0)
				return 0;
			r = calls_renew(c, err);
			continue;
		}
		/* those that rest stand for as many that may get no answer */
		wait = governor_wait(&c->governor,
			c->figures.under_way + c->resting_n, deadline_now());
		if (wait > 0)
			*ret_wake = deadline_min(*ret_wake, deadline_in(wait));
		if (wait != 0)
			return 0;
		r = calls_send_one(c, err);
	}
	return r;
}

/* ---- running ---- */

static int flights_collect(struct calls *c, struct error *err)
{
	int r = 0;

	while (r >= 0) {
		CLEANUP(landed_done) struct landed x = { .one = NULL };

		if (!flight_take(c, &x))
			break;
		r = calls_take_back(c, x.one, x.sent, x.result, &x.reply,
			&x.outcome, err);
	}
	return r;
}

static bool is_left(const struct calls *c)
{
	return c->ready.first || c->resting.first || c->flights;
}

static void stop_when_late(struct calls *c)
{
	struct error why;

	if (!deadline_passed(c->s->until))
		return;
	error_set(&why, ERROR_TIMEOUT,
		"the deadline passed before all was answered");
	calls_stop(c, &why);
}

/* What came is taken, what may go is sent. */
static int calls_turn(struct calls *c, deadline_t *ret_wake, struct error *err)
{
	int r;

	if (aws_session_is_played(c->s))
		return calls_play_all(c, err);
	r = flights_collect(c, err);
	stop_when_late(c);
	*ret_wake = deadline_min(*ret_wake, c->s->until);
	if (r >= 0)
		r = calls_send(c, ret_wake, err);
	if (r >= 0 && c->stopped.code)
		r = calls_end(c, &c->stopped, err);
	return r;
}

static int calls_wait(struct calls *const *list, size_t n,
	struct http **room, deadline_t wake, struct error *err)
{
	size_t i, used = 0;

	for (i = 0; i < n; i++)
		if (list[i]->flights)
			room[used++] = list[i]->http;
	if (used)
		return http_step(room, used, wake, err);
	if (deadline_sleep(wake, list[0]->s->cancel_fd))
		return error_set(err, ERROR_INTERRUPTED, "interrupted");
	return 0;
}

static int calls_loop(struct calls *const *list, size_t n, struct http **room,
	struct error *err)
{
	deadline_t wake;
	bool left = true;
	size_t i;
	int r = 0;

	while (r >= 0 && left) {
		wake = DEADLINE_NEVER;
		left = false;
		for (i = 0; r >= 0 && i < n; i++) {
			r = calls_turn(list[i], &wake, err);
			left |= is_left(list[i]);
		}
		if (r >= 0 && left)
			r = calls_wait(list, n, room, wake, err);
	}
	return r;
}

int calls_run_all(struct calls *const *list, size_t n, struct error *err)
{
	struct http **room = calloc(n + 1, sizeof(struct http *));
	struct error why;
	size_t i;
	int r;

	if (!room)
		return error_memory(err);
	r = calls_loop(list, n, room, &why);
	free_p(&room);
	for (i = 0; r < 0 && i < n; i++)
		(void)calls_end(list[i], &why, NULL);
	return r < 0 ? error_copy(err, &why) : 0;
}

int calls_run(struct calls *c, struct error *err)
{
	return calls_run_all(&c, 1, err);
}

void calls_figures(const struct calls *c, struct calls_figures *ret)
{
	*ret = c->figures;
}

int asker_ask(const struct asker *by, const struct ask *ask, struct error *err)
{
	return by->s ? ask_now(by->s, ask, err) :
		calls_ask(by->calls, ask, by->done, by->data, err);
}
