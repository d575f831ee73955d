/* SPDX-License-Identifier: Apache-2.0 */
/* All users: asked about many at once, judged in the order of their names. */
#include "bridge/audit/gather/subject.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define PROGRESS_MS 1000

/* The users that nobody could name. */
static void unlisted_people(struct live *l)
{
	struct audit_fact none = live_gap_fact(&l->people_gap, "iam:ListUsers");
	struct audit_user u = {
		.account = l->identity.account,
		.name = "(users not listed)",
		.mfa = none,
		.password = none,
		.listed = none,
		.rights = none,
	};

	if (l->people_gap.there)
		audit_user(l->a, &u);
}

static void crowd_done(struct crowd *c)
{
	size_t i;

	calls_free(&c->calls);
	for (i = 0; c->p && i < c->l->people.n; i++)
		subject_done(&c->p[i]);
	free_p(&c->p);
	free_p(&c->virtual_ids);
}

/* ---- rows, in the people's order ---- */

/* Those before whom nobody is left to be asked; at the end all that are over. */
static void crowd_judge(struct crowd *c, bool at_end)
{
	for (; c->next < c->l->people.n; c->next++) {
		if (c->p[c->next].over)
			subject_judge(&c->p[c->next]);
		else if (!at_end)
			return;
	}
}

static void users_show_progress(struct crowd *c)
{
	struct live *l = c->l;
	struct calls_figures f;
	size_t left = l->people.n - c->over;
	int64_t passed = deadline_now() - c->begun;

	if (!l->a->tells_progress || !deadline_passed(l->progress))
		return;
	l->progress = deadline_in(PROGRESS_MS);
	calls_figures(c->calls, &f);
	run_progress(l->a->run, "%zu of %zu users, %u call%s at once, about "
		"%lld s left", c->over, l->people.n, f.under_way,
		text_plural(f.under_way), (long long)(passed *
			(int64_t)left / (int64_t)c->over / 1000));
}

static int crowd_is_over_with(struct subject *p, struct error *err)
{
	struct crowd *c = p->crowd;

	p->over = true;
	c->over++;
	crowd_judge(c, false);
	users_show_progress(c);
	return audit_may_go_on(c->l->a, err);
}

/* ---- all of them ---- */

static int crowd_stay_signed_in(void *self, struct error *err)
{
	struct crowd *c = self;
	struct error why;
	int r = live_stay_signed_in(c->l, err);

	if (r < 0 || !c->l->stopped.there)
		return r;
	error_set(&why, ERROR_REMOTE, "%s", c->l->stopped.why);
	calls_stop(c->calls, &why);
	return 0;
}

static int crowd_gather(struct crowd *c, struct error *err)
{
	const struct calls_options options = {
		.rate = c->l->a->rate,
		.renew = crowd_stay_signed_in,
		.self = c,
	};
	size_t i;
	int r;

	c->p = calloc(c->l->people.n + 1, sizeof(*c->p));
	if (!c->p)
		return error_memory(err);
	r = crowd_find_virtual(c, err);
	if (r >= 0)
		r = calls_new(&c->calls, c->l->s, &options, err);
	for (i = 0; r >= 0 && i < c->l->people.n; i++) {
		subject_init(&c->p[i], c, i);
		r = subject_ask(&c->p[i], err);
	}
	return r;
}

int live_ask_people(struct live *l, struct error *err)
{
	CLEANUP(crowd_done) struct crowd c = { .l = l,
		.over_with = crowd_is_over_with,
		.begun = deadline_now() };
	int r;

	if (!live_asks_users(l))
		return 0;
	l->progress = deadline_in(PROGRESS_MS);
	r = crowd_gather(&c, err);
	if (r >= 0)
		r = calls_run(c.calls, err);
	if (c.p)
		crowd_judge(&c, true);
	live_sort_by_owner(&l->devices);
	if (r >= 0)
		unlisted_people(l);
	return r;
}
