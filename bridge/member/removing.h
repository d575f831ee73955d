/* SPDX-License-Identifier: Apache-2.0 */
/* A removal under way: what its parts share. */
#ifndef BRIDGE_MEMBER_REMOVING_H
#define BRIDGE_MEMBER_REMOVING_H

#include "bridge/account/passing.h"
#include "bridge/member/removal-record.h"

struct removing {
	const struct removal *q;
	struct removal_receipt *ret;
	struct removal_record record;
	struct member member;
	struct holdings has;
	const struct holding *now; /* what is taken away */
	struct holdings gone;      /* virtual devices that are not root's any
	                              more, by this run */
	unsigned lost;             /* kinds that went, a bit (1 << kind) each */
};

/* A row of the receipt. `command` is taken over; NULL: none. */
void removing_tell(struct removing *x, enum removal_outcome outcome,
	const char *what, const char *subject, const char *text, char *command);

/* Sends it until AWS has answered: each of the acts may be done twice. */
int removing_send(struct removing *x, passing_fn *send, void *data,
	struct error *err);

/*
 * Behind all else: deletes those virtual devices, and those that an earlier run
 * took away and was broken off, by a role of the account, where there is one.
 * What nobody here may delete is told with the command, and is no error.
 */
int removing_delete(struct removing *x, struct error *err);

#endif
