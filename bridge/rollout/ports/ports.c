/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that come and go in any port. */
#include "bridge/rollout/ports/ports.h"

#include "base/file.h"
#include "base/text.h"
#include "udev/monitor.h"
#include "udev/nodes.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One key sends several events; this long after the last it is complete. */
#define SETTLE_MS 100
/* Events may be lost, and a problem may end without one. */
#define POLL_MS 1000
/* What a key may lack at first: its FIDO node, access to it. */
#define PATIENCE_MS 1500
#define STEP_MS 150
/* A key that another process has: asked again. */
#define AGAIN_MS 1000

void arrival_done(struct arrival *a)
{
	attached_done(&a->attached);
}

int ports_open(struct ports *ret, const struct run *run, const char *dir,
	struct error *err)
{
	*ret = (struct ports){ .run = run, .dir = strdup(dir) };
	if (!ret->dir)
		return error_memory(err);
	return monitor_new(&ret->monitor, err);
}

void ports_done(struct ports *p)
{
	size_t i;

	for (i = 0; i < p->claims_n; i++)
		close_p(&p->claims[i].fd);
	free(p->claims);
	free(p->dir);
	plugs_done(&p->plugs);
	monitor_free(&p->monitor);
}

/* ---- claims ---- */

void ports_name(const char *key, char ret[PORT_LEN])
{
	const char *end = strrchr(key, ':');
	size_t n = end ? (size_t)(end - key) : strlen(key);

	snprintf(ret, PORT_LEN, "%.*s", (int)n, key);
}

static struct port_claim *claim_find(struct ports *p, const char *key)
{
	size_t i;

	for (i = 0; i < p->claims_n; i++)
		if (strcmp(p->claims[i].key, key) == 0)
			return &p->claims[i];
	return NULL;
}

/* ERROR_BUSY where the key is another process's. */
static int claim_port(struct ports *p, const char *key, struct error *err)
{
	char port[PORT_LEN];
	CLEANUP(free_p) char *path = NULL;
	CLEANUP(close_p) int fd = -1;
	struct port_claim *grown;
	int r;

	if (claim_find(p, key))
		return 0;
	ports_name(key, port);
	path = text_format("%s/port-%s.lock", p->dir, port);
	if (!path)
		return error_memory(err);
	r = file_lock(path, &fd, err);
	if (r < 0)
		return r;
	grown = reallocarray(p->claims, p->claims_n + 1, sizeof(*grown));
	if (!grown)
		return error_memory(err);
	p->claims = grown;
	grown += p->claims_n++;
	snprintf(grown->key, sizeof(grown->key), "%s", key);
	grown->fd = fd;
	fd = -1;
	return 0;
}

static void drop_claims(struct ports *p)
{
	struct port_claim *c;
	size_t i;

	for (i = 0; i < p->plugs.n; i++) {
		c = p->plugs.list[i].gone ?
			claim_find(p, p->plugs.list[i].key) : NULL;
		if (!c)
			continue;
		close_p(&c->fd);
		*c = p->claims[--p->claims_n];
	}
}

/* ---- keys ---- */

static void ports_unplugged(const char *usb_path, unsigned usb_dev, void *arg)
{
	struct ports *p = arg;

	plugs_unplugged(&p->plugs, usb_path, usb_dev);
}

static int ports_look(struct ports *p, struct error *err)
{
	CLEANUP(free_p) struct node *nodes = NULL;
	size_t n;
	int r = nodes_enumerate(&nodes, &n, err);

	if (r == 0)
		r = plugs_update(&p->plugs, nodes, n, err);
	if (r < 0)
		return r;
	drop_claims(p);
	plugs_forget_gone(&p->plugs);
	p->look = deadline_in(POLL_MS);
	return 0;
}

static bool has_fido(const struct plug *plug)
{
	size_t i;

	for (i = 0; i < plug->n; i++)
		if (plug->nodes[i].fido)
			return true;
	return false;
}

/* 1: *ret is the key; 0: it is none, or not yet. */
static int ports_ask(struct ports *p, struct plug *plug, struct arrival *ret,
	struct error *err)
{
	const struct token *t;
	struct error e;
	int r = 0;

	plug->again = DEADLINE_NEVER;
	ret->since = deadline_now();
	/* before it is asked: the other process may be about to */
	if (has_fido(plug))
		r = claim_port(p, plug->key, &e);
	if (r == -ERROR_BUSY)
		plug->again = deadline_in(AGAIN_MS);
	if (r < 0)
		return r == -ERROR_BUSY ? 0 : error_copy(err, &e);
	r = attached_ask(p->run, plug->nodes, plug->n, &ret->attached, err);
	if (r < 0 || ret->attached.n == 0) /* 0: a mouse */
		return r;
	t = &ret->attached.tokens[0];
	if (t->problem == TOKEN_HELD) {
		plug->again = deadline_in(AGAIN_MS);
		return 0;
	}
	/* it may still be being set up */
	if (t->problem != TOKEN_USABLE && !deadline_passed(plug->patience)) {
		plug->again = deadline_in(STEP_MS);
		return 0;
	}
	/* its nodes changed since, and there is nothing new to do with it */
	if (plug->given && t->problem == TOKEN_USABLE)
		return 0;
	plug->given = t->problem == TOKEN_USABLE;
	ret->attached.chosen = t;
	snprintf(ret->key, sizeof(ret->key), "%s", plug->key);
	ports_name(plug->key, ret->port);
	return 1;
}

static int ports_next(struct ports *p, struct arrival *ret, struct error *err)
{
	struct plug *plug;
	size_t i;
	int r;

	for (i = 0; i < p->plugs.n; i++) {
		plug = &p->plugs.list[i];
		if (plug->fresh) {
			plug->fresh = false;
			plug->patience = deadline_in(PATIENCE_MS);
			plug->again = 0;
		}
		if (!deadline_passed(plug->again))
			continue;
		r = ports_ask(p, plug, ret, err);
		if (r != 0)
			return r;
		arrival_done(ret);
	}
	return 0;
}

bool ports_has(const struct ports *p, const char *key)
{
	const struct plug *plug = plugs_find(&p->plugs, key);

	return plug && !plug->gone;
}

void ports_offer_again(struct ports *p, const char *key)
{
	struct plug *plug = plugs_find(&p->plugs, key);

	if (!plug)
		return;
	plug->given = false;
	plug->fresh = true;
}

/* ---- waiting ---- */

static deadline_t ports_until(const struct ports *p)
{
	deadline_t until = p->look;
	size_t i;

	for (i = 0; i < p->plugs.n; i++)
		until = deadline_min(until, p->plugs.list[i].again);
	return until;
}

int ports_in_front(int typed_fd)
{
	pid_t front = typed_fd >= 0 ? tcgetpgrp(typed_fd) : -1;

	return front < 0 || front == getpgrp() ? typed_fd : -1;
}

/* 1: something was typed. */
static int ports_sleep(struct ports *p, int typed_fd, bool keys,
	struct error *err)
{
	struct pollfd fds[3] = {
		{ .fd = monitor_fd(p->monitor), .events = POLLIN },
		{ .fd = p->run->cancel_fd, .events = POLLIN },
		{ .fd = ports_in_front(typed_fd), .events = POLLIN },
	};
	struct monitor_news news = { 0, false };
	int r;

	r = poll(fds, 3, deadline_left(keys ? ports_until(p) : p->look));
	if (r < 0 && errno != EINTR)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot wait for plug and unplug");
	if (r > 0 && fds[1].revents)
		return error_set(err, ERROR_INTERRUPTED, "interrupted");
	if (r > 0 && fds[2].revents)
		return 1;
	if (r <= 0 || !fds[0].revents)
		return 0;
	r = monitor_take(p->monitor, ports_unplugged, p, &news, err);
	if (r == 0 && news.events > 0)
		p->look = deadline_in(SETTLE_MS);
	return r;
}

int ports_wait(struct ports *p, int typed_fd, bool keys, struct arrival *ret,
	struct error *err)
{
	int r;

	*ret = (struct arrival){ .since = 0 };
	for (;;) {
		r = ports_sleep(p, typed_fd, keys, err);
		if (r != 0)
			return r < 0 ? r : PORTS_TYPED;
		if (deadline_passed(p->look)) {
			r = ports_look(p, err);
			if (r < 0)
				return r;
		}
		r = keys ? ports_next(p, ret, err) : 0;
		if (r != 0)
			return r < 0 ? r : PORTS_KEY;
	}
}
