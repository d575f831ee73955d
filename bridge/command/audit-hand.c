/* SPDX-License-Identifier: Apache-2.0 */
/* What audit has at hand: the registry, what it knows, the checks. */
#include "bridge/command/audit-hand.h"

#include "bridge/open/trust.h"

#include <stdio.h>
#include <string.h>

static const char NO_REGISTRY[] = "there is no registry";
static const char REPORT_ALONE[] = "a report alone cannot tell";

void audit_hand_init(struct audit_hand *x)
{
	memset(x, 0, sizeof(*x));
	known_init(&x->known);
}

void audit_hand_done(struct audit_hand *x)
{
	registry_bindings_done(&x->list);
	registry_free(&x->reg);
	known_done(&x->known);
}

/* ---- the registry ---- */

static bool registry_is_named(const struct app *app)
{
	return app->options.from[OPTION_REGISTRY] != 0;
}

/* Keys that are there to be handed over, and those that are. */
static int count_tokens(struct audit *a, struct registry *reg,
	struct error *err)
{
	CLEANUP(registry_tokens_done) struct registry_tokens list = { NULL, 0 };
	int r = registry_tokens_all(reg, &list, err);
	size_t i;

	if (r < 0)
		return r;
	for (i = 0; i < list.n; i++) {
		if (list.p[i].state == REGISTRY_RETIRED ||
			list.p[i].state == REGISTRY_LOST)
			continue;
		a->registry.tokens++;
		a->registry.handed_over +=
			list.p[i].state == REGISTRY_HANDED_OVER;
	}
	a->registry.has_tokens = list.n > 0;
	return 0;
}

/*
 * Opens it. Not there, and nobody named it: *ret stays NULL and
 * a->registry.used false. There and not readable: a->registry.why_not.
 */
static int open_the_registry(const struct app *app, struct audit *a,
	struct registry **ret, struct error *err)
{
	const char *path = option(&app->options, OPTION_REGISTRY);
	struct error e;
	bool absent = false;
	int r;

	r = registry_open(ret, path, REGISTRY_READ, &absent, &e);
	if (r >= 0 && absent)
		return !registry_is_named(app) ? 0 : registry_open(ret, path,
			REGISTRY_READ, NULL, err);
	a->registry.used = true;
	a->registry.path = path;
	if (r < 0)
		snprintf(a->registry.why_not, sizeof(a->registry.why_not),
			"%s", e.text);
	return 0;
}

static void read_bindings(struct registry *reg, struct audit *a,
	struct registry_bindings *ret, bool *ret_read)
{
	struct error e;

	if (!reg)
		return;
	if (registry_bindings_all(reg, ret, &e) < 0 ||
		count_tokens(a, reg, &e) < 0)
		snprintf(a->registry.why_not, sizeof(a->registry.why_not),
			"%s", e.text);
	else
		*ret_read = true;
}

#define TOKEN_CHECKS                                                           \
	(AUDIT_BIT(AUDIT_TOKEN_VULNERABLE) | AUDIT_BIT(AUDIT_TOKEN_UNVERIFIED))

/* Those that want to know which token a device sits in. */
#define BEHIND_DEVICES                                                         \
	(AUDIT_BIT(AUDIT_USER_NOT_RESISTANT) |                                 \
		AUDIT_BIT(AUDIT_USER_UNCERTIFIED))

int audit_hand_read_tokens(const struct app *app, struct audit *a,
	struct audit_hand *x, struct error *err)
{
	struct known *ret = &x->known;
	CLEANUP(trust_done) struct trust trust = { .mds = NULL };
	struct error e;

	if (!audit_asks_any(a, TOKEN_CHECKS | BEHIND_DEVICES))
		return 0;
	snprintf(ret->why_not, sizeof(ret->why_not), "%s",
		a->registry.why_not);
	if (!x->reg)
		return 0;
	if (open_trust(&app->options, &trust, &e) < 0) {
		snprintf(ret->why_not, sizeof(ret->why_not), "%s", e.text);
		return 0;
	}
	return known_read_tokens(ret, x->reg, &trust, a->started, err);
}

/* ---- which checks ---- */

static int choose_checks(const struct app *app, struct audit *a,
	bool has_registry, struct error *err)
{
	const char *list = option(&app->options, OPTION_CHECKS);
	int r;

	a->checks = audit_checks_in(AUDIT_IN_BENCHMARK |
		(has_registry ? AUDIT_IN_HOUSE : 0));
	r = list ? audit_checks_parse(list, &a->checks, err) : 0;
	if (!a->mutes)
		a->checks &= ~audit_checks_needing(AUDIT_NEEDS_MUTES);
	return r;
}

static void leave_out(struct audit *a, unsigned checks, const char *why)
{
	size_t i;

	for (i = 0; i < AUDIT_CHECKS; i++)
		if (checks & AUDIT_BIT(i))
			a->skipped[i] = why;
}

/* To end well without having judged anything would be false comfort. */
static int check_something_left(const struct audit *a, struct error *err)
{
	const char *why = "mute-expired is about the mutes of --mute, and "
		"what they match of other checks";
	size_t i;

	for (i = 0; i < AUDIT_CHECKS; i++) {
		if (audit_asks(a, (enum audit_check)i) &&
			i != AUDIT_MUTE_EXPIRED)
			return 0;
		if ((a->checks & AUDIT_BIT(i)) && a->skipped[i])
			why = a->skipped[i];
	}
	return error_set(err, ERROR_USAGE,
		"none of the checks in --checks can be decided: %s", why);
}

/* ---- opening ---- */

static int hand_begin(const struct app *app, struct audit *a,
	struct audit_hand *x, struct error *err)
{
	int r = open_the_registry(app, a, &x->reg, err);

	if (r >= 0)
		r = choose_checks(app, a, a->registry.used, err);
	if (r >= 0 && !a->registry.used)
		leave_out(a, audit_checks_needing(AUDIT_NEEDS_REGISTRY),
			NO_REGISTRY);
	return r;
}

int audit_hand_open(const struct app *app, struct audit *a,
	struct audit_hand *x, struct error *err)
{
	int r = hand_begin(app, a, x, err);

	if (r < 0)
		return r;
	read_bindings(x->reg, a, &x->list, &x->has_list);
	return check_something_left(a, err);
}

int audit_hand_open_for_report(const struct app *app, struct audit *a,
	struct audit_hand *x, struct error *err)
{
	int r;

	/* "there is no registry" goes before that, where both hold */
	leave_out(a, audit_checks_needing(AUDIT_NEEDS_AWS), REPORT_ALONE);
	r = hand_begin(app, a, x, err);
	return r < 0 ? r : check_something_left(a, err);
}

/* ---- used ---- */

void audit_hand_judge_tokens(struct audit *a, const struct audit_hand *x)
{
	if (audit_asks_any(a, TOKEN_CHECKS))
		known_judge_tokens(a, &x->known);
}

unsigned audit_hand_checks_there(const struct audit *a)
{
	return a->checks & ~(TOKEN_CHECKS |
		audit_checks_needing(AUDIT_NEEDS_MUTES));
}

void audit_hand_leave_others(struct audit *a)
{
	a->checks = audit_hand_checks_there(a);
}

int audit_hand_read(const struct app *app, struct audit *a,
	struct audit_hand *x, struct error *err)
{
	int r = audit_hand_read_tokens(app, a, x, err);

	if (r >= 0 && a->registry.used)
		known_read_runs(&x->known, a->registry.path);
	return r;
}

int audit_hand_ask(const struct app *app, struct audit *a,
	struct aws_session *s, struct audit_hand *x,
	const struct audit_renewal *renewal, struct error *err)
{
	int r = audit_hand_read(app, a, x, err);

	return r < 0 ? r : audit_ask_aws(a, s, x->has_list ? &x->list : NULL,
		a->registry.used ? &x->known : NULL, renewal, err);
}
