/* SPDX-License-Identifier: Apache-2.0 */
/* Undoing or finishing what earlier runs left. */
#include "bridge/mfa/recover.h"

#include "bridge/mfa/revoke.h"

#include <string.h>

/* Forward where AWS has the device enabled, else back. */
static int recover_enrollment(struct sequence *s, bool *ret_settled,
	struct error *err)
{
	struct journal *j = s->journal;
	enum sequence_undo undone = SEQUENCE_ASSIGNED;
	bool assigned = j->point == JOURNAL_ENABLED;
	char who[SEQUENCE_TOKEN_LEN];
	int r = 0;

	*ret_settled = true;
	if (j->point == JOURNAL_ENABLE_SENT)
		r = sequence_settle_enabled(s, &assigned, err);
	if (r == 0 && !assigned) {
		r = sequence_undo(s, &undone, err);
		assigned = r == 0 && undone == SEQUENCE_ASSIGNED;
	}
	if (r < 0)
		return r;
	if (assigned && j->point < JOURNAL_ENABLE_SENT)
		return error_set(err, ERROR_CONFLICT,
			"device '%s' of an unfinished enrollment is in use: "
			"somebody else enabled it; see '%s'", j->facts.serial,
			j->path);
	if (assigned) {
		run_say(s->run, "Finished an earlier enrollment of '%s': %s is enabled.",
			j->facts.user, j->facts.serial);
		r = sequence_bind(s, NULL, err);
		return r < 0 ? r : sequence_end(s, err);
	}
	*ret_settled = undone == SEQUENCE_UNDONE;
	if (undone == SEQUENCE_UNDONE)
		run_say(s->run, "Undid an unfinished enrollment of '%s'.",
			j->facts.user);
	else if (undone == SEQUENCE_OWED)
		run_warn(s->run, "an unfinished enrollment of '%s' left the OATH credential "
			"'%s' in %s, which is not here: plug it in and "
			"run a command that enrolls or revokes",
			j->facts.user, j->facts.oath_account,
			sequence_token(&j->facts, who));
	return 0;
}

static bool is_of(const struct journal *j, const struct account *c)
{
	return strcmp(j->facts.account, c->caller.account) == 0 &&
		strcmp(j->facts.endpoint, account_endpoint(c)) == 0;
}

static bool blocks(const struct journal *j, const struct recovery *q)
{
	const struct journal_facts *f = &j->facts;
	bool same_serial = q->token_serial &&
		f->token_serial == q->token_serial;
	bool same_applet = q->oath_id && strcmp(f->oath_id, q->oath_id) == 0;

	return (same_serial || same_applet) && f->oath_account[0];
}

static int recover_one(struct sequence *s, const struct recovery *q,
	struct error *err)
{
	const struct journal *j = s->journal;
	bool settled = false;
	int r = 0;

	sequence_release(s); /* its owner is dead, or the lock were not ours */
	if (!is_of(j, s->aws))
		run_warn(s->run, "an unfinished run in account %s%s%s is left for a "
			"run with that account: '%s'", j->facts.account,
			j->facts.endpoint[0] ? " at " : "", j->facts.endpoint,
			j->path);
	else if (j->facts.kind == JOURNAL_ENROLL)
		r = recover_enrollment(s, &settled, err);
	else
		r = revoke_resume(s, &settled, err);
	if (r == 0 && !settled && blocks(j, q))
		r = error_set(err, ERROR_REFUSED,
			"the token has an unfinished run that must be settled "
			"first: '%s'", j->path);
	return r;
}

int recover_all(const struct run *run, const struct recovery *q,
	struct error *err)
{
	CLEANUP(journal_list_done) struct journal_list list = { NULL, 0, 0 };
	size_t i;
	int r;

	r = journal_open_all(&list, registry_path(q->reg), err);
	for (i = 0; r == 0 && i < list.n; i++) {
		struct sequence s = { run, q->aws, q->reg, q->worker,
			&list.p[i], q->actor };

		r = recover_one(&s, q, err);
	}
	return r;
}
