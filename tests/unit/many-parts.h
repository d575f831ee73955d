/* SPDX-License-Identifier: Apache-2.0 */
/* The audit of many accounts without a process: a child says something at every
 * poll. */
#ifndef TESTS_MANY_PARTS_H
#define TESTS_MANY_PARTS_H

#include "tests/unit/many-listed.h"

#include <errno.h>
#include <poll.h>

static unsigned polls, stops_n, waits_n;

/* ---- entering ---- */

WRAP(void, fleet_entering_init, struct fleet *g)
{
	f = g;
	step("| ");
}

WRAP(int64_t, fleet_entering_wait, struct fleet *g)
{
	assert_ptr_equal(g, f);
	return w.wait;
}

WRAP(int, fleet_find_management, struct fleet *g, struct error *e)
{
	g->roots_are_off = w.roots_are_off;
	return answer(w.management, e);
}

WRAP(bool, fleet_take_waiting, struct fleet *g, size_t *ret)
{
	assert_ptr_equal(g, f);
	waits_n++;
	if (g->waiting == 0 || waits_n <= w.hesitates)
		return false;
	g->waiting--;
	*ret = 0;
	return true;
}

WRAP(bool, fleet_find_kept, struct fleet *g, size_t item)
{
	assert_string_equal(g->told[item].key, DIGEST);
	g->told[item].over = w.kept & BIT(item);
	return g->told[item].over;
}

WRAP(void, fleet_fail, struct fleet *g, size_t item,
	enum audit_account_state state, const char *why)
{
	assert_ptr_equal(g, f);
	step("%s %zu: %s; ", audit_account_state_names[state], item, why);
}

WRAP(int, fleet_show, struct fleet *g, size_t item, struct error *e)
{
	assert_ptr_equal(g, f);
	step("show %zu; ", item);
	return answer(w.show, e);
}

/* ---- children ---- */

WRAP(int, child_start, struct fleet *g, struct child *c, size_t item,
	struct error *e)
{
	assert_ptr_equal(g, f);
	assert_int_equal(c->at, CHILD_NONE);
	step("start %zu; ", item);
	if (w.again & BIT(item)) {
		w.again &= ~BIT(item);
		g->waiting++;
		return 0;
	}
	*c = (struct child){ .at = CHILD_BEGINS, .item = item,
		.process = { .socket = 100 + (int)item } };
	g->roots = w.roots;
	return answer(w.start, e);
}

static void is_over_now(struct fleet *g, struct child *c)
{
	c->at = CHILD_NONE;
	g->told[c->item].over = true;
}

WRAP(int, child_hear, struct fleet *g, struct child *c, struct error *e)
{
	size_t i = c->item;

	assert_int_not_equal(c->at, CHILD_NONE);
	step("hear %zu; ", i);
	c->wants_keys = w.asks_keys & BIT(i);
	c->wants_root = w.asks_root & BIT(i);
	w.asks_keys &= ~BIT(i);
	w.asks_root &= ~BIT(i);
	if (g->stops ? !(w.deaf & BIT(i)) : c->at == CHILD_ASKS && !w.stays)
		is_over_now(g, c);
	else if (c->at == CHILD_BEGINS)
		c->at = CHILD_WAITS;
	if (w.pausing)
		g->pause = clock_is + 1;
	w.pausing = false;
	return answer(w.hear, e);
}

WRAP(int, child_renew, struct fleet *g, struct child *c, struct error *e)
{
	assert_ptr_equal(g, f);
	step("renew %zu; ", c->item);
	c->wants_keys = false;
	return answer(w.no_answer & 1 ? ERROR_REFUSED : 0, e);
}

WRAP(int, child_make_root, struct fleet *g, struct child *c, struct error *e)
{
	assert_ptr_equal(g, f);
	step("root %zu; ", c->item);
	c->wants_root = false;
	return answer(w.no_answer & 2 ? ERROR_REFUSED : 0, e);
}

WRAP(void, child_go, struct fleet *g, struct child *c)
{
	assert_ptr_equal(g, f);
	assert_int_equal(c->at, CHILD_WAITS);
	step("go %zu; ", c->item);
	c->at = CHILD_ASKS;
}

WRAP(void, child_stop, struct child *c)
{
	assert_true(f->stops);
	stops_n++;
	if (c->at != CHILD_NONE)
		step("stop %zu; ", c->item);
}

WRAP(void, child_end, struct fleet *g, struct child *c, const char *why)
{
	step("end %zu: %s; ", c->item, why);
	is_over_now(g, c);
}

WRAP(int, audit_may_go_on, const struct audit *x, struct error *e)
{
	assert_ptr_equal(x, &a);
	return answer(w.go_on_after-- <= 0 ? w.go_on : 0, e);
}

/* Every child has something to say; all_ready: so it is told of others, too. */
WRAP(int, poll, struct pollfd *p, nfds_t n, int ms)
{
	const struct child *c;
	int ready = 0;
	size_t i;

	assert_int_equal(n, FLEET_CHILDREN + 1);
	assert_true(++polls < 300);
	for (i = 0; i < FLEET_CHILDREN; i++) {
		c = &f->child[i];
		assert_int_equal(p[i].fd, c->at == CHILD_NONE ? -1 :
			100 + (int)c->item);
		assert_int_equal(p[i].events, POLLIN);
		p[i].revents = f->begun >= w.quiet_until && (w.all_ready ||
			c->at != CHILD_NONE) ? POLLIN : 0;
		ready += p[i].revents != 0;
	}
	assert_int_equal(p[i].fd, f->stops ? -1 : run.cancel_fd);
	assert_int_equal(p[i].events, POLLIN);
	step("poll %d; ", ms);
	clock_is += w.hears_ms && w.hears_ms < ms ? w.hears_ms : ms;
	p[i].revents = w.all_ready ? POLLIN : 0;
	errno = w.poll_errno ? w.poll_errno : ENOENT;
	ready = w.poll_errno ? -1 : ready;
	w.poll_errno = 0;
	return ready;
}

/* ---- */

static int set_up(void **state)
{
	(void)state;
	memset(&w, 0, sizeof(w));
	w.accounts = 1;
	memset(&a, 0, sizeof(a));
	a.run = &run;
	runs = (struct journal_sights){ .n = 0 };
	q = (struct audit_many){ .what = "file", .role = "reader",
		.basis = "checks", .runs = &runs, .by = &by, .state = "s" };
	clock_is = 5000;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	audit_done(&a);
	return 0;
}

static int ask(void)
{
	int r;

	audit_done(&a);
	a.accounts = NULL;
	a.accounts_n = a.notes_n = 0;
	steps[0] = said[0] = '\0';
	memset(basis, 0, sizeof(basis));
	polls = allocations = stops_n = waits_n = 0;
	w.runs = true;
	r = audit_ask_accounts(&a, &q, &err);
	w.runs = false;
	return r;
}

static void did(const char *want)
{
	assert_string_equal(steps, want);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
