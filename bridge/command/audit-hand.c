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
	struct audit_hand *x, struct error *err)
{
	const char *path = option(&app->options, OPTION_REGISTRY);
	const char *where = x->keeping && x->keeping->registry ?
		x->keeping->registry : path;
	struct error e;
	bool absent = false;
	int r;

	r = registry_open(&x->reg, where, REGISTRY_READ, &absent, &e);
	if (r >= 0 && absent)
		return !registry_is_named(app) ? 0 : registry_open(&x->reg,
			where, REGISTRY_READ, NULL, err);
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

static int read_tokens(const struct app *app, struct audit *a,
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

/* ---- evidence ---- */

static bool is_kept(const struct audit_hand *x)
{
	return x->keeping && x->keeping->writes && x->reg;
}

static bool is_played(const struct audit_hand *x)
{
	return x->keeping && x->keeping->plays;
}

static struct known_told told_of(struct audit *a, struct audit_hand *x)
{
	return (struct known_told){ &x->known, &x->list, x->has_list,
		&a->registry };
}

static int open_played(const struct app *app, struct audit *a,
	struct audit_hand *x, struct error *err)
{
	struct known_told told = told_of(a, x);
	int r = audit_played_told(x->keeping, a,
		option(&app->options, OPTION_REGISTRY), &told, err);

	x->has_list = told.has_list;
	return r;
}

static int keep_told(struct audit *a, struct audit_hand *x, struct error *err)
{
	const struct known_told told = told_of(a, x);

	return !is_kept(x) ? 0 : audit_keep_told(x->keeping, a, &x->head, &told,
		err);
}

static int read_once(const struct app *app, struct audit *a,
	struct audit_hand *x, struct error *err)
{
	int r = registry_head(x->reg, &x->head, err);

	if (r < 0)
		return r;
	known_done(&x->known);
	known_init(&x->known);
	registry_bindings_done(&x->list);
	a->registry.tokens = a->registry.handed_over = 0;
	if (x->has_list)
		read_bindings(x->reg, a, &x->list, &x->has_list);
	return read_tokens(app, a, x, err);
}

#define MOMENT_TRIES 5

/* All of it at the head that the evidence names: where somebody wrote between,
 * it is read again. */
static int read_of_one_moment(const struct app *app, struct audit *a,
	struct audit_hand *x, struct error *err)
{
	struct registry_head after;
	int i, r;

	for (i = 0; i < MOMENT_TRIES; i++) {
		r = read_once(app, a, x, err);
		if (r >= 0)
			r = registry_head(x->reg, &after, err);
		if (r < 0 || after.seq == x->head.seq)
			return r;
	}
	return error_set(err, ERROR_BUSY, "'%s' was written to whenever it was "
		"read: the same audit, later, finds it quiet",
		x->keeping->registry);
}

int audit_hand_read_tokens(const struct app *app, struct audit *a,
	struct audit_hand *x, struct error *err)
{
	if (is_played(x))
		return 0;
	return is_kept(x) ? read_of_one_moment(app, a, x, err) :
		read_tokens(app, a, x, err);
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
	int r = is_played(x) ? open_played(app, a, x, err) :
		open_the_registry(app, a, x, err);

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

int audit_hand_tokens_beside_report(const struct app *app, struct audit *a,
	struct audit_hand *x, struct error *err)
{
	int r = audit_hand_read_tokens(app, a, x, err);

	return r < 0 ? r : keep_told(a, x, err);
}

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

	if (r < 0)
		return r;
	r = audit_ask_aws(a, s, x->has_list ? &x->list : NULL,
		a->registry.used ? &x->known : NULL, renewal, err);
	return r < 0 ? r : keep_told(a, x, err);
}
