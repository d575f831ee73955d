/* SPDX-License-Identifier: Apache-2.0 */
/* The audit of many accounts without a process: what is done with each is
 * noted, a step each, and a child says something at every poll. */
#ifndef TESTS_MANY_PARTS_H
#define TESTS_MANY_PARTS_H

#include "bridge/audit/accounts/fleet.h"

#include "bridge/hash/chain.h"

#include "tests/unit/unit.h"

#include "tests/unit/heard.h"

#include <errno.h>
#include <poll.h>

#define OWN "111111111111"
#define DIGEST "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a" \
	"5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"
#define BIT(item) (1ull << (item))

/* ---- what doubles answer; items as bits, codes of what fails ---- */

static struct answers {
	bool runs; /* else libc's own are meant */
	size_t accounts;
	uint64_t closed, kept, unreadable, asks_keys, asks_root, deaf, again,
		no_answer;
	int text_code, keep, read, open, org, check, start, hear, go_on, show,
		management, digest;
	int go_on_after;  /* that many times it may */
	bool wants_base, all_ready, roots_are_off, pausing;
	unsigned roots;
	int64_t wait;     /* until one more may be entered */
	bool stays;       /* who asks is not over before it is broken off */
	size_t quiet_until; /* none says anything before so many are begun */
	int64_t hears_ms; /* so long a poll takes at most */
	int poll_errno;   /* of the first poll */
	int no_memory;    /* the allocation that fails */
} w;

static char steps[32768], basis[512];
static size_t basis_n;
static struct fleet *f; /* while it is asked */
static struct audit a;
static struct audit_many q;
static struct account_request by;
static struct journal_sights runs;
static struct aws_session *const base = (struct aws_session *)&w;
static int64_t clock_is;
static unsigned polls, allocations, stops_n, waits_n;

static void PRINTF(1, 2) step(const char *how, ...)
{
	size_t n = strlen(steps);
	va_list v;

	va_start(v, how);
	vsnprintf(steps + n, sizeof(steps) - n, how, v);
	va_end(v);
}

static int answer(int code, struct error *e)
{
	return code ? error_set(e, code, "says no") : 0;
}

WRAP(deadline_t, deadline_in, int64_t ms)
{
	return clock_is + ms;
}

WRAP(bool, deadline_passed, deadline_t d)
{
	return clock_is >= d;
}

WRAP(int, deadline_left, deadline_t d)
{
	return (int)(d - clock_is);
}

WRAP(time_t, time, time_t *ret)
{
	assert_null(ret);
	return 1700000000;
}

void *__real_calloc(size_t n, size_t size);

WRAP(void *, calloc, size_t n, size_t size)
{
	if (w.runs && n == w.accounts && ++allocations ==
			(unsigned)w.no_memory)
		return NULL;
	return __real_calloc(n, size);
}

/* ---- which accounts ---- */

static int fill(struct accounts_list *list, int code, struct error *e)
{
	struct accounts_item *x;
	char id[16];
	size_t i;

	for (i = 0; !code && i < w.accounts; i++) {
		snprintf(id, sizeof(id), "1234567890%02zu", i + 10);
		x = accounts_list_add(list, id);
		assert_non_null(x);
		x->name = strdup("name");
		strcpy(x->state, w.closed & BIT(i) ? "SUSPENDED" : "ACTIVE");
	}
	return answer(code, e);
}

WRAP(int, keep_open, struct keep *ret, const char *path, struct error *e)
{
	assert_int_equal(ret->fd, -1);
	assert_ptr_equal(path, q.state);
	step("keep; ");
	return answer(w.keep, e);
}

WRAP(void, keep_done, struct keep *k)
{
	assert_non_null(k);
	step("kept; ");
}

WRAP(int, accounts_list_read, const char *path, struct accounts_list *ret,
	struct error *e)
{
	assert_ptr_equal(path, q.what);
	step("read; ");
	return fill(ret, w.read, e);
}

WRAP(int, accounts_of_organization, struct aws_session *s,
	struct accounts_list *ret, struct error *e)
{
	assert_ptr_equal(s, base);
	step("org; ");
	return fill(ret, w.org, e);
}

WRAP(bool, entrance_wants_base, const struct accounts_list *list)
{
	assert_int_equal(list->n, w.accounts);
	return w.wants_base;
}

WRAP(int, entrance_open, struct entrance *e, struct error *er)
{
	assert_ptr_equal(e->run, &run);
	assert_ptr_equal(e->by, &by);
	assert_ptr_equal(e->role, q.role);
	assert_string_equal(e->as, "tokenbridge-audit");
	assert_int_equal(e->hand_back_ms, 10000);
	step("open; ");
	e->base = base;
	strcpy(e->caller.account, OWN);
	strcpy(e->caller.arn, "arn:of:alice");
	return answer(w.open, er);
}

WRAP(int, entrance_check, const struct entrance *e,
	const struct accounts_list *list, struct error *er)
{
	assert_non_null(e);
	assert_int_equal(list->n, w.accounts);
	step("check; ");
	return answer(w.check, er);
}

WRAP(void, entrance_done, struct entrance *e)
{
	e->base = NULL;
	step("done; ");
}

WRAP(int, entrance_text, const struct entrance *e,
	const struct accounts_item *item, struct buf *ret, struct error *er)
{
	size_t i = (size_t)(item - f->list.items);

	assert_ptr_equal(e, &f->entrance);
	buf_printf(ret, "way %zu\n", i);
	return answer(w.unreadable & BIT(i) ? w.text_code : 0, er);
}

WRAP(int, chain_digest, const void *p, size_t n,
	unsigned char ret[SHA256_LEN], struct error *e)
{
	basis_n = n;
	memcpy(basis, p, n < sizeof(basis) ? n : sizeof(basis) - 1);
	memset(ret, 0x5a, SHA256_LEN);
	return answer(w.digest, e);
}

WRAP(void, account_ca_bundle, const struct aws_session *s, char *ret)
{
	assert_ptr_equal(s, base);
	strcpy(ret, "bundle");
}

WRAP(void, account_proxy, const struct aws_session *s, char *ret)
{
	assert_ptr_equal(s, base);
	strcpy(ret, "proxy");
}

WRAP(void, aws_session_hand_back, struct aws_session *s, int64_t ms)
{
	assert_ptr_equal(s, base);
	step("hand back %d; ", (int)ms);
}

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
	if (g->waiting == 0)
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
