/* SPDX-License-Identifier: Apache-2.0 */
/* A token in a safe: out of its bag, and into a new one. */
#ifndef BRIDGE_LIFECYCLE_BAG_H
#define BRIDGE_LIFECYCLE_BAG_H

#include "bridge/lifecycle/state.h"

/* Everything is borrowed. */
struct bag_request {
	struct registry *reg;  /* writable */
	const char *what;      /* a token, as a person names it */
	struct record_bag bag; /* OUT, or SEALED with a number; both custodians */
	const char *reason;    /* NULL: none */
};

struct bagged {
	struct registry_token row; /* owned; as it was before */
	struct registry_head head;
};
void bagged_done(struct bagged *b);

/*
 * ERROR_REFUSED where the token is with a person, is out already, is sealed
 * still, or would go into the bag that it came out of: a bag that was opened
 * proves nothing any more.
 */
int lifecycle_bag(const struct run *run, const struct bag_request *q,
	struct bagged *ret, struct error *err);

#endif
