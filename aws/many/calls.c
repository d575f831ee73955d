/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many questions of one session.
 *
 * A question stands in the queue, is under way, or rests until it may be asked
 * again after a failure that passes. What is throttled goes behind the queue's
 * end, the next page of a list before its beginning. All that can be sent is
 * sent, then one waits for whatever comes first.
 */
#include "aws/many/calls.h"

#include "aws/many/governor.h"
#include "aws/text/form.h"
#include "aws/query/session-private.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RENEW_AGAIN_MS 10000 /* keys that a renewal has left as short */

/* A question. */
struct one {
	struct one *next;
	struct ask ask; /* params are in `form` */
	_Alignas(max_align_t) unsigned char room[ASK_ROOM_MAX];
	ask_done_fn done;
	void *data;
	struct buf form;     /* owned */
	size_t form_n;       /* of it without a marker */
	struct pages pages;  /* of a list */
	unsigned attempts;   /* without a good answer */
	int64_t not_before;
	uint64_t played;     /* one more than the number of its next answer on
	                        the tape; 0: not looked up, or none */
};

/* One under way. */
struct flight {
	struct flight *next;
	struct calls *c;
	struct one *one;     /* owned */
	struct http_exchange *x;
	struct http_request request;
	struct attempt_room room;
	struct http_reply reply;
	int64_t sent;
};

struct queue {
	struct one *first, **last;
};

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

/* ---- the queue ---- */

static void queue_init(struct queue *q)
{
	q->first = NULL;
	q->last = &q->first;
}

static void queue_put(struct queue *q, struct one *o)
{
	o->next = NULL;
	*q->last = o;
	q->last = &o->next;
}

static void queue_put_first(struct queue *q, struct one *o)
{
	o->next = q->first;
	if (!q->first)
		q->last = &o->next;
	q->first = o;
}

static struct one *queue_take(struct queue *q)
{
	struct one *o = q->first;

	if (!o)
		return NULL;
	q->first = o->next;
	if (!q->first)
		q->last = &q->first;
	return o;
}

static void one_free(struct one **o)
{
	buf_done(&(*o)->form);
	pages_done(&(*o)->pages);
	free_p(o);
}

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
	struct one *o = calloc(1, sizeof(*o));
	int r;

	if (!o)
		return error_memory(err);
	o->ask = *ask;
	o->done = done;
	o->data = data;
	if (ask->room_n)
		memcpy(o->room, ask->room, ask->room_n);
	o->pages.op = ask->op;
	r = attempt_form(&o->form, ask->op, ask->params, err);
	if (r < 0) {
		one_free(&o);
		return r;
	}
	o->form_n = o->form.n;
	if (c->in_done)
		queue_put_first(&c->ready, o);
	else
		queue_put(&c->ready, o);
	c->figures.waiting++;
	return 0;
}

void calls_stop(struct calls *c, const struct error *why)
{
	if (!c->stopped.code)
		c->stopped = *why;
}

/* ---- ends ---- */

/* A question is over: `e` NULL with its answer taken. */
static int one_over(struct calls *c, struct one **o, const struct error *e,
	struct error *err)
{
	ask_done_fn done = (*o)->done;
	void *data = (*o)->data;
	int r;

	one_free(o);
	c->figures.answered++;
	c->in_done = true;
	r = done(data, e, err);
	c->in_done = false;
	return r;
}

/* A failure may be an answer, too. */
static int one_failed(struct calls *c, struct one **o, const struct error *e,
	struct error *err)
{
	struct error why;
	int r;

	if ((*o)->ask.list)
		return one_over(c, o, e, err);
	r = (*o)->ask.read((*o)->room, NULL, e, &why);
	return one_over(c, o, r < 0 ? &why : NULL, err);
}

static int one_answered(struct calls *c, struct one **o,
	const struct reply *reply, struct error *err)
{
	const struct ask *ask = &(*o)->ask;
	struct error why;
	int r;

	r = ask->list ? pages_take(&(*o)->pages, reply->result, ask->list,
		ask->member, (*o)->room, &why) :
		ask->read((*o)->room, reply, NULL, &why);
	if (r < 0 || !(*o)->pages.marker)
		return one_over(c, o, r < 0 ? &why : NULL, err);
	(*o)->attempts = 0;
	queue_put_first(&c->ready, *o);
	c->figures.waiting++;
	return 0;
}

static void flight_free(struct flight **f)
{
	struct flight **at = &(*f)->c->flights;

	while (*at != *f)
		at = &(*at)->next;
	*at = (*f)->next;
	(*f)->c->figures.under_way--;
	http_reply_done(&(*f)->reply);
	free_p(f);
}

static struct one *calls_take(struct calls *c)
{
	struct one *o = queue_take(&c->ready);
	struct flight *f = c->flights;

	if (!o && c->resting.first) {
		o = queue_take(&c->resting);
		c->resting_n--;
	}
	if (o) {
		c->figures.waiting--;
		return o;
	}
	if (!f)
		return NULL;
	o = f->one;
	http_end(&f->x, NULL);
	flight_free(&f);
	return o;
}

/* Ends all that is left, and what its ends ask for. */
static int calls_end(struct calls *c, const struct error *why,
	struct error *err)
{
	struct one *o;
	int r = 0, result;

	while ((o = calls_take(c))) {
		result = one_over(c, &o, why, r < 0 ? NULL : err);
		r = r < 0 ? r : result;
	}
	return r;
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

/* Seconds left of the keys; INT64_MAX where they do not end. */
static int64_t keys_left(const struct calls *c)
{
	time_t expires = aws_session_credentials(c->s)->expires;
	time_t now = aws_now(c->s);

	if (!expires)
		return INT64_MAX;
	return (int64_t)expires - (int64_t)(now > 0 ? now : time(NULL));
}

static bool wants_renewal(const struct calls *c)
{
	if (!c->options.renew)
		return false;
	return !c->begun || (keys_left(c) < CALLS_KEYS_LEFT &&
		deadline_passed(c->renew_again));
}

static int calls_renew(struct calls *c, struct error *err)
{
	int r;

	c->begun = true;
	r = c->options.renew(c->options.self, err);
	if (keys_left(c) < CALLS_KEYS_LEFT)
		c->renew_again = deadline_in(RENEW_AGAIN_MS);
	return r;
}

static int flight_begin(struct calls *c, struct one *o, struct error *err)
{
	struct flight *f = calloc(1, sizeof(*f));
	struct outcome outcome = { .code = "" };
	int r;

	if (!f)
		return error_memory(err);
	*f = (struct flight){ .next = c->flights, .c = c, .one = o,
		.sent = deadline_now() };
	c->flights = f;
	c->figures.under_way++;
	attempt_request(c->s, o->ask.op, &o->form, &f->room, &f->request);
	r = http_begin(c->http, &f->request, &f->reply, f, &f->x,
		&outcome.error);
	if (r >= 0)
		return 0;
	r = attempt_read(c->s, o->ask.op, &o->form, r, &f->reply, NULL,
		&outcome);
	flight_free(&f);
	error_copy(err, &outcome.error);
	return r;
}

/* Puts the marker of the page that is next behind the form. */
static int one_form(struct one *o, struct error *err)
{
	o->form.n = o->form_n;
	if (o->pages.marker)
		form_put(&o->form, "Marker", o->pages.marker);
	return buf_check(&o->form, "the request", err);
}

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
		return one_failed(c, &o, &e, err);
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
		if (wants_renewal(c)) {
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

/* ---- what comes back ---- */

static bool was_throttled(const struct outcome *o)
{
	return (o->error.code == ERROR_REMOTE ||
		o->error.code == ERROR_UNREACHABLE) &&
		retry_class(&o->attempt) == RETRY_THROTTLED;
}

static void calls_throttled(struct calls *c, struct one *one, int64_t sent,
	const struct outcome *o)
{
	int64_t now = deadline_now();

	c->figures.throttled++;
	governor_throttled(&c->governor, sent, now);
	queue_put(&c->ready, one);
	c->figures.waiting++;
	if (governor_is_in_vain(&c->governor, CALLS_PATIENCE_MS, now))
		calls_stop(c, &o->error);
}

static int calls_failed(struct calls *c, struct one *one,
	const struct outcome *o, struct error *err)
{
	int64_t pause;

	if (o->error.code == ERROR_REMOTE)
		governor_answered(&c->governor, deadline_now());
	else
		governor_lost(&c->governor);
	if (!attempt_again(c->s, one->ask.op, o, ++one->attempts, &pause))
		return one_failed(c, &one, &o->error, err);
	one->not_before = deadline_in(pause);
	queue_put(&c->resting, one);
	c->resting_n++;
	c->figures.waiting++;
	return 0;
}

/* What became of a question's attempt, sent or played. */
static int one_back(struct calls *c, struct one *one, int64_t sent, int r,
	const struct reply *reply, const struct outcome *o, struct error *err)
{
	if (r >= 0) {
		governor_answered(&c->governor, deadline_now());
		return one_answered(c, &one, reply, err);
	}
	if (was_throttled(o) && !o->is_last) {
		calls_throttled(c, one, sent, o);
		return 0;
	}
	return calls_failed(c, one, o, err);
}

static int flight_over(struct flight *f, struct error *err)
{
	CLEANUP(reply_done) struct reply reply = { .xml = NULL };
	struct outcome o = { .code = "" };
	struct calls *c = f->c;
	struct one *one = f->one;
	int64_t sent = f->sent;
	int r;

	r = http_end(&f->x, &o.error);
	r = attempt_read(c->s, one->ask.op, &one->form, r, &f->reply, &reply,
		&o);
	flight_free(&f);
	return one_back(c, one, sent, r, &reply, &o, err);
}

static int calls_collect(struct calls *c, struct error *err)
{
	struct http_exchange *x;
	int r = 0;

	while (r >= 0 && c->http && (x = http_over(c->http)))
		r = flight_over(http_data(x), err);
	return r;
}

/* ---- a session that is played ---- */

/* The question whose answer came first then; without an answer the first. */
static struct one *played_next(struct calls *c)
{
	struct one *o, *best = NULL;

	for (o = c->ready.first; o; o = o->next) {
		if (!o->played) {
			if (one_form(o, NULL) < 0)
				return o;
			o->played = 1 + attempt_find(c->s, o->ask.op,
				&o->form);
		}
		/* TAPE_NONE + 1 is 0: behind all others */
		if (!best || o->played - 1 < best->played - 1)
			best = o;
	}
	return best;
}

static void queue_remove(struct queue *q, struct one *o)
{
	struct one **at = &q->first;

	while (*at != o)
		at = &(*at)->next;
	*at = o->next;
	if (!o->next)
		q->last = at;
}

/* In the order in which the answers came, so that all else does, too. */
static int calls_play(struct calls *c, struct error *err)
{
	CLEANUP(reply_done) struct reply reply = { .xml = NULL };
	struct one *o = played_next(c);
	struct outcome outcome;
	int r;

	queue_remove(&c->ready, o);
	c->figures.waiting--;
	o->played = 0;
	r = attempt_play(c->s, o->ask.op, &o->form, &reply, &outcome);
	return one_back(c, o, deadline_now(), r, &reply, &outcome, err);
}

static int calls_play_all(struct calls *c, struct error *err)
{
	int r = wants_renewal(c) ? calls_renew(c, err) : 0;

	while (r >= 0 && !c->stopped.code) {
		while (c->resting.first) {
			queue_put(&c->ready, queue_take(&c->resting));
			c->resting_n--;
		}
		if (!c->ready.first)
			break;
		r = calls_play(c, err);
	}
	return r >= 0 && c->stopped.code ? calls_end(c, &c->stopped, err) : r;
}

/* ---- running ---- */

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
	r = calls_collect(c, err);
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
