/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys for accounts, as fast as STS gives them: whoever was throttled is asked
 * for again behind all others, by the same rules as questions of IAM
 * (aws/many/governor.h), for as long as any are given.
 */
#include "bridge/audit/accounts/fleet.h"

#include "aws/api/organizations.h"
#include "aws/api/sts-root.h"
#include "aws/many/calls.h"
#include "aws/query/retry.h"

#include <string.h>

void fleet_entering_init(struct fleet *f)
{
	governor_init(&f->entering, 1, 0, deadline_now());
}

int64_t fleet_entering_wait(struct fleet *f)
{
	return governor_wait(&f->entering, 0, deadline_now());
}

static bool is_throttled(const struct error *e)
{
	const struct attempt a = { .sent = true, .code = e->foreign };

	return e->code == ERROR_REMOTE && retry_class(&a) == RETRY_THROTTLED;
}

/* What became of it, to the governor; of a profile or the caller's own keys
 * STS was not asked. */
static void note_entering(struct fleet *f, int64_t sent, bool answered)
{
	int64_t now = deadline_now();

	governor_sent(&f->entering, now);
	if (answered)
		governor_answered(&f->entering, now);
	else
		governor_throttled(&f->entering, sent, now);
}

static bool to_be_asked_again(struct fleet *f, int64_t sent,
	const struct error *e)
{
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
	struct error e;
	int r = entrance_enter(&f->entrance, &f->list.items[item], ret, &e);

	*ret_again = false;
	if (r >= 0 && ret->keys.key_id[0])
		note_entering(f, sent, true);
	if (r >= 0)
		return 0;
	*ret_again = to_be_asked_again(f, sent, &e);
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
	r = assume_root(f, id, ret, &e);
	if (r >= 0) {
		note_entering(f, sent, true);
		f->roots++;
		return 0;
	}
	*ret_again = to_be_asked_again(f, sent, &e);
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
