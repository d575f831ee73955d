/* SPDX-License-Identifier: Apache-2.0 */
/* Taking a device away: begun, or an earlier run's taken up, and the act. */
#include "bridge/mfa/revocation-find.h"

#include "base/text.h"
#include "bridge/mfa/recover.h"
#include "bridge/mfa/revoke.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static void revocation_done(struct revocation *x)
{
	journal_done(&x->journal);
	registry_bindings_done(&x->bindings);
	journal_sights_done(&x->open);
	worker_done(&x->worker);
}

static int revocation_begin(struct revocation *x, struct error *err)
{
	struct journal_facts f = x->journal.facts;
	const char *reason = x->q->reason;
	time_t now = aws_now(x->q->aws->session);
	int r;

	sequence_intent(&f, JOURNAL_REVOKE, x->q->aws, &x->user);
	snprintf(f.reason, sizeof(f.reason), "%s", reason ? reason : "");
	snprintf(f.after, sizeof(f.after), "%s",
		x->q->after ? x->q->after : "");
	if (x->seen.enabled)
		text_format_time(x->seen.enabled, f.enabled);
	x->journal.begun = now > 0 ? now : time(NULL);
	r = id_new(x->journal.id, err);
	return r < 0 ? r : journal_begin(&x->journal, registry_path(x->q->reg),
		&f, err);
}

/* ---- an earlier run's, once more ---- */

/*
 * Enabled again since: this is the decision on that, with the guard asked anew.
 * The revocation begins again, of what is enabled now.
 */
static int begin_again(struct revocation *x, struct error *err)
{
	struct journal *j = &x->journal;
	time_t now = aws_now(x->q->aws->session);
	int r = revocation_check_last(x, err);

	if (r < 0)
		return r;
	text_format_time(x->seen.enabled, j->facts.enabled);
	if (x->q->reason)
		snprintf(j->facts.reason, sizeof(j->facts.reason), "%s",
			x->q->reason);
	j->begun = now > 0 ? now : time(NULL);
	return journal_point(j, JOURNAL_INTENT, err);
}

static int take_up(struct revocation *x, struct error *err)
{
	struct sequence s = revocation_sequence(x);
	struct decide_facts f;
	int r;

	x->taken = true;
	r = sequence_look(&s, &x->seen, err);
	if (r < 0)
		return r;
	x->has_seen = true;
	f = decide_facts(&x->journal, &x->seen);
	if (decide_next(&f) != NEXT_AGAIN)
		return 0;
	return x->q->by_the_way ?
		sequence_stuck(&s, NEXT_AGAIN, &x->seen, err) :
		begin_again(x, err);
}

/* ---- together ---- */

static int prepare(struct revocation *x, struct error *err)
{
	const struct mfa_revocation *q = x->q;
	const struct recovery_wanted wanted = { q->user, x->user.id,
		q->device };
	const struct recovery recovery = { q->aws, q->reg, &x->worker,
		q->actor, NULL, &wanted, q->by_the_way };
	bool found = false;
	int r;

	r = iam_get_user(q->aws->session, q->user, &x->user, &found, err);
	if (r == 0 && !found)
		snprintf(x->user.name, sizeof(x->user.name), "%s", q->user);
	if (r == 0)
		r = recover_all(x->run, &recovery, &x->journal, err);
	if (r == 0)
		r = journal_see_all(&x->open, registry_path(q->reg), err);
	if (r < 0)
		return r;
	if (x->journal.path)
		return take_up(x, err);
	r = revocation_find_device(x, found, err);
	if (r == 0 && !x->nothing)
		r = revocation_find_binding(x, err);
	return r < 0 || x->nothing ? r : revocation_begin(x, err);
}

/* What was revoked before, by this or an earlier run. */
static int tell_nothing(struct revocation *x, struct mfa_revoked *ret,
	struct error *err)
{
	struct mfa_revoked told = { .gone = true };

	sequence_intent(&x->journal.facts, JOURNAL_REVOKE, x->q->aws,
		&x->user);
	told.facts = x->journal.facts;
	if (registry_head(x->q->reg, &told.head, err) < 0)
		return -ERROR_FAILED;
	*ret = told;
	return 0;
}

int mfa_revoke(const struct run *run, const struct mfa_revocation *q,
	struct mfa_revoked *ret, struct error *err)
{
	CLEANUP(revocation_done) struct revocation x = {
		.run = run,
		.q = q,
		.journal = { .fd = -1 },
		.worker = WORKER_INIT,
	};
	struct sequence s = revocation_sequence(&x);
	struct revoked done;
	unsigned at_aws;
	bool may_move;
	int r;

	r = account_stay(run, q->aws, err);
	if (r == 0)
		r = prepare(&x, err);
	if (r == 0 && x.nothing)
		return tell_nothing(&x, ret, err);
	if (r == 0)
		r = revoke_run(&s, !x.taken, x.has_seen ? &x.seen : NULL, &done,
			err);
	if (r < 0)
		return r;
	at_aws = x.journal.facts.did & (JOURNAL_DID_DEACTIVATE |
		JOURNAL_DID_DELETE);
	/* a FIDO device is never another user's: its ARN names its own */
	may_move = device_kind(x.journal.facts.serial) != DEVICE_FIDO;
	*ret = (struct mfa_revoked){ .facts = x.journal.facts,
		.gone = !at_aws && !done.orphan,
		.unsure = may_move && x.seen.why.code != 0,
		.account_left = done.account_left, .left = done.left,
		.orphan = done.orphan, .head = done.head };
	return 0;
}

const char *mfa_revoked_text(const struct mfa_revoked *x)
{
	bool off = x->facts.did & JOURNAL_DID_DEACTIVATE;
	bool virtual = device_kind(x->facts.serial) == DEVICE_VIRTUAL;

	if (x->orphan)
		return off ? "deactivated, and not deleted" :
			"not in use any more, and not deleted";
	if (x->facts.did & JOURNAL_DID_DELETE)
		return off ? "deactivated and deleted" :
			"deleted; it was not in use any more";
	if (off)
		return virtual ? "deactivated; it was deleted already" :
			"deactivated";
	return x->unsure ? "not the user's any more; AWS does not tell whether "
			   "somebody else has it" : "was gone already";
}
