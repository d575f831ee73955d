/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys for accounts, as fast as STS gives them: whoever was throttled is asked
 * for again behind all others, by the same rules as questions of IAM
 * (aws/many/governor.h), for as long as any are given; so is who got no answer,
 * a few times.
 */
#include "bridge/audit/accounts/fleet.h"

#include "aws/api/organizations.h"
#include "aws/api/sts-root.h"
#include "aws/many/calls.h"
#include "aws/query/retry.h"

#include <string.h>

#define LOST_MAX 3        /* of one account */
#define LOST_IN_VAIN 5    /* in a row, and nothing for CALLS_PATIENCE_MS */
#define LOST_PAUSE_MS 1000 /* doubled each time ... */
#define LOST_PAUSE_MAX_MS 10000

void fleet_entering_init(struct fleet *f)
{
	governor_init(&f->entering, 1, 0, deadline_now());
}

int64_t fleet_entering_wait(struct fleet *f)
{
	int64_t wait = governor_wait(&f->entering, 0, deadline_now());
	int64_t pause = f->lost ? deadline_left(f->lost_pause) : 0;

	return wait > pause ? wait : pause;
}

static bool is_throttled(const struct error *e)
{
	const struct attempt a = { .sent = true, .status = e->status,
		.code = e->foreign };

	return e->code == ERROR_REMOTE && retry_class(&a) == RETRY_THROTTLED;
}

/* What became of it, to the governor; of a profile or the caller's own keys
 * STS was not asked. */
static void note_entering(struct fleet *f, int64_t sent, bool answered)
{
	int64_t now = deadline_now();

	f->lost = 0;
	governor_sent(&f->entering, now);
	if (answered)
		governor_answered(&f->entering, now);
	else
		governor_throttled(&f->entering, sent, now);
}

/* Nothing has come back for so long that asking on is in vain. */
static bool is_silent(const struct fleet *f)
{
	return f->lost >= LOST_IN_VAIN && deadline_now() -
		f->entering.answered >= CALLS_PATIENCE_MS;
}

static int say_silent(const struct fleet *f, struct error *err)
{
	return error_set(err, ERROR_UNREACHABLE, "not entered: sts gave no "
		"answer %u times in a row", f->lost);
}

/* Of STS by the caller's keys; a profile may lead elsewhere. */
static void note_lost(struct fleet *f)
{
	int64_t pause = LOST_PAUSE_MS;
	unsigned i;

	for (i = 0; i < f->lost && pause < LOST_PAUSE_MAX_MS; i++)
		pause *= 2;
	f->lost++;
	f->lost_pause = deadline_in(pause < LOST_PAUSE_MAX_MS ? pause :
		LOST_PAUSE_MAX_MS);
}

static bool lost_again(struct fleet *f, size_t item)
{
	if (f->list.items[item].way != ACCOUNTS_BY_PROFILE)
		note_lost(f);
	return ++f->told[item].lost < LOST_MAX && !is_silent(f);
}

static bool to_be_asked_again(struct fleet *f, size_t item, int64_t sent,
	const struct error *e)
{
	if (e->code == ERROR_UNREACHABLE)
		return lost_again(f, item);
	f->lost = 0;
	if (!is_throttled(e))
		return false;
	note_entering(f, sent, false);
	return !governor_is_in_vain(&f->entering, CALLS_PATIENCE_MS,
		deadline_now());
}

int fleet_enter(struct fleet *f, size_t item, struct entered *ret,
	bool *ret_again, struct error *err)
{
	int64_t sent = deadline_now();
	const struct accounts_item *x = &f->list.items[item];
	struct error e;
	int r;

	*ret_again = false;
	if (is_silent(f) && entrance_is_by_role(&f->entrance, x))
		return say_silent(f, err);
	r = entrance_enter(&f->entrance, x, ret, &e);
	if (r >= 0 && ret->keys.key_id[0])
		note_entering(f, sent, true);
	if (r >= 0)
		return 0;
	*ret_again = to_be_asked_again(f, item, sent, &e);
	return error_copy(err, &e);
}

/* ---- root ---- */

/* Hundreds of refusals say no more than this one answer. Who may not ask it is
 * told by them. */
static int find_features(struct fleet *f, struct error *err)
{
	struct organization_root features;
	struct error e;
	int r = organizations_root_features(f->entrance.base, &features, &e);

	if (r == -ERROR_INTERRUPTED)
		return error_copy(err, &e);
	f->roots_are_off = r >= 0 && !features.credentials;
	return 0;
}

int fleet_find_management(struct fleet *f, struct error *err)
{
	struct organization o;
	bool found = false;
	int r = organizations_describe(f->entrance.base, &o, &found, err);

	if (r < 0)
		return r;
	if (!found)
		return error_set(err, ERROR_USAGE, "--assume-root: account "
			"'%s' is in no organization, whose members' roots it "
			"could look at", f->entrance.caller.account);
	strcpy(f->management, o.management);
	return find_features(f, err);
}

/* A quarter of an hour under a ceiling that lets nothing be changed. */
static int assume_root(struct fleet *f, const char *id,
	struct aws_credentials *ret, struct error *err)
{
	struct entrance *e = &f->entrance;
	int r = account_renew(e->run, &e->by->sign_in, e->base, &e->caller,
		err);

	return r < 0 ? r : sts_assume_root(e->base, id, STS_AUDIT_ROOT, ret,
		err);
}

int fleet_become_root(struct fleet *f, size_t item, struct aws_credentials *ret,
	bool *ret_again, struct error *err)
{
	const char *id = f->list.items[item].id;
	int64_t sent = deadline_now();
	struct error e;
	int r;

	*ret_again = false;
	if (strcmp(id, f->management) == 0 ||
		strcmp(id, f->entrance.caller.account) == 0)
		return 0;
	if (f->roots_are_off)
		return error_set(err, ERROR_REMOTE, "%s", FLEET_ROOTS_ARE_OFF);
	if (is_silent(f))
		return say_silent(f, err);
	r = assume_root(f, id, ret, &e);
	if (r >= 0) {
		note_entering(f, sent, true);
		f->roots++;
		return 0;
	}
	*ret_again = to_be_asked_again(f, item, sent, &e);
	return error_copy(err, &e);
}

/* ---- those that wait ---- */

void fleet_wait(struct fleet *f, size_t item)
{
	f->told[item].waits = ++f->waited;
	f->waiting++;
}

bool fleet_take_waiting(struct fleet *f, size_t *ret)
{
	size_t i, best = f->list.n;

	for (i = 0; i < f->begun && f->waiting > 0; i++)
		if (f->told[i].waits && (best == f->list.n ||
				f->told[i].waits < f->told[best].waits))
			best = i;
	if (best == f->list.n)
		return false;
	f->told[best].waits = 0;
	f->waiting--;
	*ret = best;
	return true;
}
