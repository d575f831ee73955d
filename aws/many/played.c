/* SPDX-License-Identifier: Apache-2.0 */
/* Many questions of a session whose replies were kept before. */
#include "aws/many/calls-private.h"

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
	return calls_take_back(c, o, deadline_now(), r, &reply, &outcome, err);
}

int calls_play_all(struct calls *c, struct error *err)
{
	int r = calls_want_renewal(c) ? calls_renew(c, err) : 0;

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
