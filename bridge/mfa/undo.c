/* SPDX-License-Identifier: Apache-2.0 */
/* Taking back what a sequence began, at AWS and in the token. */
#include "bridge/mfa/sequence.h"

#include "bridge/account/passing.h"
#include "bridge/prompt/oath.h"
#include "bridge/registry/lookup.h"
#include "token/worker/oath.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* A request that left before a crash may still arrive for this long. */
#define IN_FLIGHT_S 5
#define CARD_MS 15000

/* ---- at AWS ---- */

static int wait_in_flight(struct sequence *s, struct error *err)
{
	time_t age = time(NULL) - s->journal->since;

	if (s->journal->point != JOURNAL_CREATE_SENT || age >= IN_FLIGHT_S)
		return 0;
	/* the clock was set back since: it may have been a moment ago */
	if (age < 0)
		age = 0;
	return run_pause(s->run, (IN_FLIGHT_S - age) * 1000, err);
}

static enum decide_next next_of(const struct sequence *s,
	const struct sight *sight)
{
	struct decide_facts f = decide_facts(s->journal, sight);

	return decide_next(&f);
}

/* Of an enabling whose answer was lost "no" is believed after the third time. */
static int undo_look(struct sequence *s, bool patient, struct sight *ret,
	struct error *err)
{
	static const int64_t pauses[] = { 0, 6000, 14000 };
	enum decide_stage stage = decide_stage(s->journal->facts.kind,
		s->journal->point);
	size_t i, asks = stage == STAGE_ENABLING && patient ?
		ARRAY_LEN(pauses) : 1;
	int r;

	for (i = 0; i < asks; i++) {
		if (i > 0)
			run_say(s->run, "AWS does not show the device yet: "
				"asking again in %lld s.",
				(long long)pauses[i] / 1000);
		r = run_pause(s->run, pauses[i], err);
		if (r == 0)
			r = sequence_look(s, ret, err);
		if (r < 0 || ret->at == SIGHT_HIS || ret->at == SIGHT_OTHERS)
			return r;
	}
	return 0;
}

static int send_delete(void *data, struct error *err)
{
	struct sequence *s = data;

	return iam_delete_virtual_mfa_device(s->aws->session,
		s->journal->facts.serial, err);
}

int sequence_delete(struct sequence *s, struct error *err)
{
	return passing_send(s->run, send_delete, s, false, err);
}

void sequence_say_orphan(const struct sequence *s, const struct error *why)
{
	const struct journal_facts *f = &s->journal->facts;

	run_warn(s->run, "the unassigned device '%s' stays in account %s: %s",
		f->serial, f->account, why->text);
	run_say(s->run, "An administrator can remove it with:");
	run_say(s->run, "  aws iam delete-virtual-mfa-device --serial-number "
		"%s", f->serial);
}

/* Somebody has it after all: who, and does that change what is to be done? */
static int undo_in_use(struct sequence *s, enum sequence_undo *ret,
	struct error *err)
{
	struct sight sight;
	enum decide_next next;
	int r = sequence_look(s, &sight, err);

	if (r < 0)
		return r;
	next = next_of(s, &sight);
	if (next == NEXT_BIND) {
		*ret = SEQUENCE_ASSIGNED;
		return 0;
	}
	if (decide_is_stuck(next))
		return sequence_stuck(s, next, &sight, err);
	return error_set(err, ERROR_CONFLICT,
		"AWS says that device '%s' is in use, and not whose it is",
		s->journal->facts.serial);
}

/* Where the device is when AWS has been asked to take it back. */
struct undo {
	enum sequence_undo device;
	bool ended;       /* nothing is owed, to the token either */
	struct error why; /* of an orphan */
};

/* Not there is what we want. */
static int undo_device(struct sequence *s, struct undo *u, struct error *err)
{
	int r = sequence_delete(s, &u->why);

	if (r == 0 || strcmp(u->why.foreign, "NoSuchEntity") == 0)
		return 0;
	if (strcmp(u->why.foreign, "DeleteConflict") == 0)
		return undo_in_use(s, &u->device, err);
	if (u->why.code != ERROR_REMOTE)
		return error_copy(err, &u->why);
	u->device = SEQUENCE_ORPHAN;
	sequence_say_orphan(s, &u->why);
	return 0;
}

/* Whoever made it: nothing that may be another's is deleted. */
static int leave_unclaimed(struct sequence *s, struct undo *u)
{
	u->device = SEQUENCE_ORPHAN;
	error_set(&u->why, ERROR_CONFLICT,
		"its name may have been given by others too, and AWS's answer "
		"to its making was never seen");
	sequence_say_orphan(s, &u->why);
	return 0;
}

static int undo_at_aws(struct sequence *s, bool patient, struct undo *u,
	struct error *err)
{
	struct sight sight;
	enum decide_next next;
	int r;

	r = wait_in_flight(s, err);
	if (r == 0)
		r = undo_look(s, patient, &sight, err);
	if (r < 0)
		return r;
	next = next_of(s, &sight);
	if (next == NEXT_UNCLAIMED)
		return leave_unclaimed(s, u);
	if (decide_is_stuck(next))
		return sequence_stuck(s, next, &sight, err);
	if (next == NEXT_BIND)
		u->device = SEQUENCE_ASSIGNED;
	u->ended = next == NEXT_END;
	if (next == NEXT_END && sight.user[0])
		run_say(s->run, "Device '%s', which was left over, is '%s's by "
			"now.", s->journal->facts.serial, sight.user);
	return next == NEXT_DELETE ? undo_device(s, u, err) : 0;
}

/* ---- in the token ---- */

/* Where the token is plugged in now nobody knows: its applet's id finds it. */
static void sequence_card_place(const struct journal_facts *f,
	struct card_place *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->has_serial = f->token_serial != 0;
	ret->serial = f->token_serial;
	snprintf(ret->id, sizeof(ret->id), "%s", f->oath_id);
}

/* By its label, where the record has one. */
static const char *who_is_owed(const struct sequence *s,
	char ret[SEQUENCE_TOKEN_LEN])
{
	const struct journal_facts *f = &s->journal->facts;
	char room[REGISTRY_LABEL_LEN];
	const char *label = f->token_serial ? registry_label_by_serial(s->reg,
		f->token_serial, room) : NULL;

	if (!label)
		return sequence_token(f, ret);
	snprintf(ret, SEQUENCE_TOKEN_LEN, "token '%.70s'", label);
	return ret;
}

/* The token's card; NULL: it is not here, and why. */
static int find_card(struct sequence *s, struct card_place *place,
	struct oath_card **ret, struct error *ret_why, struct error *err)
{
	char who[SEQUENCE_TOKEN_LEN];
	struct oath_search q = { .config = false };
	bool given_up = false;
	int r;

	sequence_card_place(&s->journal->facts, &q.token);
	r = oath_find(s->worker, &q, ret, s->run->cancel_fd,
		deadline_in(CARD_MS), err);
	*place = q.token;
	if (r < 0 && r != -ERROR_UNSUPPORTED)
		return r;
	if (r == 0 && *ret)
		return 0;
	if (sequence_is_given_up(s, &given_up, NULL) < 0)
		given_up = false;
	error_set(ret_why, ERROR_NO_TOKEN, given_up ?
		"%s is lost or retired by the registry: nothing waits for it" :
		"%s is not here: plug it in",
		who_is_owed(s, who));
	return 0;
}

/* What is in it shows only then; NULL: it stays locked, and why. */
static int unlock_card(struct sequence *s, struct card_place *place,
	struct oath_card **card, struct error *ret_why, struct error *err)
{
	char who[SEQUENCE_TOKEN_LEN];
	int r;

	memcpy(place->id, (*card)->applet.id, sizeof(place->id));
	free_p(card);
	r = prompt_oath_password(s->run, s->worker, place,
		who_is_owed(s, who), ret_why);
	if (r == -ERROR_INTERRUPTED)
		return error_copy(err, ret_why);
	return r < 0 ? 0 : find_card(s, place, card, ret_why, err);
}

static bool holds(const struct oath_applet *a, const char *account)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		if (strcmp(a->accounts[i].name, account) == 0)
			return true;
	return false;
}

/*
 * An application with another id was reset since, and the account went with it;
 * but its name is nobody else's, so that the list decides and not the id.
 */
static int remove_from(struct sequence *s, const struct oath_card *card,
	struct card_place *place, enum sequence_account *ret,
	struct error *err)
{
	const char *account = s->journal->facts.oath_account;
	struct oath_target target = { .name = account };
	bool deleted = false;
	int r;

	*ret = SEQUENCE_ACCOUNT_NONE;
	if (!card->has_oath || !holds(&card->applet, account))
		return 0;
	memcpy(place->id, card->applet.id, sizeof(place->id));
	target.place = *place;
	r = oath_delete(s->worker, &target, &deleted, s->run->cancel_fd,
		deadline_in(CARD_MS), err);
	if (r < 0 || !deleted)
		return r;
	*ret = SEQUENCE_ACCOUNT_REMOVED;
	s->journal->facts.did |= JOURNAL_DID_ACCOUNT;
	return 0;
}

int sequence_remove_account(struct sequence *s, enum sequence_account *ret,
	struct error *ret_why, struct error *err)
{
	const struct journal_facts *f = &s->journal->facts;
	CLEANUP(free_p) struct oath_card *card = NULL;
	struct card_place place;
	int r;

	*ret = SEQUENCE_ACCOUNT_NONE;
	if (!f->oath_account[0] || (!f->oath_id[0] && !f->token_serial))
		return 0;
	r = find_card(s, &place, &card, ret_why, err);
	if (r == 0 && card && card->applet.locked)
		r = unlock_card(s, &place, &card, ret_why, err);
	if (r < 0)
		return r;
	if (card)
		return remove_from(s, card, &place, ret, err);
	*ret = SEQUENCE_ACCOUNT_LEFT;
	return 0;
}

/* From here on never forward: the seed is about to go. */
static int undo_in_token(struct sequence *s, bool *ret_left,
	struct error *err)
{
	struct journal *j = s->journal;
	enum sequence_account account;
	bool given_up = false;
	struct error why;
	int r = 0;

	*ret_left = false;
	if (j->point < JOURNAL_PUT_SENT || j->point == JOURNAL_ORPHAN)
		return 0;
	if (j->point != JOURNAL_UNDO)
		r = journal_point(j, JOURNAL_UNDO, err);
	if (r == 0)
		r = sequence_remove_account(s, &account, &why, err);
	if (r == 0 && account == SEQUENCE_ACCOUNT_LEFT)
		r = sequence_is_given_up(s, &given_up, err);
	if (r < 0)
		return r;
	*ret_left = account == SEQUENCE_ACCOUNT_LEFT && !given_up;
	return *ret_left ? journal_stuck(j, &why, NULL, err) : 0;
}

/* ---- together ---- */

/* Only AWS's part is still owed. */
static int keep_orphan(struct sequence *s, const struct error *why,
	struct error *err)
{
	struct journal *j = s->journal;
	int r = 0;

	j->facts.oath_account[0] = '\0';
	if (j->point != JOURNAL_ORPHAN)
		r = journal_point(j, JOURNAL_ORPHAN, err);
	return r < 0 ? r : journal_stuck(j, why, NULL, err);
}

int sequence_undo(struct sequence *s, bool patient, enum sequence_undo *ret,
	struct error *err)
{
	struct undo u = { .device = SEQUENCE_UNDONE };
	bool left = false;
	int r = 0;

	if (decide_stage(s->journal->facts.kind, s->journal->point) !=
		STAGE_NOTHING)
		r = undo_at_aws(s, patient, &u, err);
	if (r < 0)
		return r;
	*ret = u.device;
	if (u.device == SEQUENCE_ASSIGNED)
		return 0;
	if (!u.ended)
		r = undo_in_token(s, &left, err);
	if (r < 0)
		return r;
	if (left) {
		*ret = SEQUENCE_OWED;
		return 0;
	}
	return u.device == SEQUENCE_ORPHAN ? keep_orphan(s, &u.why, err) :
		sequence_end(s, err);
}
