/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rollout under way in a folder of its own: a plan, what is known of its
 * rows, and a run whose words and results are noted.
 */
#ifndef TESTS_ROLLOUT_PARTS_H
#define TESTS_ROLLOUT_PARTS_H

#include "tests/unit/asked.h"
#include "tests/unit/test_registry.h"

#include "bridge/rollout/session.h"

#define HEAD "note,account,user,holder,method,label,serial\n"
#define A "123456789012,"

static char folder[64], registry[128], said[8192], heard[8192];
static struct plan plan;
static struct session x;
static struct rollout_request q;
static struct account aws;
static struct registry *reg; /* of open_registry */
static bool closes, with_json, mute;

static void hear(void *self, enum run_tone tone, const char *text)
{
	size_t n = strlen(heard);

	(void)self;
	snprintf(heard + n, sizeof(heard) - n, "%s%s\n",
		tone == RUN_WARNS ? "warning: " : "", text);
}

/* Noted as the text, and where that is wanted as JSON on a line by itself. */
static int take_result(void *self, json_t *object, const char *text,
	bool *ret_closed, struct error *e)
{
	char *json = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);
	size_t n = strlen(said);

	(void)self;
	assert_non_null(json);
	snprintf(said + n, sizeof(said) - n, with_json ? "%s\n%s\n" : "%s\n",
		text, json);
	free(json);
	*ret_closed = closes;
	return mute ? error_set(e, ERROR_FAILED, "nobody hears") : 0;
}

/* Ends a question with what was asked, and no answer. */
static int answer_text(void *self, const char *prompt, char *ret, size_t size,
	struct error *e)
{
	hear(self, RUN_SAYS, prompt);
	assert_true(size > 0);
	ret[0] = '\0';
	return ask('T', e);
}

static const struct people people = { .say = hear, .result = take_result,
	.ask_text = answer_text };
static const struct run run = { .people = &people, .cancel_fd = -1 };

static UNUSED void told(const char *want)
{
	assert_string_equal(said, want);
	said[0] = '\0';
}

static UNUSED void heard_is(const char *want)
{
	assert_string_equal(heard, want);
	heard[0] = '\0';
}

/* No row is begun yet, and no state written. */
static UNUSED void read_plan(const char *text)
{
	plan_done(&plan);
	free_p(&x.state.rows);
	free_p(&x.passed);
	OK(plan_parse(text, strlen(text), &plan, &err));
	x.state.n = x.last = plan.n;
	x.state.rows = calloc(plan.n, sizeof(*x.state.rows));
	x.passed = calloc(plan.n, sizeof(*x.passed));
	assert_true(x.state.rows && x.passed);
}

/* A real one; and the state is a file beside it. */
static UNUSED void open_registry(void)
{
	assert_int_equal(unlink(registry), 0);
	OK(registry_init(registry, false, &err));
	reg = open_rw(registry);
	q.reg = reg;
	OK(registry_actor(reg, NULL, NULL, &q.actor, &err));
	state_done(&x.state);
	write_text("plan.csv", "");
	OK(state_open(&x.state, registry, q.plan_path, &plan, STATE_WORK,
		&err));
}

/* What is written down of a row. */
static UNUSED struct row_record written(size_t i)
{
	struct rollout_state s = { .fd = -1 };
	struct row_record rec;

	OK(state_open(&s, registry, q.plan_path, &plan, STATE_LOOK, &err));
	assert_int_equal(s.n, plan.n);
	rec = s.rows[i];
	state_done(&s);
	return rec;
}

static UNUSED void begin_rollout(const char *text)
{
	enter_place(folder);
	snprintf(registry, sizeof(registry), "%s/registry.db", folder);
	write_text(registry, "");
	said[0] = heard[0] = asked[0] = '\0';
	memset(&failing, 0, sizeof(failing));
	closes = with_json = mute = false;
	memset(&aws, 0, sizeof(aws));
	strcpy(aws.caller.account, "123456789012");
	strcpy(aws.caller.arn, "arn:aws:iam::123456789012:user/admin");
	q = (struct rollout_request){ .plan = &plan, .plan_path = "plan.csv",
		.aws = &aws, .typed_fd = -1 };
	x = (struct session){ .run = &run, .q = &q, .plan = &plan,
		.state = { .fd = -1 }, .scout = SCOUT_INIT };
	read_plan(text);
}

static UNUSED int finish(void **state)
{
	(void)state;
	state_done(&x.state);
	free_p(&x.passed);
	free_p(&x.drawn);
	registry_free(&reg);
	plan_done(&plan);
	leave_place(folder);
	return 0;
}

#endif
