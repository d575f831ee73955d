/* SPDX-License-Identifier: Apache-2.0 */
/* The signature counter of a login. */
#include "bridge/login/judge.h"

#include <errno.h>

static bool medium_says_no(int e)
{
	return e == EIO || e == EROFS || e == ENOSPC || e == EDQUOT;
}

static enum login_result judge(struct counters *counters,
	const struct login_credential *c, uint32_t counter, bool *ret_unsaved,
	struct error *err)
{
	uint32_t last;

	if (counters_read(counters, c->slot, c->id, c->id_n, &last, err) < 0)
		return LOGIN_NO_RECORD;
	if (last < c->counter)
		last = c->counter;
	if (counter <= last && (counter != 0 || last != 0)) {
		error_set(err, ERROR_FAILED, "the signature counter is %u, but "
			"%u was seen before: this may be a clone", counter,
			last);
		return LOGIN_COUNTER;
	}
	if (counters_write(counters, c->slot, c->id, c->id_n, counter, err) ==
		0)
		return LOGIN_GRANTED;
	*ret_unsaved = medium_says_no(err->status);
	return *ret_unsaved ? LOGIN_GRANTED : LOGIN_NO_RECORD;
}

/* Locked, so that of two clones at the same moment one falls behind. */
enum login_result login_judge_counter(struct counters *counters,
	const struct login_credential *c, uint32_t counter, deadline_t until,
	bool *ret_unsaved, struct error *err)
{
	enum login_result result;

	if (counters_lock(counters, c->slot, until, err) < 0)
		return LOGIN_NO_RECORD;
	result = judge(counters, c, counter, ret_unsaved, err);
	counters_unlock(counters, c->slot);
	return result;
}
