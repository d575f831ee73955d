/* SPDX-License-Identifier: Apache-2.0 */
/* Plug and unplug, as seen by enumerating again whenever something happened. */
#include "bridge/watch/watch.h"

#include "base/text.h"
#include "bridge/attached/attached.h"
#include "bridge/attached/row.h"
#include "bridge/registry/registry.h"
#include "bridge/watch/plugs.h"
#include "udev/monitor.h"
#include "udev/nodes.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One key sends up to ten events; this long after the last it is complete. */
#define SETTLE_MS 300
/* ... and this long after the first at the latest, when they do not end. */
#define SETTLE_MAX_MS 1500
/* What a key may lack at first: its FIDO node, access to it. */
#define PATIENCE_MS 1500
#define PATIENCE_STEP_MS 200
/* A problem that others may end, without an event: a holder, a right. */
#define AGAIN_MS 1000
#define AGAIN_MAX_MS 30000

struct watch {
	const struct run *run;
	const struct watch_request *q;
	struct plugs plugs;
	struct monitor *monitor; /* owned; NULL with --once */
	bool initial;            /* the first look round */
	bool happened;           /* events since the last look */
	deadline_t first, last;  /* of these */
	bool closed;             /* nobody reads */
	size_t told;             /* lines */
};

static void watch_done(struct watch *w)
{
	plugs_done(&w->plugs);
	monitor_free(&w->monitor);
}

/* ---- lines ---- */

static int tell(struct watch *w, json_t *object, const char *text,
	struct error *err)
{
	return run_result(w->run, object, text, &w->closed, err);
}

static int tell_plug(struct watch *w, const char *what, const struct plug *p,
	json_t *item, struct error *err)
{
	CLEANUP(free_p) char *text = NULL;
	CLEANUP(json_decrefp) json_t *line = NULL;
	char now[TEXT_TIME_LEN];

	text_format_time(time(NULL), now);
	line = watch_line_json(what, now, p->key, item);
	text = watch_line_text(what, now, item);
	if (!line || !text)
		return error_memory(err);
	w->told++;
	return tell(w, line, text, err);
}

/* Behind this one every line is news. */
static int tell_ready(struct watch *w, struct error *err)
{
	bool udevd = monitor_source(w->monitor) == MONITOR_UDEV;
	CLEANUP(json_decrefp) json_t *line = NULL;
	char now[TEXT_TIME_LEN];

	if (!udevd)
		run_warn(w->run,
			"no udevd runs here: listening to the kernel itself");
	text_format_time(time(NULL), now);
	line = json_pack("{s:i,s:s,s:s,s:s}", "version", 1, "event", "ready",
		"time", now, "source", udevd ? "udev" : "kernel");
	return line ? tell(w, line, NULL, err) : error_memory(err);
}

/* ---- one key ---- */

/* Whether the problem may pass while the key is still being set up. */
static bool may_pass(const struct token *t)
{
	return t->problem == TOKEN_NO_PERMISSION ||
		t->problem == TOKEN_NO_FIDO || t->problem == TOKEN_GONE;
}

/* ... or at any time, and no event tells. */
static bool may_end(const struct token *t)
{
	return t->problem == TOKEN_NO_PERMISSION ||
		t->problem == TOKEN_HELD || t->problem == TOKEN_GONE;
}

static void plan(struct plug *p, const struct token *t)
{
	if (may_pass(t) && !deadline_passed(p->patience)) {
		p->again = deadline_in(PATIENCE_STEP_MS);
		return;
	}
	p->again = DEADLINE_NEVER;
	if (!may_end(t))
		return;
	p->again = deadline_in(p->pause);
	p->pause = p->pause < AGAIN_MAX_MS / 2 ? p->pause * 2 : AGAIN_MAX_MS;
}

/* Looks in the registry as it is now; *ret_chosen by name and row. */
static int choose(struct watch *w, const struct token *t, json_t *item,
	bool *ret_chosen, struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = NULL;
	CLEANUP(attached_row_done) struct attached_row row = { NULL, false };
	struct wanted wanted = { w->q->name, false, NULL };
	struct error e;
	int r = 0;

	if (w->q->registry)
		r = registry_open(&reg, w->q->registry, REGISTRY_READ, NULL,
			&e);
	if (r == 0 && reg)
		r = attached_row_look(reg, t, &row, &e);
	if (r < 0) /* of this token only; the next may find it mended */
		run_warn(w->run, "%s", e.text);
	if (json_object_set_new(item, "registry", row.json ?
		    json_incref(row.json) : json_null()) < 0)
		return error_memory(err);
	wanted.reg = reg;
	*ret_chosen = attached_is_wanted(t, &wanted) &&
		(!w->q->only_registered || row.in_use);
	return 0;
}

static int announce(struct watch *w, struct plug *p, const struct token *t,
	struct error *err)
{
	const char *what = w->initial ? "present" : "add";
	bool chosen = false;
	json_t *item = attached_json(t);
	int r = 0;

	if (item)
		r = choose(w, t, item, &chosen, err);
	else
		r = error_memory(err);
	if (r == 0 && p->said)
		what = "change";
	if (r == 0 && (p->said ? !json_equal(p->said, item) : chosen)) {
		r = tell_plug(w, what, p, item, err);
		json_decref(p->said);
		p->said = json_incref(item);
	}
	json_decref(item);
	return r;
}

static int watch_ask(struct watch *w, struct plug *p, struct error *err)
{
	CLEANUP(attached_done) struct attached a = { NULL, 0, NULL };
	bool waits;
	int r;

	if (p->fresh) {
		p->fresh = false;
		p->pause = AGAIN_MS;
		p->patience = w->initial ? 0 : deadline_in(PATIENCE_MS);
	}
	p->again = DEADLINE_NEVER;
	r = attached_ask(w->run, p->nodes, p->n, &a, err);
	if (r < 0 || a.n == 0) /* 0: a mouse */
		return r;
	plan(p, &a.tokens[0]);
	waits = may_pass(&a.tokens[0]) && !deadline_passed(p->patience);
	return waits ? 0 : announce(w, p, &a.tokens[0], err);
}

/* ---- all of them ---- */

static int tell_gone(struct watch *w, struct error *err)
{
	struct plug *p;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < w->plugs.n; i++) {
		p = &w->plugs.list[i];
		if (p->gone && p->said)
			r = tell_plug(w, "remove", p, p->said, err);
	}
	plugs_forget_gone(&w->plugs);
	return r;
}

static int ask_all(struct watch *w, struct error *err)
{
	struct plug *p;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < w->plugs.n; i++) {
		p = &w->plugs.list[i];
		if (p->fresh || deadline_passed(p->again))
			r = watch_ask(w, p, err);
	}
	return r;
}

static int see_all(struct watch *w, struct error *err)
{
	CLEANUP(free_p) struct node *nodes = NULL;
	size_t n;
	int r;

	w->happened = false;
	r = nodes_enumerate(&nodes, &n, err);
	if (r == 0)
		r = plugs_update(&w->plugs, nodes, n, err);
	if (r == 0)
		r = tell_gone(w, err);
	return r < 0 ? r : ask_all(w, err);
}

/* ---- waiting ---- */

static void unplugged(const char *usb_path, unsigned usb_dev, void *arg)
{
	struct watch *w = arg;

	plugs_unplugged(&w->plugs, usb_path, usb_dev);
}

static int take_news(struct watch *w, struct error *err)
{
	struct monitor_news news = { 0, false };
	int r;

	r = monitor_take(w->monitor, unplugged, w, &news, err);
	if (r < 0 || news.events == 0)
		return r;
	if (news.lost)
		run_warn(w->run,
			"events were lost: looking at everything again");
	w->last = deadline_in(SETTLE_MS);
	if (!w->happened)
		w->first = deadline_in(SETTLE_MAX_MS);
	w->happened = true;
	return 0;
}

static deadline_t next_look(const struct watch *w)
{
	deadline_t until = DEADLINE_NEVER;
	size_t i;

	for (i = 0; i < w->plugs.n; i++)
		until = deadline_min(until, w->plugs.list[i].again);
	if (w->happened)
		until = deadline_min(until, deadline_min(w->first, w->last));
	return until;
}

static int wait_for_news(struct watch *w, struct error *err)
{
	struct pollfd fds[3] = {
		{ .fd = monitor_fd(w->monitor), .events = POLLIN },
		{ .fd = w->run->cancel_fd, .events = POLLIN },
		{ .fd = STDOUT_FILENO },
	};
	int r;

	do {
		r = poll(fds, 3, deadline_left(next_look(w)));
	} while (r < 0 && errno == EINTR);
	if (r < 0)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot wait for plug and unplug");
	if (fds[1].revents)
		return error_set(err, ERROR_INTERRUPTED, "interrupted");
	w->closed = w->closed || (fds[2].revents & (POLLERR | POLLHUP));
	return fds[0].revents ? take_news(w, err) : 0;
}

static int follow(struct watch *w, struct error *err)
{
	int r = tell_ready(w, err);

	while (r == 0 && !w->closed) {
		r = wait_for_news(w, err);
		if (r == 0 && !w->closed && deadline_passed(next_look(w)))
			r = see_all(w, err);
	}
	return r;
}

/* ---- beginning ---- */

static int none_chosen(const struct watch_request *q, struct error *err)
{
	const char *name = q->name;

	return error_set(err, ERROR_NO_TOKEN,
		"no attached token%s%s%s%s", name ? " is '" : "",
		name ? name : "", name ? "'" : "", !q->only_registered ? "" :
		name ? " with a row of the registry that is in use" :
		" has a row of the registry that is in use");
}

int watch_run(const struct run *run, const struct watch_request *q,
	struct error *err)
{
	CLEANUP(watch_done) struct watch w = {
		.run = run,
		.q = q,
		.initial = true,
	};
	int r = 0;

	if (!q->once)
		r = monitor_new(&w.monitor, err);
	if (r == 0)
		r = see_all(&w, err);
	w.initial = false;
	if (r < 0 || w.closed)
		return r;
	if (!q->once)
		return follow(&w, err);
	if (w.told == 0 && (q->only_registered || q->name))
		return none_chosen(q, err);
	return 0;
}
