/* SPDX-License-Identifier: Apache-2.0 */
/* The rollout's side of the process that watches its ports. */
#include "bridge/rollout/ports/scout.h"

#include "base/wire.h"
#include "udev/nodes.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#define SEND_MS 5000
#define END_MS 1000
/* The scout has just let go of it. */
#define HELD_MS 1500
#define HELD_STEP_MS 150

int scout_start(struct scout *s, const struct run *run, const char *dir,
	bool cards, struct error *err)
{
	char *words[] = { "tokenbridge", SCOUT_COMMAND, (char *)dir,
		cards ? "cards" : NULL, NULL };

	s->run = run;
	return process_start_self(&s->process, words, err);
}

void scout_done(struct scout *s)
{
	process_stop(&s->process, deadline_in(END_MS));
}

static int has_ended(struct error *err)
{
	return error_set(err, ERROR_FAILED,
		"the process that watches the ports has ended: run it again");
}

static int send_order(struct scout *s, enum scout_order order,
	const char *key, struct error *err)
{
	struct scout_request q = { .order = order, .number = s->number };
	CLEANUP(buf_done) struct buf b;
	int r;

	buf_init(&b, WIRE_MAX);
	snprintf(q.key, sizeof(q.key), "%s", key);
	scout_put_request(&b, &q);
	r = buf_check(&b, "a request", err);
	if (r < 0)
		return r;
	r = wire_send(s->process.socket, b.p, b.n, deadline_in(SEND_MS), NULL);
	return r < 0 ? has_ended(err) : 0;
}

/* Only what is not so yet. */
static int demand(struct scout *s, bool keys, struct error *err)
{
	int r = 0;

	if (keys && !s->asked) {
		s->number++;
		r = send_order(s, SCOUT_NEXT, "", err);
	} else if (!keys && !s->held) {
		r = send_order(s, SCOUT_HOLD, "", err);
	}
	if (r < 0)
		return r;
	s->asked = keys;
	s->held = !keys;
	return 0;
}

int scout_offer_again(struct scout *s, const char *key, struct error *err)
{
	return send_order(s, SCOUT_AGAIN, key, err);
}

/* ---- a key that is told of ---- */

/* 0: it is not there any more. The key's name is another one at each plug. */
static int ask_again(struct scout *s, const char *key, struct arrival *ret,
	struct error *err)
{
	CLEANUP(free_p) struct node *nodes = NULL;
	CLEANUP(plugs_done) struct plugs plugs = { NULL, 0 };
	const struct plug *plug;
	size_t n;
	int r = nodes_enumerate(&nodes, &n, err);

	if (r == 0)
		r = plugs_update(&plugs, nodes, n, err);
	plug = r == 0 ? plugs_find(&plugs, key) : NULL;
	if (!plug)
		return r;
	r = attached_ask(s->run, plug->nodes, plug->n, &ret->attached, err);
	if (r < 0 || ret->attached.n == 0)
		return r;
	ret->attached.chosen = &ret->attached.tokens[0];
	return ret->attached.chosen->problem != TOKEN_GONE;
}

static int take_told(struct scout *s, const struct scout_report *x,
	struct arrival *ret, struct error *err)
{
	deadline_t until = deadline_in(HELD_MS);
	int r;

	for (;;) {
		r = ask_again(s, x->key, ret, err);
		if (r <= 0 || ret->attached.chosen->problem != TOKEN_HELD ||
			deadline_passed(until))
			break;
		arrival_done(ret);
		r = run_pause(s->run, HELD_STEP_MS, err);
		if (r < 0)
			return r;
	}
	if (r <= 0) {
		arrival_done(ret);
		return r;
	}
	ret->since = x->since;
	ret->card = x->card;
	snprintf(ret->key, sizeof(ret->key), "%s", x->key);
	ports_name(x->key, ret->port);
	return PORTS_KEY;
}

/* 0: it is not what was asked for, or not there any more. */
static int take_report(struct scout *s, struct arrival *ret,
	struct error *err)
{
	struct scout_report x;
	CLEANUP(buf_done) struct buf b;
	int r;

	buf_init(&b, WIRE_MAX);
	r = wire_receive(s->process.socket, &b, -1, deadline_in(SEND_MS), err);
	if (r < 0)
		return has_ended(err);
	r = scout_get_report(&b, &x, err);
	if (r < 0)
		return r;
	if (x.failed)
		return error_set(err, ERROR_FAILED, "%s", x.text);
	if (!s->asked || x.number != s->number)
		return 0;
	s->asked = false;
	r = send_order(s, SCOUT_TAKEN, x.key, err);
	return r < 0 ? r : take_told(s, &x, ret, err);
}

/* ---- waiting ---- */

int scout_wait(struct scout *s, int typed_fd, bool keys, struct arrival *ret,
	struct error *err)
{
	int r;

	*ret = (struct arrival){ .since = 0 };
	for (;;) {
		struct pollfd fds[3] = {
			{ .fd = s->process.socket, .events = POLLIN },
			{ .fd = s->run->cancel_fd, .events = POLLIN },
			{ .fd = ports_in_front(typed_fd), .events = POLLIN },
		};

		r = demand(s, keys, err);
		if (r < 0)
			return r;
		/* who is in front may change without an event */
		r = poll(fds, 3, 1000);
		if (r < 0 && errno != EINTR)
			return error_errno(err, ERROR_FAILED, errno,
				"cannot wait for plug and unplug");
		if (r > 0 && fds[1].revents)
			return error_set(err, ERROR_INTERRUPTED,
				"interrupted");
		if (r > 0 && fds[2].revents)
			return PORTS_TYPED;
		r = r > 0 && fds[0].revents ? take_report(s, ret, err) : 0;
		if (r != 0)
			return r;
	}
}
