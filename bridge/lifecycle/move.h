/* SPDX-License-Identifier: Apache-2.0 */
/* Another holder, or another state. */
#ifndef BRIDGE_LIFECYCLE_MOVE_H
#define BRIDGE_LIFECYCLE_MOVE_H

#include "bridge/lifecycle/state.h"

/* Everything is borrowed. */
struct move_request {
	struct change_place place;
	const char *what;            /* a token, as a person names it */
	enum registry_state to;
	struct record_holder holder; /* of REGISTRY_ASSIGNED */
	const char *reason;          /* NULL: none */
	const char *force;           /* bindings may stay; NULL: not */
};

struct moved {
	struct registry_token row;   /* owned: as it was before */
	enum registry_state to;
	const char *holder;          /* behind it; borrowed from row and
	                                request; NULL: none */
	bool changed;                /* false: it was so already */
	bool stays_at_aws;           /* lost, and AWS still lets it in */
	struct registry_head head;
};

void moved_done(struct moved *m);

/*
 * To a holder, into the stock, or out of our hands (lost). Refused
 * (ERROR_REFUSED) where the states do not allow it, where bindings in force
 * would go into other hands, and where a run at AWS is not finished with it.
 * *ret is all zeros before, and filled also where only publishing failed.
 */
int lifecycle_move(const struct run *run, const struct move_request *q,
	struct moved *ret, struct error *err);

/* The token is not used any more; refused while it is bound, and while a run
 * at AWS is not finished with it, unless it is lost. */
int lifecycle_retire(const struct run *run, const struct move_request *q,
	struct moved *ret, struct error *err);

#endif
