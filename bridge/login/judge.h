/* SPDX-License-Identifier: Apache-2.0 */
/* The signature counter of a login. */
#ifndef BRIDGE_LOGIN_JUDGE_H
#define BRIDGE_LOGIN_JUDGE_H

#include "base/deadline.h"
#include "bridge/login/counter.h"
#include "bridge/login/db.h"
#include "bridge/login/wire.h"

/*
 * Compares the counter with the last one, of login.db or of the file of
 * counters, and saves it. LOGIN_COUNTER where it fell or stood still (a
 * constant 0 does not), LOGIN_NO_RECORD where the last one cannot be told.
 * LOGIN_GRANTED with *ret_unsaved where only the medium says no (EIO, EROFS, no
 * room): a broken disk must not lock people out. err->text says why.
 */
enum login_result login_judge_counter(struct counters *counters,
	const struct login_credential *c, uint32_t counter, deadline_t until,
	bool *ret_unsaved, struct error *err);

#endif
