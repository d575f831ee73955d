/* SPDX-License-Identifier: Apache-2.0 */
/* Revocation of one device. */
#include "bridge/mfa/revoke.h"

#include "aws/api/device.h"

#include <string.h>

static bool is_gone(const struct error *e)
{
	return strcmp(e->foreign, "NoSuchEntity") == 0;
}

/*
 * AWS answers NoSuchEntity for a device that is not the user's any more, and
 * what it did on a lost answer shows the same way when asked again.
 */
static int deactivate(struct sequence *s, struct error *err)
{
	const struct journal_facts *f = &s->journal->facts;
	struct error e;
	int r;

	r = journal_point(s->journal, JOURNAL_DEACTIVATE_SENT, err);
	if (r < 0)
		return r;
	r = iam_deactivate_mfa_device(s->aws->session, f->user, f->serial,
		&e);
	if (r == -ERROR_UNREACHABLE)
		r = iam_deactivate_mfa_device(s->aws->session, f->user,
			f->serial, &e);
	if (r < 0 && !is_gone(&e))
		return error_copy(err, &e);
	return journal_point(s->journal, JOURNAL_DEACTIVATED, err);
}

static int delete_device(struct sequence *s, struct error *err)
{
	const struct journal_facts *f = &s->journal->facts;
	struct error e;
	int r = 0;

	if (device_kind(f->serial) == DEVICE_VIRTUAL) {
		r = iam_delete_virtual_mfa_device(s->aws->session, f->serial,
			&e);
		if (r == -ERROR_UNREACHABLE)
			r = iam_delete_virtual_mfa_device(s->aws->session,
				f->serial, &e);
	}
	if (r < 0 && !is_gone(&e))
		return error_copy(err, &e);
	return journal_point(s->journal, JOURNAL_DELETED, err);
}

/* Whatever happened before: a revocation that AWS refused leaves nothing. */
static int give_up(struct sequence *s, const struct error *why,
	struct error *err)
{
	if (why->code == ERROR_REMOTE &&
		s->journal->point == JOURNAL_DEACTIVATE_SENT)
		(void)sequence_end(s, NULL);
	return error_copy(err, why);
}

int revoke_run(struct sequence *s, struct revoked *ret, struct error *err)
{
	struct journal *j = s->journal;
	struct revoked done = { .account_left = false };
	bool gone = true;
	struct error e;
	int r = 0;

	if (j->point < JOURNAL_DEACTIVATED)
		r = deactivate(s, &e);
	if (r < 0)
		return give_up(s, &e, err);
	if (j->point < JOURNAL_DELETED)
		r = delete_device(s, err);
	if (r == 0 && j->point < JOURNAL_ACCOUNT_GONE) {
		r = sequence_remove_account(s, &gone, err);
		done.account_left = !gone;
		if (r == 0 && gone)
			r = journal_point(j, JOURNAL_ACCOUNT_GONE, err);
	}
	if (r == 0)
		r = sequence_unbind(s, &done.head, err);
	if (r == 0)
		r = sequence_end(s, err);
	if (r < 0)
		return r;
	*ret = done;
	return 0;
}

int revoke_resume(struct sequence *s, bool *ret_settled, struct error *err)
{
	struct revoked done;
	int r;

	*ret_settled = true;
	if (s->journal->point == JOURNAL_INTENT)
		return sequence_end(s, err);
	r = revoke_run(s, &done, err);
	if (r < 0)
		return r;
	run_say(s->run, "Finished an earlier revocation: %s of '%s' is gone%s.",
		s->journal->facts.serial, s->journal->facts.user,
		done.account_left ? " at AWS (the token is not here: its OATH "
			"credential stays)" : "");
	return 0;
}
