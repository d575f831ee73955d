/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What enrollment, revocation and the recovery of both share: asking AWS who
 * has the device, taking things back in an order that locks nobody out, writing
 * the binding.
 *
 * The rule of the order: AWS's device goes first, the seed in the token after
 * it; so nobody is left with a device at AWS whose codes nothing can make.
 */
#ifndef BRIDGE_MFA_SEQUENCE_H
#define BRIDGE_MFA_SEQUENCE_H

#include "bridge/account/account.h"
#include "bridge/mfa/decide.h"
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

/* Keeps AWS's id of the request that has just succeeded, for the event. */
void sequence_keep_request(struct journal_facts *f, const struct account *aws);

/* Gives both back; what fails here is tried again as long as the journal is
 * there, and ends by its expiry. */
int sequence_release(struct sequence *s, struct error *err);
/*
 * Gives both back, then removes the journal: in this order, or a death in
 * between would leave a reservation that nobody knows of. On failure the
 * journal stays.
 */
int sequence_end(struct sequence *s, struct error *err);

/* Whether the journal's token is lost or retired: it is not waited for. */
int sequence_is_given_up(struct sequence *s, bool *ret, struct error *err);

/*
 * Who has the journal's device. The user's name follows AWS's: facts.user is
 * the name that it has by now, where the unique id says that it is the same.
 */
int sequence_look(struct sequence *s, struct sight *ret, struct error *err);

/* Why it cannot go on, as an error, and in the journal what ends it. */
int sequence_stuck(struct sequence *s, enum decide_next next,
	const struct sight *sight, struct error *err);

/*
 * Whether the journal's device is assigned to its user, after an enabling
 * whose answer was lost: "no" is believed only after three asks over 20 s.
 */
int sequence_settle_enabled(struct sequence *s, bool *ret_assigned,
	struct error *err);

/* Asks for the deletion of the journal's device, again while AWS is at work on
 * it. */
int sequence_delete(struct sequence *s, struct error *err);
/* Says that the device stays, and an administrator's command. */
void sequence_say_orphan(const struct sequence *s, const struct error *why);

enum sequence_undo {
	SEQUENCE_UNDONE,   /* nothing is left anywhere */
	SEQUENCE_ORPHAN,   /* the caller may not delete the device at AWS; an
	                      administrator's command was printed */
	SEQUENCE_OWED,     /* the token is not here: its account stays */
	SEQUENCE_ASSIGNED, /* AWS says that the user has it: go forward */
};

/*
 * Takes back what the journal says was begun. `patient`: what AWS says about an
 * enabling is not believed at once. Errors leave the journal as it is, so
 * that the next run goes on.
 */
int sequence_undo(struct sequence *s, bool patient, enum sequence_undo *ret,
	struct error *err);

#define SEQUENCE_TOKEN_LEN 80

/* "token 12345678", "the token with the OATH application AbC": for people, of a
 * token that may not be here. Returns `ret`. */
const char *sequence_token(const struct journal_facts *f,
	char ret[SEQUENCE_TOKEN_LEN]);

enum sequence_account {
	SEQUENCE_ACCOUNT_NONE,    /* it is not in the token */
	SEQUENCE_ACCOUNT_REMOVED, /* it was, and was taken out */
	SEQUENCE_ACCOUNT_LEFT,    /* the token cannot be looked into */
};

/* Takes the journal's OATH credential out of the token. With LEFT, ret_why says
 * what is in the way, as the end of a sentence about the token. */
int sequence_remove_account(struct sequence *s, enum sequence_account *ret,
	struct error *ret_why, struct error *err);

/* Writes the binding of an enabled device, and with it whose token this is; a
 * repeat changes nothing. */
int sequence_bind(struct sequence *s, struct registry_head *ret_head,
	struct error *err);
/* Takes the journal's binding back. */
int sequence_unbind(struct sequence *s, struct registry_head *ret_head,
	struct error *err);

#endif
