/* SPDX-License-Identifier: Apache-2.0 */
/* A fleet that enters accounts, and what STS and Organizations answer it. */
#ifndef TESTS_ENTERING_PARTS_H
#define TESTS_ENTERING_PARTS_H

#include "bridge/audit/accounts/fleet.h"

#include "aws/api/organizations.h"
#include "aws/api/sts-root.h"
#include "aws/many/calls.h"

#include "tests/unit/steps.h"
#include "tests/unit/unit.h"

#define ONE "123456789012"
#define TWO "210987654321"
#define OWN "111111111111"
#define NOW 5000000

/* ---- what doubles answer ---- */

static struct answers {
	int fails, status;   /* of the call; what it returns else */
	const char *foreign;
	int http;            /* with it */
	bool keys, by_role, in_vain;
	int64_t wait;
	int renew_fails;
	int features_fail;
	bool features_on;
	int organization_fails;
	bool organization;
} w;

static int64_t clock_is;
static struct fleet f;
static struct aws_session *const base = (struct aws_session *)&w;
static const struct run run;
static struct account_request by;

WRAP(int64_t, deadline_now, void)
{
	return clock_is;
}

WRAP(deadline_t, deadline_in, int64_t ms)
{
	return clock_is + ms;
}

WRAP(int, deadline_left, deadline_t d)
{
	return d > clock_is ? (int)(d - clock_is) : 0;
}

/* ---- the governor, by seconds since NOW ---- */

WRAP(void, governor_init, struct governor *g, unsigned most, unsigned rate,
	int64_t now)
{
	assert_ptr_equal(g, &f.entering);
	step("init %u %u %d; ", most, rate, (int)(now - NOW));
}

WRAP(int64_t, governor_wait, struct governor *g, unsigned under_way,
	int64_t now)
{
	assert_ptr_equal(g, &f.entering);
	assert_int_equal(under_way, 0);
	assert_int_equal(now, clock_is);
	return w.wait;
}

WRAP(void, governor_sent, struct governor *g, int64_t now)
{
	assert_ptr_equal(g, &f.entering);
	step("sent %d; ", (int)(now - NOW));
}

WRAP(void, governor_answered, struct governor *g, int64_t now)
{
	assert_ptr_equal(g, &f.entering);
	step("answered %d; ", (int)(now - NOW));
}

WRAP(void, governor_throttled, struct governor *g, int64_t sent, int64_t now)
{
	assert_ptr_equal(g, &f.entering);
	step("throttled %d %d; ", (int)(sent - NOW), (int)(now - NOW));
}

WRAP(bool, governor_is_in_vain, const struct governor *g, int64_t patience,
	int64_t now)
{
	assert_ptr_equal(g, &f.entering);
	assert_int_equal(patience, CALLS_PATIENCE_MS);
	assert_int_equal(now, clock_is);
	return w.in_vain;
}

/* ---- STS and Organizations; a call takes seven milliseconds ---- */

static int answer(struct error *e)
{
	clock_is += 7;
	if (!w.fails)
		return w.status;
	error_set(e, w.fails, "sts says no");
	snprintf(e->foreign, sizeof(e->foreign), "%s", w.foreign);
	e->status = w.http;
	return -w.fails;
}

WRAP(bool, entrance_is_by_role, const struct entrance *e,
	const struct accounts_item *item)
{
	assert_ptr_equal(e, &f.entrance);
	assert_in_range((size_t)(item - f.list.items), 0, 5);
	return w.by_role;
}

WRAP(int, entrance_enter, struct entrance *e, const struct accounts_item *item,
	struct entered *ret, struct error *er)
{
	assert_ptr_equal(e, &f.entrance);
	step("enter %d; ", (int)(item - f.list.items));
	strcpy(ret->keys.key_id, w.keys ? "AKIA" : "");
	return answer(er);
}

WRAP(int, account_renew, const struct run *r, const struct sign_in *how,
	struct aws_session *s, const struct sts_identity *first,
	struct error *e)
{
	assert_ptr_equal(r, &run);
	assert_ptr_equal(how, &by.sign_in);
	assert_ptr_equal(s, base);
	assert_ptr_equal(first, &f.entrance.caller);
	step("renew; ");
	return w.renew_fails ? error_set(e, w.renew_fails, "not renewed") : 0;
}

WRAP(int, sts_assume_root, struct aws_session *s, const char *account,
	enum sts_task task, struct aws_credentials *ret, struct error *e)
{
	assert_ptr_equal(s, base);
	assert_int_equal(task, STS_AUDIT_ROOT);
	step("root %s; ", account);
	strcpy(ret->key_id, "ROOT");
	return answer(e);
}

WRAP(int, organizations_describe, struct aws_session *s,
	struct organization *ret, bool *ret_found, struct error *e)
{
	assert_ptr_equal(s, base);
	strcpy(ret->management, TWO);
	*ret_found = w.organization;
	return w.organization_fails ? error_set(e, w.organization_fails,
		"no organization") : 0;
}

WRAP(int, organizations_root_features, struct aws_session *s,
	struct organization_root *ret, struct error *e)
{
	assert_ptr_equal(s, base);
	ret->credentials = w.features_on;
	return w.features_fail ? error_set(e, w.features_fail, "not told") : 0;
}

/* ---- the fleet ---- */

static struct accounts_item items[6];
static struct told told[6];

static int set_up(void **state)
{
	(void)state;
	w = (struct answers){ .foreign = "", .by_role = true };
	memset(items, 0, sizeof(items));
	memset(told, 0, sizeof(told));
	strcpy(items[0].id, ONE);
	strcpy(items[1].id, TWO);
	strcpy(items[2].id, OWN);
	f = (struct fleet){ .list = { .items = items, .n = 6 }, .told = told,
		.entrance = { .run = &run, .by = &by, .base = base },
		.entering = { .answered = NOW } };
	strcpy(f.entrance.caller.account, OWN);
	clock_is = NOW;
	steps[0] = '\0';
	return 0;
}

static void did(const char *want)
{
	assert_string_equal(steps, want);
	steps[0] = '\0';
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

#endif
