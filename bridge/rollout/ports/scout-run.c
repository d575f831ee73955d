/* SPDX-License-Identifier: Apache-2.0 */
/* The process that watches the ports of a rollout. */
#include "bridge/rollout/ports/scout.h"

#include "base/wire.h"
#include "token/identity.h"
#include "token/worker/oath.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#define SOCKET_FD 0
#define SEND_MS 5000
#define CARD_MS 15000

struct waiting {
	struct arrival key; /* owned */
	bool is_prepared;   /* as far as that can be */
};

struct scouting {
	struct run run;
	struct ports ports;
	struct waiting *list; /* owned: in the order of coming */
	size_t n;
	bool cards;           /* they are wanted with their smart cards */
	bool held;
	bool asked;           /* one is wanted, and was not told yet */
	bool told;            /* the first one was, and is not taken yet */
	uint32_t number;
};

static void scouting_done(struct scouting *x)
{
	size_t i;

	for (i = 0; i < x->n; i++)
		arrival_done(&x->list[i].key);
	free(x->list);
	ports_done(&x->ports);
}

static int report(const struct scout_report *q, struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	int r;

	buf_init(&b, WIRE_MAX);
	scout_put_report(&b, q);
	r = buf_check(&b, "a report", err);
	return r < 0 ? r : wire_send(SOCKET_FD, b.p, b.n, deadline_in(SEND_MS),
		err);
}

/* ---- those that wait ---- */

static void drop(struct scouting *x, size_t i)
{
	arrival_done(&x->list[i].key);
	x->n--;
	memmove(&x->list[i], &x->list[i + 1],
		(x->n - i) * sizeof(*x->list));
}

static int let_wait(struct scouting *x, struct arrival *a, struct error *err)
{
	struct waiting *grown = reallocarray(x->list, x->n + 1,
		sizeof(*grown));

	if (!grown) {
		arrival_done(a);
		return error_memory(err);
	}
	x->list = grown;
	x->list[x->n++] = (struct waiting){ .key = *a };
	return 0;
}

/*
 * A session with its smart card, so that the card is powered and its
 * application's id known when its turn comes. What goes wrong here is said by
 * who serves the key.
 */
static void open_session(const struct scouting *x, struct arrival *a)
{
	CLEANUP(worker_done) struct worker worker = WORKER_INIT;
	CLEANUP(free_p) struct oath_card *card = NULL;
	struct oath_search q = { .config = false };
	struct attached_card *ret = &a->card;

	if (!x->cards || a->attached.chosen->problem != TOKEN_USABLE ||
		!identity_card_place(a->attached.chosen, &q.token) ||
		oath_find(&worker, &q, &card, -1, deadline_in(CARD_MS),
			NULL) < 0 || !card || !card->has_oath)
		return;
	ret->found = true;
	ret->place = q.token;
	memcpy(ret->place.id, card->applet.id, sizeof(ret->place.id));
	ret->join = card->join;
	ret->locked = card->applet.locked;
}

/* One that is told of already is found by who serves it. True: it took time. */
static bool prepare_one(struct scouting *x)
{
	size_t i;

	for (i = x->told; i < x->n; i++) {
		if (x->list[i].is_prepared)
			continue;
		open_session(x, &x->list[i].key);
		x->list[i].is_prepared = true;
		return true;
	}
	return false;
}

/* The first that is still plugged in is told, where one is wanted. */
static int tell_first(struct scouting *x, struct error *err)
{
	struct scout_report q = { .number = x->number };

	const struct arrival *a;

	while (x->n > 0 && !ports_has(&x->ports, x->list[0].key.key))
		drop(x, 0);
	if (!x->asked || x->n == 0)
		return 0;
	a = &x->list[0].key;
	snprintf(q.key, sizeof(q.key), "%s", a->key);
	q.since = a->since;
	q.card = a->card;
	x->asked = false;
	x->told = true;
	return report(&q, err);
}

/* ---- what it is told ---- */

static void obey(struct scouting *x, const struct scout_request *q)
{
	size_t i;

	if (q->order == SCOUT_AGAIN) {
		ports_offer_again(&x->ports, q->key);
		return;
	}
	x->held = q->order == SCOUT_HOLD;
	x->asked = q->order == SCOUT_NEXT;
	x->told = false;
	if (q->order == SCOUT_NEXT)
		x->number = q->number;
	for (i = 0; q->order == SCOUT_TAKEN && i < x->n; i++)
		if (strcmp(x->list[i].key.key, q->key) == 0) {
			drop(x, i);
			return;
		}
}

/* 1: who started it has hung up. */
static int listen_once(struct scouting *x, struct error *err)
{
	struct scout_request q;
	CLEANUP(buf_done) struct buf b;
	int r;

	buf_init(&b, WIRE_MAX);
	if (wire_receive(SOCKET_FD, &b, -1, deadline_in(SEND_MS), NULL) < 0)
		return 1;
	r = scout_get_request(&b, &q, err);
	if (r == 0)
		obey(x, &q);
	return r;
}

static int scout_all(struct scouting *x, struct error *err)
{
	struct arrival a;
	int r;

	for (;;) {
		/* what it is told goes before */
		while (!x->held && !deadline_sleep(deadline_in(0), SOCKET_FD) &&
			prepare_one(x))
			;
		r = ports_wait(&x->ports, SOCKET_FD, !x->held, &a, err);
		if (r == PORTS_TYPED)
			r = listen_once(x, err);
		else if (r == PORTS_KEY)
			r = let_wait(x, &a, err);
		if (r != 0)
			return r;
		r = tell_first(x, err);
		if (r < 0)
			return r;
	}
}

int scout_run(char *const *words)
{
	CLEANUP(scouting_done) struct scouting x = {
		.run = { .cancel_fd = -1 },
		.held = true,
	};
	struct scout_report failure = { .failed = true };
	struct error err;
	int r;

	/* its claims on ports must not outlive the rollout */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!words[0])
		return 1;
	x.cards = words[1] && strcmp(words[1], "cards") == 0;
	r = ports_open(&x.ports, &x.run, words[0], &err);
	if (r == 0)
		r = scout_all(&x, &err);
	if (r >= 0)
		return 0;
	snprintf(failure.text, sizeof(failure.text), "%s", err.text);
	(void)report(&failure, NULL);
	return 1;
}
