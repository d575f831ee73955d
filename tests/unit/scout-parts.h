/* SPDX-License-Identifier: Apache-2.0 */
/* The process that watches a rollout's ports, keys, and a clock: doubles. */
#ifndef TESTS_SCOUT_PARTS_H
#define TESTS_SCOUT_PARTS_H

#include "bridge/rollout/ports/scout.h"

#include "base/wire.h"
#include "tests/unit/unit.h"
#include "udev/nodes.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

#define SOCKET 30
#define CANCEL 31
#define TYPED 32
#define BEGINNING 1000000

/* What ends a wait. */
enum {
	REPORTS = 1,
	CANCELLED = 2,
	IS_TYPED = 4,
	SIGNALLED = 8,
	FAILING = 16,
};

struct happening {
	int64_t at;
	unsigned what;
	uint32_t number; /* of the report */
	const char *key, *fails;
};

static struct {
	int64_t now;
	const struct happening *list;
	const struct scout_report *report;
	struct scout_report made;
	bool nonsense, behind, is_none;
	int start, receive, enumerate, update, ask, pause;
	unsigned unsent; /* that order cannot be sent */
	size_t n;        /* of nodes */
	enum token_problem problem;
	unsigned asked, held_for; /* asked that often it is held still */
	char steps[2048];
} w;

static const struct run run = { .cancel_fd = CANCEL };
static struct scout scout;
static struct arrival arrival;

static __attribute__((format(printf, 1, 2))) void step(const char *fmt, ...)
{
	size_t n = strlen(w.steps);
	va_list ap;

	n += (size_t)snprintf(w.steps + n, sizeof(w.steps) - n, "%lld ",
		(long long)(w.now - BEGINNING));
	va_start(ap, fmt);
	n += (size_t)vsnprintf(w.steps + n, sizeof(w.steps) - n, fmt, ap);
	va_end(ap);
	assert_true(n < sizeof(w.steps) - 2);
	strcpy(w.steps + n, "\n");
}

/* ---- the clock, and what is waited for ---- */

WRAP(int, clock_gettime, clockid_t clock, struct timespec *ret)
{
	(void)clock;
	*ret = (struct timespec){ w.now / 1000, w.now % 1000 * 1000000 };
	return 0;
}

static void report_of(const struct happening *h)
{
	w.made = (struct scout_report){
		.number = h->number,
		.since = 123456,
		.card = { true, { 1, 17, true, 1001, "ab12" }, CARD_SAME_USB,
			true },
		.failed = h->fails != NULL,
	};
	if (h->key)
		strcpy(w.made.key, h->key);
	if (h->fails)
		strcpy(w.made.text, h->fails);
	w.report = &w.made;
}

WRAP(int, poll, struct pollfd *fds, nfds_t n, int timeout)
{
	const struct happening *h = w.list;
	int i, count = 0;

	assert_int_equal(n, 3);
	assert_int_equal(timeout, 1000);
	assert_int_equal(fds[0].fd, SOCKET);
	assert_int_equal(fds[1].fd, CANCEL);
	assert_int_equal(fds[2].fd, w.behind ? -1 : TYPED);
	for (i = 0; i < 3; i++)
		assert_int_equal(fds[i].events, POLLIN);
	if (!h->at)
		fail_msg("it waits still: %s", w.steps);
	if (BEGINNING + h->at > w.now + timeout) {
		w.now += timeout;
		return 0;
	}
	w.now = BEGINNING + h->at;
	w.list++;
	if (h->what & REPORTS)
		report_of(h);
	for (i = 0; i < 3; i++) {
		fds[i].revents = h->what & (1u << i) ? POLLIN : 0;
		count += fds[i].revents != 0;
	}
	errno = h->what & SIGNALLED ? EINTR : EIO;
	return h->what & (SIGNALLED | FAILING) ? -1 : count;
}

WRAP(int, ports_in_front, int typed_fd)
{
	assert_int_equal(typed_fd, TYPED);
	return w.behind ? -1 : TYPED;
}

WRAP(int, run_pause, const struct run *r, int64_t ms, struct error *e)
{
	assert_ptr_equal(r, &run);
	assert_int_equal(arrival.attached.n, 0);
	assert_null(arrival.attached.tokens);
	w.now += ms;
	return w.pause < 0 ? error_set(e, -w.pause, "broken off") : 0;
}

/* ---- the process ---- */

WRAP(int, process_start_self, struct process *ret, char *const *words,
	struct error *e)
{
	char all[64] = "";

	for (; *words; words++) {
		strcat(all, *words);
		strcat(all, " ");
	}
	step("start %s", all);
	ret->socket = SOCKET;
	return w.start < 0 ? error_set(e, -w.start, "no memory") : 0;
}

WRAP(int, process_stop, struct process *p, deadline_t until)
{
	assert_ptr_equal(p, &scout.process);
	step("stop within %lld", (long long)(until - w.now));
	return 0;
}

WRAP(int, wire_send, int fd, const void *p, size_t n, deadline_t until,
	struct error *e)
{
	static const char *const orders[] = { "", "hold", "next", "taken",
		"again" };
	const struct buf b = { .p = (unsigned char *)(uintptr_t)p, .n = n };
	struct scout_request q;

	assert_null(e);
	assert_int_equal(fd, SOCKET);
	assert_int_equal(until - w.now, 5000);
	OK(scout_get_request(&b, &q, &err));
	step("%s %u '%s'", orders[q.order], q.number, q.key);
	return q.order == w.unsent ? -ERROR_TIMEOUT : 0;
}

WRAP(int, wire_receive, int fd, struct buf *b, int cancel_fd, deadline_t until,
	struct error *e)
{
	assert_int_equal(fd, SOCKET);
	assert_int_equal(cancel_fd, -1);
	assert_int_equal(until - w.now, 5000);
	assert_non_null(w.report);
	scout_put_report(b, w.report);
	b->n -= w.nonsense;
	w.report = NULL;
	return w.receive < 0 ? error_set(e, -w.receive, "hung up") : 0;
}

/* ---- keys ---- */

WRAP(int, nodes_enumerate, struct node **ret, size_t *ret_n, struct error *e)
{
	size_t i;

	*ret = calloc(2, sizeof(**ret));
	assert_non_null(*ret);
	for (i = 0; i < 2; i++) {
		struct node *node = *ret + i;

		node->fido = true;
		node->usb_dev = (uint8_t)(17 + i);
		snprintf(node->path, sizeof(node->path), "hid%zu", i);
		snprintf(node->usb_path, sizeof(node->usb_path),
			"/sys/devices/usb1/1-4.%zu", 2 + i);
	}
	*ret_n = w.n;
	return w.enumerate < 0 ? error_set(e, -w.enumerate, "no sysfs") : 0;
}

int __real_plugs_update(struct plugs *p, const struct node *nodes, size_t n,
	struct error *e);
WRAP(int, plugs_update, struct plugs *p, const struct node *nodes, size_t n,
	struct error *e)
{
	OK(__real_plugs_update(p, nodes, n, e));
	return w.update < 0 ? error_set(e, -w.update, "no room") : 0;
}

WRAP(int, attached_ask, const struct run *r, const struct node *nodes,
	size_t n, struct attached *ret, struct error *e)
{
	assert_ptr_equal(r, &run);
	assert_int_equal(n, 1);
	step("ask %s", nodes[0].path);
	w.asked++;
	if (w.is_none)
		return 0;
	ret->tokens = calloc(1, sizeof(*ret->tokens));
	assert_non_null(ret->tokens);
	ret->tokens[0].problem = w.asked <= w.held_for ? TOKEN_HELD : w.problem;
	ret->n = 1;
	return w.ask < 0 ? error_set(e, -w.ask, "not asked") : 0;
}

/* ---- */

static int begin(void **state)
{
	(void)state;
	memset(&w, 0, sizeof(w));
	w.now = BEGINNING;
	w.n = 2;
	scout = (struct scout)SCOUT_INIT;
	scout.run = &run;
	scout.process.socket = SOCKET;
	memset(&arrival, 0, sizeof(arrival));
	return 0;
}

static int end(void **state)
{
	(void)state;
	arrival_done(&arrival);
	return 0;
}

/* Waits with what happens; what it orders and asks meanwhile. */
static int waits(bool keys, const struct happening *list)
{
	w.list = list;
	w.now = BEGINNING;
	w.steps[0] = '\0';
	w.asked = 0;
	arrival_done(&arrival);
	arrival.since = 99; /* of before */
	memset(&err, 0, sizeof(err));
	return scout_wait(&scout, TYPED, keys, &arrival, &err);
}

static void assert_nothing(void)
{
	assert_int_equal(arrival.since, 0);
	assert_int_equal(arrival.attached.n, 0);
	assert_null(arrival.attached.tokens);
}

/* Key, report's number, and a line that ends the wait where it does not. */
#define TOLD(n, key) { { 100, REPORTS, n, key, NULL },                         \
	{ 200, IS_TYPED, 0, NULL, NULL }, { 0 } }
static const struct happening told_1[] = TOLD(1, "1-4.2:17");
#define NEXT_1 "0 next 1 ''\n"
#define TAKEN_1 "100 taken 1 '1-4.2:17'\n"
#define ENDED "the process that watches the ports has ended: run it again"

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

#endif
