/* SPDX-License-Identifier: Apache-2.0 */
/* What every act of this room works with. */
#ifndef BRIDGE_REVOKE_WORK_H
#define BRIDGE_REVOKE_WORK_H

#include "bridge/account/account.h"
#include "bridge/journal/journal.h"
#include "bridge/revoke/receipt.h"

/* Everything is borrowed. */
struct revoke_work {
	const struct run *run;
	struct account *aws;  /* guarded already */
	struct registry *reg; /* writable */
	struct event_actor actor;
	const char *reason;   /* NULL: none */
	bool last;            /* though it may be somebody's last way in */
	bool cut;             /* access goes first: policy, keys, password */
	const char *visited;  /* accounts that this command goes to, too, with
	                         blanks between; NULL: none */
	bool lost;            /* AWS did not answer: nothing more is asked */
	struct revoke_receipt *receipt;
};

/* What earlier runs left is gone through; once for each command. */
int revoke_settle(struct revoke_work *w, struct error *err);

/*
 * A row for each device of an earlier revocation that AWS has kept, unassigned,
 * though it was asked for its deletion again; only behind revoke_settle(), or
 * what the next request would end is told as left. Of one IAM user (unique id)
 * or one token (id of its row); NULL: of any.
 */
int revoke_tell_undeleted(struct revoke_work *w, const char *user,
	const char *token, struct error *err);

/*
 * Takes one device away and tells of it; what hinders that is a row.
 * ERROR_INTERRUPTED, and where memory or the registry fail.
 */
int revoke_device(struct revoke_work *w, const char *user, const char *serial,
	struct error *err);

/* A row about something of AWS's user that stays, with the reason and the
 * command (a new string that is taken over, NULL: none). */
void revoke_leave(struct revoke_work *w, const char *what,
	const char *subject, const char *user, const char *why, char *command);

/* `tokenbridge revoke` of that device, a new string. */
char *revoke_device_command(const struct revoke_work *w, const char *user,
	const char *serial);

/* Whether a device is of another account than the one that is worked on. */
bool revoke_is_elsewhere(const struct revoke_work *w,
	const struct registry_binding *b);
/* Tells of it, with the command for a run there. */
void revoke_tell_elsewhere(struct revoke_work *w,
	const struct registry_binding *b);

/* An answer that never came says nothing of the effect. */
bool revoke_is_unknown(const struct error *e);

#endif
