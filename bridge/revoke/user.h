/* SPDX-License-Identifier: Apache-2.0 */
/* All that one IAM user has: access, then devices. */
#ifndef BRIDGE_REVOKE_USER_H
#define BRIDGE_REVOKE_USER_H

#include "bridge/revoke/work.h"

struct revoke_user {
	const char *name;     /* IAM user; "" where only the id is known */
	const char *id;       /* unique id; "": the name has to do */
	const char *holder;   /* whose everything it is; NULL: the user alone */
	struct journal *journal; /* that says it is begun; NULL: none yet */
	bool fresh;           /* the journal is this run's own */
};

/*
 * Every device of the user at AWS, and those that the registry still binds;
 * with w->cut the access before them. Devices that were enabled behind the
 * beginning of a run that is gone on with are told of, and stay. A device that
 * can be asked for by a person alone (u2f) goes last.
 *
 * Without a holder the rule of the last device is asked once, before anything
 * is done: ERROR_REFUSED. With one, the last device is a row that stays.
 *
 * A journal says that it was begun, until nothing of it is left; q->journal is
 * used up.
 */
int revoke_user(struct revoke_work *w, const struct revoke_user *q,
	struct error *err);

/* Writes down that it is begun; nothing where q has a journal already. */
int revoke_user_begin(struct revoke_work *w, const struct revoke_user *q,
	struct journal *ret, struct error *err);

/*
 * Runs of this kind in this account that were broken off, of the holder, or
 * (NULL) of the user by that name. The caller ends the list.
 */
int revoke_user_unfinished(struct revoke_work *w, const char *holder,
	const char *user, struct journal_list *ret, struct error *err);

#endif
