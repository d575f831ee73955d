/* SPDX-License-Identifier: Apache-2.0 */
/* What `audit --record` counted of users, the newest count of each. */
#ifndef BRIDGE_LEDGER_COUNTS_H
#define BRIDGE_LEDGER_COUNTS_H

#include "bridge/registry/registry.h"

#include <jansson.h>

/* Of whom; everything is borrowed. */
struct counts_wanted {
	const char *user; /* IAM user, by name or unique id; NULL: not said */
	/* and whoever has an AWS binding here: */
	const struct registry_tokens *tokens;
	const struct registry_bindings *bindings;
	time_t at;        /* by events up to then; 0: by all */
};

/*
 * A new array, by account and unique id, of
 *	{account, userId, user, devices, kinds: [], seen, recorded, by, event}
 * `user` and `by` are names (the caller's ARN), null once erased; `seen` is when
 * AWS told it, `event` the number of the event that holds it. All events are
 * read.
 */
int counts_find(struct registry *reg, const struct counts_wanted *w,
	json_t **ret, struct error *err);

#endif
