/* SPDX-License-Identifier: Apache-2.0 */
/* What is written down about a removal: its journal, and the registry. */
#ifndef BRIDGE_MEMBER_REMOVAL_RECORD_H
#define BRIDGE_MEMBER_REMOVAL_RECORD_H

#include "bridge/journal/journal.h"
#include "bridge/member/removal.h"
#include "bridge/root/progress.h"

struct removal_record {
	struct root_place place; /* one run at a time works on an account's root */
	bool led;                /* somebody's set-up of it is not finished */
	struct journal journal;  /* path NULL: not begun */
	bool resumed;            /* an earlier run began it */
	size_t bound;            /* root's devices in the registry */
};

void removal_record_init(struct removal_record *x);
void removal_record_done(struct removal_record *x);

/* Takes the account's root, and up what an earlier run began. ERROR_BUSY. */
int removal_record_open(const struct removal *q, struct removal_record *x,
	struct error *err);
/* Writes down that it begins; nothing where an earlier run has. */
int removal_record_begin(const struct removal *q, struct removal_record *x,
	struct error *err);
/*
 * Before anything is sent that takes `h` away: which kinds that is, and which
 * virtual devices, so that a run that goes on knows what it was that did it.
 */
int removal_record_send(struct removal_record *x, const struct holding *h,
	struct error *err);
/* Kinds that were sent and stand in no event yet, a bit (1 << kind) each. */
unsigned removal_record_sent(const struct removal_record *x);
/*
 * The next of root's virtual devices that were taken away, at *place, which is 0
 * before the first; false: no more.
 */
bool removal_record_next(const struct removal_record *x, size_t *place,
	char ret[IAM_SERIAL_MAX + 1]);
/* Root has no device any more: its bindings go, *ret_n of them. */
int removal_record_unbind(const struct removal *q, struct removal_record *x,
	struct registry_head *ret_head, size_t *ret_n, struct error *err);
/*
 * What a run was about to tell when it was broken off, as it would have told it:
 * where it is written already nothing changes. Before anything else is done.
 */
int removal_record_tell_earlier(const struct removal *q,
	struct removal_record *x, struct registry_head *ret_head,
	struct error *err);
/*
 * What root lost, a bit (1 << kind) each: an event, whether or not a device of
 * it was bound; none for 0. Announced in the journal first.
 */
int removal_record_tell(const struct removal *q,
	struct removal_record *x, unsigned lost,
	struct registry_head *ret_head, struct error *err);
/* Nothing is owed any more, or (`left`) why something is. */
int removal_record_end(struct removal_record *x, bool left,
	struct error *err);

#endif
