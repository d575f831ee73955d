/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys that a holder's secrets are encrypted for. They are personal data:
 * they stand in `names` under the holder's id, and the event says only that
 * they changed.
 */
#ifndef BRIDGE_INITIAL_RECIPIENTS_H
#define BRIDGE_INITIAL_RECIPIENTS_H

#include "bridge/run/run.h"
#include "bridge/seal/recipient.h"
#include "bridge/verify/record.h"

/*
 * Into an empty *ret, which stays empty where there are none. ret_id is the
 * holder's. ERROR_FAILED where the registry has no holder of that name.
 */
int initial_recipients(struct registry *reg, const char *holder,
	char ret_id[ID_LEN], struct recipients *ret, struct error *err);

struct recipients_changed {
	bool changed;
	char holder[ID_LEN];
	struct registry_head head;
};

/*
 * These in place of those that are there; none takes them away. A holder that
 * is new becomes a person of the registry, unless there is nothing to write
 * down: ERROR_FAILED.
 */
int initial_set_recipients(const struct run *run, struct registry *reg,
	const char *holder, const struct recipients *to,
	struct recipients_changed *ret, struct error *err);

#endif
