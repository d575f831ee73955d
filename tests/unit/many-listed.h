/* SPDX-License-Identifier: Apache-2.0 */
/* The audit of many accounts, of which files and AWS tell: what is done is
 * noted, a step each. */
#ifndef TESTS_MANY_LISTED_H
#define TESTS_MANY_LISTED_H

#include "bridge/audit/accounts/fleet.h"

#include "bridge/hash/chain.h"

#include "tests/unit/steps.h"
#include "tests/unit/unit.h"

#include "tests/unit/heard.h"

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
	unsigned roots, hesitates; /* so often nobody who waits is named */
	int64_t wait;     /* until one more may be entered */
	bool stays;       /* who asks is not over before it is broken off */
	size_t quiet_until; /* none says anything before so many are begun */
	int64_t hears_ms; /* so long a poll takes at most */
	int poll_errno;   /* of the first poll */
	int no_memory;    /* the allocation that fails */
} w;

static char basis[512];
static size_t basis_n;
static struct fleet *f; /* while it is asked */
static struct audit a;
static struct audit_many q;
static struct account_request by;
static struct journal_sights runs;
static struct aws_session *const base = (struct aws_session *)&w;
static int64_t clock_is;
static unsigned allocations;

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

#endif
