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
/* Root has no device any more: its bindings go, *ret_n of them. */
int removal_record_unbind(const struct removal *q, struct removal_record *x,
	struct registry_head *ret_head, size_t *ret_n, struct error *err);
/*
 * What root lost: an event, whether or not a device of it was bound; none where
 * nothing was taken away, now or by an earlier run. Takes the list over.
 */
int removal_record_tell(const struct removal *q,
	const struct removal_record *x, json_t *words,
	struct registry_head *ret_head, struct error *err);
/* Nothing is owed any more, or (`left`) why something is. */
int removal_record_end(struct removal_record *x, bool left,
	struct error *err);

#endif
