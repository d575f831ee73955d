/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watching with keys, a registry and a clock that are doubles. The clock stands
 * still but while it is waited for the next of w.list, or a key is asked.
 */
#ifndef TESTS_WATCH_PARTS_H
#define TESTS_WATCH_PARTS_H

#include "bridge/attached/attached.h"
#include "bridge/attached/row.h"
#include "bridge/registry/registry.h"
#include "bridge/watch/plugs.h"
#include "bridge/watch/watch.h"
#include "tests/unit/unit.h"
#include "udev/monitor.h"
#include "udev/nodes.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

#define MONITOR 30
#define CANCEL 31

/* What ends a wait; QUIET: nothing does. */
enum {
	QUIET = 0,
	EVENT = 1,
	CANCELLED = 2,
	HANGS_UP = 4,
	IS_BROKEN = 8,
	IS_INVALID = 16,
	SIGNALLED = 32,
	FAILING = 64,
};

struct happening {
	int64_t at;
	unsigned what;
	void (*change)(void);
};

struct key {
	struct node node;
	enum token_problem problem;
	bool is_none;     /* a mouse */
	bool unwanted;    /* by its name */
	int fails;        /* of asking */
	int64_t takes;
	const char *says; /* its product's name; NULL: no memory */
	const char *row;  /* NULL: cannot be told */
	bool in_use;
	int row_fails;
};

static struct {
	int64_t now;
	struct key keys[4];
	size_t n;
	const struct happening *list;
	int enumerate, take, monitor, registry, result_fails;
	enum monitor_source source;
	unsigned events;
	bool lost, unplugged, no_json, no_text;
	/* at that line; 0: never */
	unsigned failing_line, closing_line;
	/* that are open; how often lists were ended */
	int monitors, registries, lists;
	unsigned lines;
	char json[512], text[512]; /* the last ones */
	char said[4096];
	struct watch_request q;
} w;

static struct run run;

static __attribute__((format(printf, 1, 2))) void note(const char *fmt, ...)
{
	size_t n = strlen(w.said);
	va_list ap;

	n += (size_t)snprintf(w.said + n, sizeof(w.said) - n, "%lld ",
		(long long)(w.now - 1000000));
	assert_true(n < sizeof(w.said) - 200);
	va_start(ap, fmt);
	n += (size_t)vsnprintf(w.said + n, sizeof(w.said) - n, fmt, ap);
	va_end(ap);
	assert_true(n < sizeof(w.said) - 2);
	strcpy(w.said + n, "\n");
}

/* ---- the clock, and what is waited for ---- */

WRAP(int, clock_gettime, clockid_t clock, struct timespec *ret)
{
	assert_int_equal(clock, CLOCK_BOOTTIME);
	*ret = (struct timespec){ w.now / 1000, w.now % 1000 * 1000000 };
	return 0;
}

WRAP(time_t, time, time_t *ret)
{
	assert_null(ret);
	return 86400;
}

static int ready(struct pollfd *fds, unsigned what)
{
	int i, n = 0;

	fds[0].revents = what & EVENT ? POLLIN : 0;
	fds[1].revents = what & CANCELLED ? POLLIN : 0;
	fds[2].revents = (what & HANGS_UP ? POLLHUP : 0) |
		(what & IS_BROKEN ? POLLERR : 0) |
		(what & IS_INVALID ? POLLNVAL : 0);
	for (i = 0; i < 3; i++)
		n += fds[i].revents != 0;
	errno = what & SIGNALLED ? EINTR : EIO;
	return what & (SIGNALLED | FAILING) ? -1 : n;
}

WRAP(int, poll, struct pollfd *fds, nfds_t n, int timeout)
{
	const struct happening *h = w.list;

	assert_int_equal(n, 3);
	assert_int_equal(fds[0].fd, MONITOR);
	assert_int_equal(fds[0].events, POLLIN);
	assert_int_equal(fds[1].fd, CANCEL);
	assert_int_equal(fds[1].events, POLLIN);
	assert_int_equal(fds[2].fd, STDOUT_FILENO);
	assert_int_equal(fds[2].events, 0);
	for (; h && h->at; h = ++w.list) {
		if (timeout >= 0 && w.now + timeout < 1000000 + h->at)
			break;
		if (timeout > 0)
			timeout -= (int)(1000000 + h->at - w.now);
		w.now = 1000000 + h->at;
		if (h->change)
			h->change();
		if (h->what == QUIET)
			continue;
		w.list++;
		return ready(fds, h->what);
	}
	if (timeout < 0 || !h || !h->at)
		fail_msg("it waits for nothing: %s", w.said);
	w.now += timeout;
	return 0;
}

WRAP(int, monitor_new, struct monitor **ret, struct error *e)
{
	if (w.monitor < 0)
		return error_set(e, -w.monitor, "no socket");
	w.monitors++;
	*ret = (void *)&w;
	return 0;
}

WRAP(void, monitor_free, struct monitor **m)
{
	w.monitors -= *m != NULL;
	*m = NULL;
}

WRAP(enum monitor_source, monitor_source, const struct monitor *m)
{
	assert_ptr_equal(m, &w);
	return w.source;
}

WRAP(int, monitor_fd, const struct monitor *m)
{
	assert_ptr_equal(m, &w);
	return MONITOR;
}

WRAP(int, monitor_take, struct monitor *m, monitor_unplugged_fn *unplugged,
	void *arg, struct monitor_news *ret, struct error *e)
{
	assert_ptr_equal(m, &w);
	note("take");
	ret->events += w.events;
	ret->lost |= w.lost;
	if (w.unplugged)
		unplugged(w.keys[0].node.usb_path, w.keys[0].node.usb_dev, arg);
	w.unplugged = false;
	return w.take < 0 ? error_set(e, -w.take, "it is gone") : 0;
}

/* ---- keys ---- */

WRAP(int, nodes_enumerate, struct node **ret, size_t *ret_n, struct error *e)
{
	size_t i;

	note("look");
	*ret = calloc(w.n + 1, sizeof(**ret));
	assert_non_null(*ret);
	for (i = 0; i < w.n; i++)
		(*ret)[i] = w.keys[i].node;
	*ret_n = w.n;
	return w.enumerate < 0 ? error_set(e, -w.enumerate, "no sysfs") : 0;
}

void __real_plugs_done(struct plugs *p);
WRAP(void, plugs_done, struct plugs *p)
{
	w.lists++;
	__real_plugs_done(p);
}

static struct key *key_of(const struct node *node)
{
	size_t i;

	for (i = 0; i < w.n; i++)
		if (strcmp(w.keys[i].node.path, node->path) == 0)
			return &w.keys[i];
	fail_msg("'%s' is not there", node->path);
	return NULL;
}

WRAP(int, attached_ask, const struct run *r, const struct node *nodes,
	size_t n, struct attached *ret, struct error *e)
{
	struct key *key = key_of(&nodes[0]);

	assert_ptr_equal(r, &run);
	assert_int_equal(n, 1);
	note("ask %s", nodes[0].path);
	w.now += key->takes;
	if (key->fails < 0)
		return error_set(e, -key->fails, "it was not asked");
	if (key->is_none)
		return 0;
	ret->tokens = calloc(1, sizeof(*ret->tokens));
	assert_non_null(ret->tokens);
	ret->tokens[0].node = nodes[0];
	ret->tokens[0].problem = key->problem;
	ret->n = 1;
	return 0;
}

WRAP(json_t *, attached_json, const struct token *t)
{
	const char *says = key_of(&t->node)->says;

	return says ? json_pack("{s:s}", "product", says) : NULL;
}

WRAP(bool, attached_is_wanted, const struct token *t, const struct wanted *want)
{
	assert_ptr_equal(want->name, w.q.name);
	assert_false(want->readers || want->alone);
	assert_ptr_equal(want->reg, w.registries ? &w : NULL);
	return !key_of(&t->node)->unwanted;
}

WRAP(int, attached_row_look, struct registry *reg, const struct token *t,
	struct attached_row *ret, struct error *e)
{
	const struct key *key = key_of(&t->node);

	assert_ptr_equal(reg, &w);
	assert_int_equal(w.registries, 1);
	if (key->row_fails < 0)
		return error_set(e, -key->row_fails, "it is damaged");
	ret->json = key->row ? json_loads(key->row, 0, NULL) : NULL;
	ret->in_use = key->in_use;
	return 0;
}

/* ---- the registry, lines ---- */

WRAP(int, registry_open, struct registry **ret, const char *path,
	enum registry_mode mode, bool *ret_absent, struct error *e)
{
	assert_string_equal(path, "reg.db");
	assert_int_equal(mode, REGISTRY_READ);
	assert_null(ret_absent);
	if (w.registry < 0)
		return error_set(e, -w.registry, "it is locked");
	w.registries++;
	*ret = (void *)&w;
	return 0;
}

WRAP(void, registry_free, struct registry **reg)
{
	w.registries -= *reg != NULL;
	*reg = NULL;
}

json_t *__real_watch_line_json(const char *what, const char *time,
	const char *key, json_t *item);
WRAP(json_t *, watch_line_json, const char *what, const char *time,
	const char *key, json_t *item)
{
	return w.no_json ? NULL : __real_watch_line_json(what, time, key, item);
}

char *__real_watch_line_text(const char *what, const char *time, json_t *item);
WRAP(char *, watch_line_text, const char *what, const char *time, json_t *item)
{
	return w.no_text ? NULL : __real_watch_line_text(what, time, item);
}

static const char *member(json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s ? s : "-";
}

static int take_line(void *self, json_t *object, const char *text,
	bool *ret_closed, struct error *e)
{
	char *json = json_dumps(object, JSON_COMPACT);

	assert_ptr_equal(self, &w);
	snprintf(w.json, sizeof(w.json), "%s", json);
	snprintf(w.text, sizeof(w.text), "%s", text ? text : "none");
	free(json);
	note("%s %s %s", member(object, "event"), member(object, "key"),
		member(object, "product"));
	w.lines++;
	if (w.lines == w.failing_line)
		return error_set(e, -w.result_fails, "the disk is full");
	if (w.lines == w.closing_line)
		*ret_closed = true;
	return 0;
}

static void hear(void *self, enum run_tone tone, const char *text)
{
	assert_ptr_equal(self, &w);
	assert_int_equal(tone, RUN_WARNS);
	note("warning: %s", text);
}

static const struct people listeners = { .say = hear, .result = take_line };
static struct run run = { .people = &listeners, .self = &w,
	.cancel_fd = CANCEL };

static struct key *plug_in(const char *port, uint8_t dev)
{
	struct key *key = &w.keys[w.n++];

	*key = (struct key){ .node = { .fido = true, .usb_dev = dev },
		.says = "Solo" };
	snprintf(key->node.path, sizeof(key->node.path), "hid%u", dev);
	snprintf(key->node.usb_path, sizeof(key->node.usb_path),
		"/sys/devices/usb1/%s", port);
	return key;
}

static int begin(void **state)
{
	(void)state;
	memset(&w, 0, sizeof(w));
	w.now = 1000000;
	w.events = 1;
	w.source = MONITOR_UDEV;
	return 0;
}

/* What was opened is closed however it ends. */
static int watch(void)
{
	int r;

	memset(&err, 0, sizeof(err));
	r = watch_run(&run, &w.q, &err);
	assert_int_equal(w.monitors, 0);
	assert_int_equal(w.registries, 0);
	assert_true(w.lists > 0);
	return r;
}

#define TEST(f) cmocka_unit_test_setup(f, begin)

#endif
