/* SPDX-License-Identifier: Apache-2.0 */
/* Undoing or finishing what earlier runs left. */
#include "bridge/mfa/recover.h"

#include "base/text.h"
#include "bridge/account/device.h"
#include "bridge/mfa/appeared.h"
#include "bridge/mfa/revoke.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static int go_forward(struct sequence *s, struct error *err)
{
	const struct journal_facts *f = &s->journal->facts;
	int r;

	run_say(s->run, "Finished an earlier enrollment of '%s': %s is enabled.",
		f->user, f->serial);
	r = sequence_bind(s, NULL, err);
	return r < 0 ? r : sequence_end(s, err);
}

/* Forward where AWS has the device enabled, else back. */
static int recover_enrollment(struct sequence *s, bool *ret_settled,
	struct error *err)
{
	struct journal *j = s->journal;
	enum sequence_undo undone = SEQUENCE_ASSIGNED;
	bool was_orphan = j->point == JOURNAL_ORPHAN;
	int r = 0;

	if (decide_stage(j->facts.kind, j->point) != STAGE_ENABLED)
		r = sequence_undo(s, true, &undone, err);
	if (r < 0)
		return r;
	*ret_settled = undone == SEQUENCE_UNDONE ||
		undone == SEQUENCE_ASSIGNED;
	if (undone == SEQUENCE_ASSIGNED)
		return go_forward(s, err);
	if (undone == SEQUENCE_UNDONE && !was_orphan)
		run_say(s->run, "Undid an unfinished enrollment of '%s'.",
			j->facts.user);
	return 0;
}

/* ---- a device that a person registers ---- */

/* Somebody may still be at the console for so long. */
#define BY_HAND_S (24 * 3600)

static bool is_by_hand(const struct journal *j)
{
	return j->facts.kind == JOURNAL_ENROLL &&
		j->point == JOURNAL_ENABLE_SENT && !j->facts.serial[0] &&
		strcmp(j->facts.method, "fido") == 0;
}

static int bind_appeared(struct sequence *s, const struct iam_device *device,
	struct error *err)
{
	struct journal_facts *f = &s->journal->facts;
	int r;

	snprintf(f->serial, sizeof(f->serial), "%s", device->serial);
	snprintf(f->basis, sizeof(f->basis), "%s", REGISTRY_BASIS_NAME);
	r = journal_point(s->journal, JOURNAL_ENABLED, err);
	return r < 0 ? r : go_forward(s, err);
}

/* Exactly one of the name is it; of several, only a person can tell. */
static int recover_by_hand(struct sequence *s, const struct recovery *q,
	struct error *err)
{
	struct journal *j = s->journal;
	time_t age = time(NULL) - j->begun;
	struct appeared a;
	int r = appeared_look(s->aws, j, &a, err);

	if (r < 0 && strcmp(err->foreign, "NoSuchEntity") != 0)
		return r;
	if (r == 0 && a.named == 1)
		return bind_appeared(s, &a.p[a.first], err);
	if (r == 0 && age < BY_HAND_S &&
		!(q->claim && decide_concerns(j, q->claim)))
		return 0;
	if (r == 0 && a.n > 0)
		run_warn(s->run, "of '%s' %zu FIDO device%s appeared since an "
			"enrollment began that was broken off: what is whose is "
			"said by --method fido --device ARN", j->facts.user,
			a.n, text_plural(a.n));
	return sequence_end(s, err);
}

static bool is_of(const struct journal *j, const struct account *c)
{
	return strcmp(j->facts.account, c->caller.account) == 0 &&
		strcmp(j->facts.endpoint, account_endpoint(c)) == 0;
}

/* Nothing was asked: it can be settled only there. */
static void leave_elsewhere(const struct sequence *s)
{
	const struct journal_facts *f = &s->journal->facts;

	run_warn(s->run, "an unfinished run in account %s%s%s is left for a "
		"run with that account: '%s'", f->account,
		f->endpoint[0] ? " at " : "", f->endpoint, s->journal->path);
}

static void say_unsettled(const struct sequence *s, const char *why)
{
	const struct journal *j = s->journal;
	char age[32], command[JOURNAL_CAUSE_LEN];

	text_format_age(time(NULL) - j->begun, age, sizeof(age));
	journal_command(j, command);
	run_warn(s->run, "%s of '%s' that began %s ago is not finished: %s",
		journal_kind_text(j->facts.kind),
		j->facts.user, age, why);
	run_say(s->run, "What ends it: `%s`", command);
}

static int recover_kind(struct sequence *s, const struct recovery *q,
	bool *ret_settled, struct error *err)
{
	const struct journal *j = s->journal;

	if (is_by_hand(j)) {
		*ret_settled = true;
		return recover_by_hand(s, q, err);
	}
	switch (j->facts.kind) {
	case JOURNAL_ENROLL:
		return recover_enrollment(s, ret_settled, err);
	case JOURNAL_REVOKE:
		return revoke_resume(s, ret_settled, err);
	default: /* by who asks for that, and not by the way */
		return 0;
	}
}

static int recover_one(struct sequence *s, const struct recovery *q,
	bool *ret_settled, struct error *err)
{
	struct journal *j = s->journal;
	struct error why;
	int r;

	/* its owner is dead, or the lock were not ours */
	(void)sequence_release(s, NULL);
	*ret_settled = false;
	if (!is_of(j, s->aws)) {
		leave_elsewhere(s);
		return 0;
	}
	error_set(&why, ERROR_FAILED, "it was broken off");
	r = recover_kind(s, q, ret_settled, &why);
	if (r == -ERROR_INTERRUPTED)
		return error_copy(err, &why);
	if (r == 0 && *ret_settled)
		return 0;
	if (r < 0 && strcmp(j->cause, why.text) != 0)
		(void)journal_stuck(j, &why, NULL, NULL);
	*ret_settled = false;
	/* of an orphan all was said when its deletion was refused */
	if (r < 0 || j->point != JOURNAL_ORPHAN)
		say_unsettled(s, j->cause[0] ? j->cause : why.text);
	return 0;
}

static int refuse(const struct journal *j, struct error *err)
{
	char command[JOURNAL_CAUSE_LEN];

	journal_command(j, command);
	return error_set(err, ERROR_REFUSED,
		"the token or the user has an unfinished run that must be "
		"settled first: '%s'; what ends it: `%s`", j->path, command);
}

static bool is_wanted(const struct journal *j, const struct recovery *q)
{
	const struct recovery_wanted *w = q->wanted;
	const struct journal_facts *f = &j->facts;

	if (!w || f->kind != JOURNAL_REVOKE || !is_of(j, q->aws) ||
		!account_device_is_named(w->device, f->serial))
		return false;
	return strcmp(f->user, w->user) == 0 ||
		(w->user_id[0] && strcmp(f->user_id, w->user_id) == 0);
}

static int check_unread(const struct run *run, const struct journal_list *list,
	const struct recovery *q, struct error *err)
{
	if (!list->unread.code)
		return 0;
	if (q->claim)
		return error_copy(err, &list->unread);
	run_warn(run, "%s", list->unread.text);
	return 0;
}

int recover_all(const struct run *run, const struct recovery *q,
	struct journal *ret_wanted, struct error *err)
{
	CLEANUP(journal_list_done) struct journal_list list = { .p = NULL };
	struct journal *j, *first = NULL;
	bool settled;
	size_t i;
	int r;

	r = journal_open_sound(&list, registry_path(q->reg), err);
	if (r == 0 && !q->only_wanted)
		r = check_unread(run, &list, q, err);
	for (i = 0; r == 0 && i < list.n; i++) {
		struct sequence s = { run, q->aws, q->reg, q->worker,
			&list.p[i], q->actor };

		j = &list.p[i];
		if (j->facts.kind == JOURNAL_PIN ||
			j->facts.kind == JOURNAL_REMOVE_ROOT)
			continue;
		if (ret_wanted && !ret_wanted->path && is_wanted(j, q)) {
			*ret_wanted = *j;
			*j = (struct journal){ .fd = -1 };
			continue;
		}
		if (q->only_wanted)
			continue;
		r = recover_one(&s, q, &settled, err);
		if (r == 0 && !settled && !first && q->claim &&
			decide_concerns(j, q->claim))
			first = j;
	}
	return r == 0 && first ? refuse(first, err) : r;
}
