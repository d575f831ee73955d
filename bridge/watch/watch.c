/* SPDX-License-Identifier: Apache-2.0 */
/* Plug and unplug, as seen by enumerating again whenever something happened. */
#include "bridge/watch/watch.h"

#include "base/text.h"
#include "bridge/open/token.h"
#include "bridge/open/registry.h"
#include "bridge/terminal/ui.h"
#include "bridge/watch/plugs.h"
#include "bridge/open/row.h"
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
	const struct app *app;
	struct plugs plugs;
	struct monitor *monitor; /* owned; NULL with --once */
	bool has_registry;
	bool only_registered;
	bool initial;            /* the first look round */
	bool happened;           /* events since the last look */
	deadline_t first, last;  /* of these */
	bool closed;             /* nobody reads */
	size_t said;             /* lines */
};

static void watch_done(struct watch *w)
{
	plugs_done(&w->plugs);
	monitor_free(&w->monitor);
}

/* ---- lines ---- */

static int interrupted(struct error *err)
{
	return error_set(err, ERROR_INTERRUPTED, "interrupted");
}

/*
 * Not through stdio: a reader that is gone is no error here, and a signal must
 * not wait for one that has stopped reading.
 */
static int put(struct watch *w, const char *line, struct error *err)
{
	struct pollfd fds[2] = {
		{ .fd = STDOUT_FILENO, .events = POLLOUT },
		{ .fd = w->app->cancel_fd, .events = POLLIN },
	};
	size_t left = strlen(line);
	ssize_t n = 0;

	while (left > 0 && !w->closed) {
		n = poll(fds, 2, -1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, ERROR_FAILED, errno,
				"cannot wait for standard output");
		if (fds[1].revents)
			return interrupted(err);
		n = write(STDOUT_FILENO, line, left);
		if (n < 0 && errno == EPIPE)
			w->closed = true;
		else if (n < 0 && errno != EINTR && errno != EAGAIN)
			return error_errno(err, ERROR_FAILED, errno,
				"cannot write to standard output");
		else if (n > 0)
			line += n;
		left -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static int say(struct watch *w, const char *what, const struct plug *p,
	json_t *item, struct error *err)
{
	CLEANUP(free_p) char *line = NULL;
	char now[TEXT_TIME_LEN];

	text_format_time(time(NULL), now);
	line = w->app->json ? watch_line_json(what, now, p->key, item) :
		watch_line_text(what, now, item);
	if (!line)
		return error_memory(err);
	w->said++;
	return put(w, line, err);
}

/* Behind this one every line is news. */
static int say_ready(struct watch *w, struct error *err)
{
	bool udevd = monitor_source(w->monitor) == MONITOR_UDEV;
	CLEANUP(free_p) char *line = NULL;
	char now[TEXT_TIME_LEN];

	if (!udevd)
		ui_warn("no udevd runs here: listening to the kernel itself");
	if (!w->app->json)
		return 0;
	text_format_time(time(NULL), now);
	line = text_format("{\"version\":1,\"event\":\"ready\",\"time\":\"%s\","
		"\"source\":\"%s\"}\n", now, udevd ? "udev" : "kernel");
	return line ? put(w, line, err) : error_memory(err);
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

/* Looks in the registry as it is now; *ret_chosen by --token, --registered. */
static int choose(struct watch *w, const struct token *t, json_t *item,
	bool *ret_chosen, struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = NULL;
	CLEANUP(watch_row_done) struct watch_row row = { NULL, false };
	const char *name = option(&w->app->options, OPTION_TOKEN);
	struct error e;
	int r = 0;

	if (w->has_registry)
		r = ledger_open_read(w->app, &reg, &e);
	if (r == 0 && reg)
		r = watch_row_look(reg, t, &row, &e);
	if (r < 0) /* of this token only; the next may find it mended */
		ui_warn("%s", e.text);
	if (row.json && json_object_set(item, "registry", row.json) < 0)
		return error_memory(err);
	*ret_chosen = (!name || attached_is_named(t, name, reg)) &&
		(!w->only_registered || row.in_use);
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
		r = say(w, what, p, item, err);
		json_decref(p->said);
		p->said = json_incref(item);
	}
	json_decref(item);
	return r;
}

static int ask(struct watch *w, struct plug *p, struct error *err)
{
	CLEANUP(attached_done) struct attached a = { NULL, 0 };
	bool waits;
	int r;

	if (p->fresh) {
		p->fresh = false;
		p->pause = AGAIN_MS;
		p->patience = w->initial ? 0 : deadline_in(PATIENCE_MS);
	}
	p->again = DEADLINE_NEVER;
	r = attached_ask(w->app, p->nodes, p->n, &a, err);
	if (r < 0 || a.n == 0) /* 0: a mouse */
		return r;
	plan(p, &a.tokens[0]);
	waits = may_pass(&a.tokens[0]) && !deadline_passed(p->patience);
	return waits ? 0 : announce(w, p, &a.tokens[0], err);
}

/* ---- all of them ---- */

static int say_gone(struct watch *w, struct error *err)
{
	struct plug *p;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < w->plugs.n; i++) {
		p = &w->plugs.list[i];
		if (p->gone && p->said)
			r = say(w, "remove", p, p->said, err);
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
			r = ask(w, p, err);
	}
	return r;
}

static int look(struct watch *w, struct error *err)
{
	CLEANUP(free_p) struct node *nodes = NULL;
	size_t n;
	int r;

	w->happened = false;
	r = nodes_enumerate(&nodes, &n, err);
	if (r == 0)
		r = plugs_update(&w->plugs, nodes, n, err);
	if (r == 0)
		r = say_gone(w, err);
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
		ui_warn("events were lost: looking at everything again");
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
		{ .fd = w->app->cancel_fd, .events = POLLIN },
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
		return interrupted(err);
	w->closed = w->closed || (fds[2].revents & (POLLERR | POLLHUP));
	return fds[0].revents ? take_news(w, err) : 0;
}

static int follow(struct watch *w, struct error *err)
{
	int r = say_ready(w, err);

	while (r == 0 && !w->closed) {
		r = wait_for_news(w, err);
		if (r == 0 && !w->closed && deadline_passed(next_look(w)))
			r = look(w, err);
	}
	return r;
}

/* ---- beginning ---- */

/*
 * Only whether there is one to look in: it is opened anew for each look. One
 * that is asked for must be there; without the other a watch is still one.
 */
static int find_registry(struct watch *w, struct error *err)
{
	bool asked_for = w->only_registered ||
		w->app->options.from[OPTION_REGISTRY] == FROM_COMMAND_LINE;
	CLEANUP(registry_free) struct registry *reg = NULL;
	struct error e;
	bool unknown;
	int r;

	if (asked_for)
		r = ledger_open_read(w->app, &reg, &e);
	else
		r = ledger_open_if_any(w->app, &reg, &unknown, &e);
	if (r < 0 && asked_for)
		return error_copy(err, &e);
	if (r < 0)
		ui_warn("%s", e.text);
	w->has_registry = reg != NULL;
	return 0;
}

static int none_chosen(const struct watch *w, struct error *err)
{
	const char *name = option(&w->app->options, OPTION_TOKEN);

	return error_set(err, ERROR_NO_TOKEN,
		"no attached token%s%s%s%s", name ? " is '" : "",
		name ? name : "", name ? "'" : "", !w->only_registered ? "" :
		name ? " with a row of the registry that is in use" :
		" has a row of the registry that is in use");
}

int watch_run(const struct app *app, struct error *err)
{
	const struct options *o = &app->options;
	CLEANUP(watch_done) struct watch w = {
		.app = app,
		.only_registered = option_is_set(o, OPTION_REGISTERED),
		.initial = true,
	};
	bool once = option_is_set(o, OPTION_ONCE);
	int r;

	r = find_registry(&w, err);
	if (r == 0 && !once)
		r = monitor_new(&w.monitor, err);
	if (r == 0)
		r = look(&w, err);
	w.initial = false;
	if (r < 0 || w.closed)
		return r;
	if (!once)
		return follow(&w, err);
	if (w.said == 0 && (w.only_registered || option_is_set(o, OPTION_TOKEN)))
		return none_chosen(&w, err);
	return 0;
}
