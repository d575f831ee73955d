/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys for accounts, as fast as STS gives them: whoever was throttled is asked
 * for again behind all others, by the same rules as questions of IAM
 * (aws/many/governor.h), for as long as any are given.
 */
#include "bridge/audit/accounts/fleet.h"

#include "aws/many/calls.h"
#include "aws/query/retry.h"

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
	if (is_throttled(&e)) {
		note_entering(f, sent, false);
		*ret_again = !governor_is_in_vain(&f->entering,
			CALLS_PATIENCE_MS, deadline_now());
	}
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
