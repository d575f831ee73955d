/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A link of the chain: a draft as it goes behind a head. What a store has to
 * do is to put it there, and nobody else's before.
 */
#ifndef BRIDGE_REGISTRY_LINK_H
#define BRIDGE_REGISTRY_LINK_H

#include "bridge/event/event.h"
#include "bridge/registry/head.h"

struct link {
	struct buf bytes;          /* owned; as written, for ever */
	struct event event;        /* owned; the same, read back */
	struct registry_head head; /* at this event */
};

#define LINK_INIT { .event = EVENT_INIT }

void link_done(struct link *l);

/*
 * Fills in what a draft leaves open: the time, and the journal, whose new id
 * then stands in `journal`, which must live as long as the draft. ERROR_FAILED
 * without randomness.
 */
int link_complete(struct event_draft *d, char journal[ID_LEN],
	struct error *err);

/*
 * Makes the link of a complete draft behind a head (NULL: event 0) of the
 * station. ERROR_MALFORMED; *ret is untouched then.
 */
int link_make(struct link *ret, const char *station,
	const struct registry_head *behind, const struct event_draft *d,
	struct error *err);

#endif
