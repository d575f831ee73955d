/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Revocation of one device. What AWS answers decides as long as it is an
 * answer; where it is none, or contradicts, AWS's lists are asked who has the
 * device, and the next step is decided from that.
 */
#include "bridge/mfa/revoke.h"

#include "bridge/account/passing.h"

#include <string.h>
#include <time.h>

/* A list may lag behind an effect whose answer was lost. */
#define LAG_S 30
static const int64_t pauses[] = { 0, 2000, 6000, 12000 };

struct revoking {
	struct sequence *s;
	bool fresh;             /* nothing was sent before this run */
	bool sent;              /* by an earlier run, whose answer nobody has */
	bool doubt_deactivated; /* it may be so: an answer was lost */
	bool doubt_deleted;
	bool orphan;
	struct error why;       /* of the last refusal, or of the orphan */
};

/* What became of one step. */
enum went {
	WENT_ON = 1, /* AWS's part is done */
	WENT_LOOK,   /* the lists have to tell; x->why is kept */
};

static bool is_code(const struct error *e, const char *code)
{
	return strcmp(e->foreign, code) == 0;
}

static bool effect_is_unknown(const struct error *e)
{
	return e->code == ERROR_UNREACHABLE || e->code == ERROR_TIMEOUT ||
		e->code == ERROR_MALFORMED;
}

/* Whether a list that says otherwise may not have heard of it yet. */
static bool may_lag(const struct revoking *x)
{
	time_t age = time(NULL) - x->s->journal->since;

	return x->doubt_deactivated ||
		(!x->fresh && age >= 0 && age < LAG_S);
}

/* ---- at AWS ---- */

static int send_deactivate(void *data, struct error *err)
{
	struct sequence *s = data;
	struct journal_facts *f = &s->journal->facts;
	int r = iam_deactivate_mfa_device(s->aws->session, f->user, f->serial,
		err);

	if (r == 0)
		sequence_keep_request(f, s->aws);
	return r;
}

static int note(struct revoking *x, unsigned deed, enum journal_point point,
	struct error *err)
{
	struct journal *j = x->s->journal;

	j->facts.did |= deed;
	if (j->point > point && decide_stage(j->facts.kind, j->point) !=
		STAGE_REVOKING)
		return 0;
	return journal_point(j, point, err);
}

static int delete_step(struct revoking *x, struct error *err);

/* Behind a deactivation; what is no virtual device is gone with it. */
static int after_deactivation(struct revoking *x, struct error *err)
{
	const char *serial = x->s->journal->facts.serial;

	if (device_kind(serial) == DEVICE_VIRTUAL)
		return delete_step(x, err);
	return WENT_ON;
}

static int deactivate_step(struct revoking *x, struct error *err)
{
	struct journal *j = x->s->journal;
	bool sent_before = j->point >= JOURNAL_DEACTIVATE_SENT;
	int r = 0;

	if (!sent_before)
		r = journal_point(j, JOURNAL_DEACTIVATE_SENT, err);
	if (r < 0)
		return r;
	r = passing_send(x->s->run, send_deactivate, x->s, false, &x->why);
	if (r == 0) {
		x->doubt_deactivated = false;
		r = note(x, JOURNAL_DID_DEACTIVATE, JOURNAL_DEACTIVATED, err);
		return r < 0 ? r : after_deactivation(x, err);
	}
	if (is_code(&x->why, "NoSuchEntity")) {
		if (x->sent || x->doubt_deactivated)
			j->facts.did |= JOURNAL_DID_DEACTIVATE;
		/* the list lags, or somebody was faster: deleting tells */
		return device_kind(j->facts.serial) == DEVICE_VIRTUAL ?
			delete_step(x, err) : WENT_LOOK;
	}
	if (effect_is_unknown(&x->why)) {
		x->doubt_deactivated = true;
		return WENT_LOOK;
	}
	return may_lag(x) && x->why.code == ERROR_REMOTE ? WENT_LOOK :
		error_copy(err, &x->why);
}

static int delete_step(struct revoking *x, struct error *err)
{
	int r = sequence_delete(x->s, &x->why);
	bool gone = r < 0 && is_code(&x->why, "NoSuchEntity");

	if (r == 0 || gone) {
		r = note(x, !gone || x->doubt_deleted ? JOURNAL_DID_DELETE : 0,
			JOURNAL_DELETED, err);
		return r < 0 ? r : WENT_ON;
	}
	if (effect_is_unknown(&x->why)) {
		x->doubt_deleted = true;
		return WENT_LOOK;
	}
	if (is_code(&x->why, "DeleteConflict"))
		return WENT_LOOK;
	if (x->why.code != ERROR_REMOTE)
		return error_copy(err, &x->why);
	x->orphan = true;
	return WENT_ON;
}

/* What the lists say was done by a request whose answer was lost. */
static void believe(struct revoking *x, const struct sight *sight)
{
	unsigned *did = &x->s->journal->facts.did;

	if (sight->at == SIGHT_HIS || sight->at == SIGHT_UNSEEN ||
		sight->at == SIGHT_UNLISTED)
		return;
	if (x->sent || x->doubt_deactivated)
		*did |= JOURNAL_DID_DEACTIVATE;
	if (sight->at == SIGHT_ABSENT && x->doubt_deleted)
		*did |= JOURNAL_DID_DELETE;
}

/* It is not there by the list, nor by the answer to its deactivation. */
static bool is_told_twice(const struct revoking *x, const struct sight *sight)
{
	return sight->at == SIGHT_UNLISTED && is_code(&x->why, "NoSuchEntity");
}

static int act(struct revoking *x, const struct sight *sight,
	struct error *err)
{
	struct decide_facts f = decide_facts(x->s->journal, sight);
	enum decide_next next = decide_next(&f);

	believe(x, sight);
	switch (next) {
	case NEXT_DEACTIVATE:
		return is_told_twice(x, sight) ? WENT_ON :
			deactivate_step(x, err);
	case NEXT_DELETE:
		return delete_step(x, err);
	case NEXT_LOCAL:
	case NEXT_END:
		return WENT_ON;
	default:
		return sequence_stuck(x->s, next, sight, err);
	}
}

/* Until AWS's part is done, in this run or an earlier one. */
static int revoke_at_aws(struct revoking *x, const struct sight *seen,
	struct error *err)
{
	struct sight sight;
	size_t i;
	int r;

	for (i = 0; i < ARRAY_LEN(pauses); i++) {
		if (i > 1)
			run_say(x->s->run, "Asking AWS again in %lld s who has "
				"the device.", (long long)pauses[i] / 1000);
		r = run_pause(x->s->run, pauses[i], err);
		if (r == 0 && seen)
			sight = *seen;
		else if (r == 0)
			r = sequence_look(x->s, &sight, err);
		if (r == 0)
			r = act(x, &sight, err);
		if (r != WENT_LOOK)
			return r < 0 ? r : 0;
		seen = NULL;
	}
	return error_copy(err, &x->why);
}

/* Whether nothing at all came of it. */
static bool came_to_nothing(const struct revoking *x, const struct error *e)
{
	return x->fresh && !x->doubt_deactivated && e->code == ERROR_REMOTE &&
		x->s->journal->point == JOURNAL_DEACTIVATE_SENT;
}

/* ---- here ---- */

static int revoke_here(struct revoking *x, struct revoked *done,
	struct error *err)
{
	struct sequence *s = x->s;
	struct journal *j = s->journal;
	enum sequence_account account = SEQUENCE_ACCOUNT_NONE;
	int r = 0;

	account_remember_gone(s->reg, j->facts.account, j->facts.serial,
		decide_known(&j->facts), j->id);
	if (j->point != JOURNAL_ACCOUNT_GONE)
		r = sequence_remove_account(s, &account, &done->left, err);
	done->account_left = account == SEQUENCE_ACCOUNT_LEFT;
	/* an orphan is still to be deleted, so its point has to say so */
	if (r == 0 && !done->account_left && !x->orphan &&
		j->point != JOURNAL_ACCOUNT_GONE)
		r = journal_point(j, JOURNAL_ACCOUNT_GONE, err);
	return r < 0 ? r : sequence_unbind(s, &done->head, err);
}

static int keep_orphan(struct revoking *x, struct error *err)
{
	struct journal *j = x->s->journal;
	int r = 0;

	sequence_say_orphan(x->s, &x->why);
	if (j->point != JOURNAL_ORPHAN)
		r = journal_point(j, JOURNAL_ORPHAN, err);
	return r < 0 ? r : journal_stuck(j, &x->why, NULL, err);
}

static int finish(struct revoking *x, struct revoked *ret, struct error *err)
{
	struct revoked done = { .orphan = x->orphan };
	struct sequence *s = x->s;
	int r;

	r = s->journal->point == JOURNAL_ORPHAN ?
		registry_head(s->reg, &done.head, err) :
		revoke_here(x, &done, err);
	if (r == 0)
		r = x->orphan ? keep_orphan(x, err) : sequence_end(s, err);
	if (r < 0)
		return r;
	*ret = done;
	return 0;
}

int revoke_run(struct sequence *s, bool fresh, const struct sight *seen,
	struct revoked *ret, struct error *err)
{
	struct journal *j = s->journal;
	struct revoking x = { .s = s, .fresh = fresh,
		.sent = j->point == JOURNAL_DEACTIVATE_SENT };
	struct error why;
	int r = 0;

	if (decide_stage(j->facts.kind, j->point) != STAGE_REVOKED)
		r = revoke_at_aws(&x, seen, &why);
	if (r == 0)
		r = finish(&x, ret, &why);
	if (r == 0)
		return 0;
	if (came_to_nothing(&x, &why))
		(void)sequence_end(s, NULL);
	else if (strcmp(j->cause, why.text) != 0)
		(void)journal_stuck(j, &why, NULL, NULL);
	return error_copy(err, &why);
}

int revoke_resume(struct sequence *s, bool *ret_settled, struct error *err)
{
	const struct journal_facts *f = &s->journal->facts;
	struct revoked done;
	int r;

	r = revoke_run(s, false, NULL, &done, err);
	if (r < 0)
		return r;
	*ret_settled = !done.orphan;
	if (done.orphan)
		return 0;
	run_say(s->run, "Finished an earlier revocation: %s of '%s' is gone%s%s.",
		f->serial, f->user, done.account_left ?
			" at AWS, and its OATH credential stays: " : "",
		done.account_left ? done.left.text : "");
	return 0;
}
