/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What enrollment, revocation and the recovery of both share: settling what a
 * lost answer left open, taking things back in an order that locks nobody out,
 * writing the binding.
 *
 * The rule of the order: AWS's device goes first, the seed in the token after
 * it; so nobody is left with a device at AWS whose codes nothing can make.
 */
#ifndef BRIDGE_MFA_SEQUENCE_H
#define BRIDGE_MFA_SEQUENCE_H

#include "bridge/account/account.h"
#include "bridge/journal/journal.h"
#include "bridge/verify/record.h"
#include "token/worker/worker.h"

/* What a sequence works with; everything is borrowed. */
struct sequence {
	const struct run *run;
	struct account *aws;
	struct registry *reg;
	struct worker *worker;
	struct journal *journal;
	struct event_actor actor;
};

/*
 * Reserves the journal's user, so that two stations do not enroll for the same
 * one; only behind JOURNAL_INTENT, since the journal's owner is the
 * reservation's: a run that died gives it back by recovery.
 */
int sequence_reserve_user(struct sequence *s, struct error *err);
/* The same for the journal's token row. */
int sequence_reserve_token(struct sequence *s, struct error *err);
/* Fills in what the intent of every sequence says: kind, account, user. */
void sequence_intent(struct journal_facts *ret, enum journal_kind kind,
	const struct account *aws, const struct iam_user *user);

/* Gives both back; what fails ends by its expiry. */
void sequence_release(struct sequence *s);
/* Gives both back, then removes the journal: in this order, or a death in
 * between would leave a reservation that nobody knows of. */
int sequence_end(struct sequence *s, struct error *err);

/*
 * Whether the journal's device is assigned to its user, after an enabling
 * whose answer was lost: "no" is believed only after three asks over 20 s.
 */
int sequence_settle_enabled(struct sequence *s, bool *ret_assigned,
	struct error *err);

enum sequence_undo {
	SEQUENCE_UNDONE,   /* nothing is left anywhere */
	SEQUENCE_ORPHAN,   /* the caller may not delete the device at AWS; an
	                      administrator's command was printed */
	SEQUENCE_OWED,     /* the token is not here: its account stays */
	SEQUENCE_ASSIGNED, /* AWS says that the device is in use: go forward */
};

/*
 * Takes back what the journal says was begun. Errors leave the journal as it
 * is, so that the next run goes on.
 */
int sequence_undo(struct sequence *s, enum sequence_undo *ret,
	struct error *err);

#define SEQUENCE_TOKEN_LEN 80

/* "token 12345678", "the token with the OATH application AbC": for people, of a
 * token that may not be here. Returns `ret`. */
const char *sequence_token(const struct journal_facts *f,
	char ret[SEQUENCE_TOKEN_LEN]);

/* Removes the journal's OATH credential; *ret_gone false: the token is away. */
int sequence_remove_account(struct sequence *s, bool *ret_gone,
	struct error *err);

/* Writes the binding of an enabled device; a repeat changes nothing. */
int sequence_bind(struct sequence *s, struct registry_head *ret_head,
	struct error *err);
/* Takes the journal's binding back. */
int sequence_unbind(struct sequence *s, struct registry_head *ret_head,
	struct error *err);

#endif
