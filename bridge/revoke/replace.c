/* SPDX-License-Identifier: Apache-2.0 */
/* Old key, new key. */
#include "bridge/revoke/replace.h"

#include "base/text.h"
#include "bridge/account/device.h"
#include "bridge/account/instead.h"
#include "bridge/account/sight.h"
#include "bridge/enroll/pair.h"
#include "bridge/mfa/recover.h"
#include "bridge/mfa/sequence.h"
#include "bridge/revoke/work.h"

#include <stdio.h>
#include <string.h>

struct replacing {
	const struct run *run;
	const struct replace_request *q;
	struct replaced *ret;
	struct iam_user user;
	struct journal journal;
	unsigned devices; /* of the user at AWS */
	char old[IAM_SERIAL_MAX + 1]; /* its whole serial number, once known */
	unsigned old_is_there;
	/* typed codes that AWS had no room for; they are given once */
	struct pair kept;
};

static void replacing_done(struct replacing *x)
{
	pair_done(&x->kept);
	journal_done(&x->journal);
}

/* ---- what is there ---- */

static int replace_see_device(void *data, const struct iam_device *d,
	struct error *err)
{
	struct replacing *x = data;

	x->devices++;
	if (!account_device_is_named(x->q->old, d->serial))
		return 0;
	snprintf(x->old, sizeof(x->old), "%s", d->serial);
	return ++x->old_is_there < 2 ? 0 : error_set(err, ERROR_USAGE,
		"'%s' means two devices of '%s'; give the whole serial number "
		"of one", x->q->old, x->user.name);
}

static int replace_look(struct replacing *x, struct error *err)
{
	const struct mfa_request *q = &x->q->enroll;
	char instead[INSTEAD_LEN];
	bool found = false;
	int r = iam_get_user(q->aws->session, q->user, &x->user, &found, err);

	if (r == 0 && !found) {
		instead_user(q->aws, q->reg, q->user, instead);
		return error_set(err, ERROR_FAILED,
			"account %s has no IAM user '%s'%s",
			q->aws->caller.account, q->user, instead);
	}
	return r < 0 ? r : iam_list_mfa_devices(q->aws->session, q->user,
		replace_see_device, x, err);
}

bool replace_is_part(const struct journal_facts *f)
{
	return f->kind == JOURNAL_REPLACE ||
		(f->kind == JOURNAL_REVOKE && f->after[0]);
}

static bool is_mine(const struct replacing *x, const struct journal *j,
	enum journal_kind kind)
{
	const struct journal_facts *f = &j->facts;
	const struct account *a = x->q->enroll.aws;

	return f->kind == kind && replace_is_part(f) &&
		strcmp(f->account, a->caller.account) == 0 &&
		strcmp(f->endpoint, account_endpoint(a)) == 0 &&
		strcmp(f->user_id, x->user.id) == 0 &&
		account_device_is_named(x->old, f->serial);
}

/* One that was broken off; x->journal has no path where there is none. */
static int take_journal(struct replacing *x, struct error *err)
{
	CLEANUP(journal_list_done) struct journal_list list = { .p = NULL };
	size_t i;
	int r = journal_open_sound(&list, registry_path(x->q->enroll.reg),
		err);

	for (i = 0; r == 0 && i < list.n; i++) {
		if (!is_mine(x, &list.p[i], JOURNAL_REPLACE))
			continue;
		x->journal = list.p[i];
		list.p[i] = (struct journal){ .fd = -1 };
		return 0;
	}
	return r;
}

static int begin_journal(struct replacing *x, struct error *err)
{
	const struct mfa_request *q = &x->q->enroll;
	struct journal_facts f = { .kind = JOURNAL_REPLACE };
	struct registry_head head;
	int r;

	sequence_intent(&f, JOURNAL_REPLACE, q->aws, &x->user);
	snprintf(f.serial, sizeof(f.serial), "%s", x->old);
	r = registry_head(q->reg, &head, err);
	if (r == 0)
		r = id_new(x->journal.id, err);
	if (r < 0)
		return r;
	snprintf(f.after, sizeof(f.after), "%llu",
		(unsigned long long)head.seq);
	return journal_begin(&x->journal, registry_path(q->reg), &f, err);
}

/* ---- what an earlier run has enrolled ---- */

struct made_search {
	struct replacing *x;
	char binding[ID_LEN]; /* the last one that was added for the user */
};

static int see_added(const struct event *e, const struct registry_head *head,
	const unsigned char *bytes, size_t n, void *arg, struct error *err)
{
	struct made_search *s = arg;
	const char *user = event_str(e->body, "user");
	const char *account = event_str(e->body, "account");
	const char *binding = event_str(e->body, "binding");

	(void)head;
	(void)bytes;
	(void)n;
	(void)err;
	if (e->type == EVENT_BINDING_ADDED && user && account && binding &&
		strcmp(user, s->x->user.id) == 0 &&
		strcmp(account, s->x->q->enroll.aws->caller.account) == 0)
		snprintf(s->binding, sizeof(s->binding), "%s", binding);
	return 0;
}

/* The user's binding behind the event that was the last one at the beginning,
 * where it is in force; *ret "": none. */
static int find_made(struct replacing *x, char ret[IAM_SERIAL_MAX + 1],
	struct error *err)
{
	CLEANUP(registry_bindings_done) struct registry_bindings list = { 0 };
	struct made_search s = { .x = x };
	uint64_t after = 0;
	size_t i;
	int r;

	ret[0] = '\0';
	if (text_parse_u64(x->journal.facts.after, UINT64_MAX - 1, &after) < 0)
		return error_set(err, ERROR_CORRUPT,
			"a journal of the replacement of '%s' does not say "
			"when it began", x->old);
	r = registry_events(x->q->enroll.reg, after + 1, see_added, &s, err);
	if (r == 0 && s.binding[0])
		r = registry_bindings_all(x->q->enroll.reg, &list, err);
	for (i = 0; r == 0 && i < list.n; i++)
		if (strcmp(list.p[i].id, s.binding) == 0 &&
			!list.p[i].removed && list.p[i].device)
			snprintf(ret, IAM_SERIAL_MAX + 1, "%s",
				list.p[i].device);
	return r;
}

/* ---- the two acts ---- */

static int make_new(struct replacing *x, struct error *err)
{
	struct mfa_request q = x->q->enroll;
	struct journal_facts *f = &x->ret->made.facts;
	char made[IAM_SERIAL_MAX + 1];
	int r = find_made(x, made, err);

	q.kept = &x->kept;
	if (r < 0)
		return r;
	if (!made[0])
		return mfa_enroll(x->run, &q, &x->ret->made, err);
	x->ret->made_before = true;
	snprintf(f->serial, sizeof(f->serial), "%s", made);
	run_say(x->run, "The new device '%s' is there already.", made);
	return 0;
}

/* The new one is there, or the old one has to go whatever there is: the rule of
 * the last device is kept by the sequence. */
static int take_old(struct replacing *x, struct error *err)
{
	const struct mfa_request *q = &x->q->enroll;
	const struct mfa_revocation revocation = {
		.aws = q->aws, .reg = q->reg, .actor = q->actor,
		.user = q->user, .device = x->old,
		.reason = x->q->reason ? x->q->reason : "replaced",
		.last = true,
		.after = x->journal.facts.after,
	};

	return mfa_revoke(x->run, &revocation, &x->ret->gone, err);
}

/* ---- the order ---- */

static bool is_full(const struct replacing *x)
{
	const struct partition *p = aws_session_partition(
		x->q->enroll.aws->session);

	return x->old_is_there && p->devices_per_user &&
		x->devices >= p->devices_per_user;
}

static void say_gap(const struct replacing *x)
{
	unsigned left = x->devices - x->old_is_there;

	run_warn(x->run, "%s: until the new key is enabled '%s' has %u other "
		"device%s", x->q->stolen ? "the old device goes first" :
		"AWS takes no further device of this user, so the old one goes "
		"first", x->user.name, left, text_plural(left));
}

/* Nobody loses the old one for a new one that is not even plugged in. */
static int check_new(struct replacing *x, struct error *err)
{
	CLEANUP(attached_done) struct attached a = { NULL, 0, NULL };
	char made[IAM_SERIAL_MAX + 1];
	int r = find_made(x, made, err);

	/* a display is not plugged in: its codes are asked for */
	if (r < 0 || made[0] || !mfa_method_takes_token(x->q->enroll.method))
		return r;
	r = attached_find(x->run, &x->q->enroll.wanted, &a, err);
	return r < 0 ? r : attached_check(a.chosen, err);
}

static int old_then_new(struct replacing *x, struct error *err)
{
	int r = x->q->stolen ? 0 : check_new(x, err);

	if (r < 0)
		return r;
	x->ret->old_first = true;
	if (x->old_is_there)
		say_gap(x);
	r = take_old(x, err);
	return r < 0 ? r : make_new(x, err);
}

/* A limit that was not known before is AWS's word on the order. Codes that were
 * typed for it are sent once more when there is room. */
static int new_then_old(struct replacing *x, struct error *err)
{
	struct error why;
	int r = make_new(x, &why);

	if (r < 0 && strcmp(why.foreign, "LimitExceeded") == 0)
		return old_then_new(x, err);
	if (r < 0)
		return error_copy(err, &why);
	return take_old(x, err);
}

/* Nothing was changed: then nothing is owed. */
static bool is_untouched(const struct replacing *x)
{
	char made[IAM_SERIAL_MAX + 1];

	return !x->ret->gone.facts.serial[0] && x->old_is_there &&
		find_made((struct replacing *)x, made, NULL) == 0 && !made[0];
}

static int run_order(struct replacing *x, struct error *err)
{
	bool old_first = x->q->stolen || is_full(x) || !x->old_is_there;
	struct error why;
	int r = old_first ? old_then_new(x, &why) : new_then_old(x, &why);

	if (r == 0)
		return journal_end(&x->journal, err);
	if (is_untouched(x))
		(void)journal_end(&x->journal, NULL);
	else
		(void)journal_stuck(&x->journal, &why, NULL, NULL);
	return error_copy(err, &why);
}

/* The replacement has no journal any more, but the revocation that was a part
 * of it has: AWS did not let the old device be deleted. */
static int find_rest(struct replacing *x, bool *ret, struct error *err)
{
	CLEANUP(journal_sights_done) struct journal_sights list = { .p = NULL };
	char made[IAM_SERIAL_MAX + 1] = "";
	size_t i;
	int r = journal_see_all(&list, registry_path(x->q->enroll.reg), err);

	for (i = 0; r == 0 && !made[0] && i < list.n; i++) {
		if (!is_mine(x, &list.p[i].journal, JOURNAL_REVOKE))
			continue;
		x->journal.facts = list.p[i].journal.facts;
		r = find_made(x, made, err);
	}
	*ret = made[0];
	return r;
}

/* ---- what is done already ---- */

static bool is_replaced_users(const struct replacing *x,
	const struct registry_binding *b)
{
	return b->kind == REGISTRY_AWS && b->device && b->user &&
		strcmp(b->account, x->q->enroll.aws->caller.account) == 0 &&
		strcmp(b->user, x->user.id) == 0;
}

/* The last binding of the old device, if all of them were taken away, and the
 * user's last one in force that came behind it. */
static const struct registry_binding *find_successor(struct replacing *x,
	const struct registry_bindings *list)
{
	const struct registry_binding *old = NULL, *ret = NULL;
	size_t i;

	for (i = 0; i < list->n; i++)
		if (is_replaced_users(x, &list->p[i]) &&
			account_device_is_named(x->old, list->p[i].device) &&
			(!old || !list->p[i].removed ||
			(old->removed && list->p[i].since >= old->since)))
			old = &list->p[i];
	if (old)
		snprintf(x->old, sizeof(x->old), "%s", old->device);
	for (i = 0; old && old->removed && i < list->n; i++)
		if (is_replaced_users(x, &list->p[i]) && !list->p[i].removed &&
			list->p[i].since >= old->since &&
			(!ret || list->p[i].since >= ret->since))
			ret = &list->p[i];
	return ret;
}

/*
 * What the last act of a replacement left is ended by any run: then nothing is
 * owed and no journal tells of it, but the registry does, and AWS of the new one.
 */
static int find_done(struct replacing *x, bool *ret, struct error *err)
{
	CLEANUP(registry_bindings_done) struct registry_bindings list = { 0 };
	const struct mfa_request *q = &x->q->enroll;
	const struct registry_binding *b;
	struct mfa_revoked *gone = &x->ret->gone;
	struct sight sight = { .at = SIGHT_UNSEEN };
	int r = registry_bindings_all(q->reg, &list, err);

	*ret = false;
	b = r < 0 ? NULL : find_successor(x, &list);
	if (b)
		r = account_look(q->aws, &(struct sight_of){ x->user.name,
			x->user.id, b->device }, &sight, err);
	if (r < 0 || sight.at != SIGHT_HIS)
		return r;
	*ret = x->ret->done_before = x->ret->made_before = gone->gone = true;
	snprintf(x->ret->made.facts.serial, sizeof(x->ret->made.facts.serial),
		"%s", b->device);
	sequence_intent(&gone->facts, JOURNAL_REVOKE, q->aws, &x->user);
	snprintf(gone->facts.serial, sizeof(gone->facts.serial), "%s",
		x->old);
	return registry_head(q->reg, &gone->head, err);
}

static int end_rest(struct replacing *x, struct error *err)
{
	bool found = false, done = false;
	int r = find_rest(x, &found, err);

	if (r == 0 && !found)
		r = find_done(x, &done, err);
	if (r < 0 || done)
		return r;
	if (!found)
		return error_set(err, ERROR_FAILED,
			"'%s' has no device '%s' that could be replaced: "
			"`tokenbridge enroll` makes one", x->q->enroll.user,
			x->old);
	if (r == 0)
		r = make_new(x, err);
	return r < 0 ? r : take_old(x, err);
}

/* What a run that was killed has enrolled is known only behind its recovery. */
static int settle_parts(struct replacing *x, struct error *err)
{
	const struct mfa_request *q = &x->q->enroll;
	struct revoke_work w = { .run = x->run, .aws = q->aws, .reg = q->reg,
		.actor = q->actor };

	return x->journal.path ? revoke_settle(&w, err) : 0;
}

static int replace_as_one(struct replacing *x, struct error *err)
{
	int r = x->journal.path ? 0 : begin_journal(x, err);

	return r < 0 ? r : run_order(x, err);
}

int replace_device(const struct run *run, const struct replace_request *q,
	struct replaced *ret, struct error *err)
{
	struct replaced done = { .old_first = false };
	CLEANUP(replacing_done) struct replacing x = { .run = run, .q = q,
		.ret = &done, .journal = { .fd = -1 } };
	int r;

	snprintf(x.old, sizeof(x.old), "%s", q->old);
	r = replace_look(&x, err);

	if (r == 0)
		r = take_journal(&x, err);
	if (r == 0)
		r = settle_parts(&x, err);
	if (r < 0)
		return r;
	if (!x.journal.path && !x.old_is_there)
		r = end_rest(&x, err);
	else
		r = replace_as_one(&x, err);
	if (r < 0)
		return r;
	*ret = done;
	return 0;
}
