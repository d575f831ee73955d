/* SPDX-License-Identifier: Apache-2.0 */
/* What became of a question: it is over, goes on, or waits to be asked again. */
#include "aws/many/calls-private.h"

void calls_stop(struct calls *c, const struct error *why)
{
	if (!c->stopped.code)
		c->stopped = *why;
}

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

int calls_fail_one(struct calls *c, struct one **o, const struct error *e,
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
		return calls_fail_one(c, &one, &o->error, err);
	one->not_before = deadline_in(pause);
	queue_put(&c->resting, one);
	c->resting_n++;
	c->figures.waiting++;
	return 0;
}

int calls_take_back(struct calls *c, struct one *one, int64_t sent, int r,
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

static struct one *calls_take(struct calls *c)
{
	struct one *o = queue_take(&c->ready);

	if (!o && c->resting.first) {
		o = queue_take(&c->resting);
		c->resting_n--;
	}
	if (o) {
		c->figures.waiting--;
		return o;
	}
	return flight_drop(c);
}

int calls_end(struct calls *c, const struct error *why,
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
