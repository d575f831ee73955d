/* SPDX-License-Identifier: Apache-2.0 */
/* All that one IAM user has. */
#include "bridge/revoke/user.h"

#include "base/text.h"
#include "bridge/account/sight.h"
#include "bridge/mfa/revocation.h"
#include "bridge/mfa/sequence.h"
#include "bridge/revoke/cut.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEVICES_MAX 64 /* AWS has 8; the rest are bindings */

/* A list may lag behind what was done a moment ago. */
static const int64_t pauses[] = { 0, 2000, 6000, 12000 };

struct one_device {
	char serial[IAM_SERIAL_MAX + 1];
	time_t enabled; /* 0: AWS does not list it, or tell */
	bool told;      /* a row says already that it stays */
};

/* One user under way. */
struct taking {
	struct revoke_work *w;
	const struct revoke_user *q;
	struct iam_user user;
	bool found; /* at AWS */
	time_t begun; /* of the run that is gone on with; 0: this is new */
	struct one_device *devices; /* DEVICES_MAX of them; owned */
	size_t n;
	struct journal journal;
};

static void taking_done(struct taking *t)
{
	free(t->devices);
	journal_done(&t->journal);
}

/* ---- journals ---- */

static bool is_kind(const struct revoke_work *w, const struct journal *j)
{
	const struct journal_facts *f = &j->facts;

	return f->kind == JOURNAL_REVOKE_USER &&
		strcmp(f->account, w->aws->caller.account) == 0 &&
		strcmp(f->endpoint, account_endpoint(w->aws)) == 0;
}

int revoke_user_unfinished(struct revoke_work *w, const char *holder,
	const char *user, struct journal_list *ret, struct error *err)
{
	CLEANUP(journal_list_done) struct journal_list all = { .p = NULL };
	struct journal_list hits = { .p = NULL };
	size_t i;
	int r = journal_open_sound(&all, registry_path(w->reg), err);

	if (r == 0 && all.n > 0)
		hits.p = calloc(all.n, sizeof(*hits.p));
	if (r == 0 && all.n > 0 && !hits.p)
		r = error_memory(err);
	for (i = 0; r == 0 && i < all.n; i++) {
		struct journal *j = &all.p[i];

		if (!is_kind(w, j) || strcmp(j->facts.holder, holder ? holder :
			"") != 0 || (user && strcmp(j->facts.user, user) != 0))
			continue;
		hits.p[hits.n++] = *j;
		*j = (struct journal){ .fd = -1 };
	}
	if (r < 0)
		return r;
	*ret = hits;
	return 0;
}

int revoke_user_begin(struct revoke_work *w, const struct revoke_user *q,
	struct journal *ret, struct error *err)
{
	struct iam_user user = { .name = "" };
	struct journal_facts f = { .kind = JOURNAL_REVOKE_USER };
	time_t now = aws_now(w->aws->session);
	int r;

	snprintf(user.name, sizeof(user.name), "%s", q->name);
	snprintf(user.id, sizeof(user.id), "%s", q->id);
	sequence_intent(&f, JOURNAL_REVOKE_USER, w->aws, &user);
	snprintf(f.holder, sizeof(f.holder), "%s", q->holder ? q->holder : "");
	snprintf(f.reason, sizeof(f.reason), "%s", w->reason ? w->reason : "");
	f.did = w->cut ? JOURNAL_CUTS_ACCESS : 0;
	*ret = (struct journal){ .fd = -1, .begun = now };
	r = id_new(ret->id, err);
	return r < 0 ? r : journal_begin(ret, registry_path(w->reg), &f, err);
}

static int taking_begin(struct taking *t, struct error *err)
{
	const struct revoke_user now = { t->user.name, t->user.id,
		t->q->holder, NULL, true };

	if (t->journal.path && t->w->cut &&
		!(t->journal.facts.did & JOURNAL_CUTS_ACCESS)) {
		t->journal.facts.did |= JOURNAL_CUTS_ACCESS;
		return journal_point(&t->journal, JOURNAL_INTENT, err);
	}
	if (t->journal.path)
		return 0;
	return revoke_user_begin(t->w, &now, &t->journal, err);
}

/* Nothing is left: it is over; else why, for who finds it. */
static int taking_end(struct taking *t, size_t left_before, struct error *err)
{
	struct error why;

	if (!t->journal.path)
		return 0;
	if (t->w->receipt->left == left_before)
		return journal_end(&t->journal, err);
	error_set(&why, ERROR_FAILED, "something of it could not be taken away");
	return journal_stuck(&t->journal, &why, NULL, err);
}

/* ---- which devices ---- */

static struct one_device *known(const struct taking *t, const char *serial)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (strcmp(t->devices[i].serial, serial) == 0)
			return &t->devices[i];
	return NULL;
}

static int add_device(struct taking *t, const char *serial, time_t enabled,
	struct error *err)
{
	if (known(t, serial))
		return 0;
	if (t->n == DEVICES_MAX)
		return error_set(err, ERROR_MALFORMED,
			"'%s' has more than %d devices", t->user.name,
			DEVICES_MAX);
	snprintf(t->devices[t->n].serial, sizeof(t->devices[t->n].serial),
		"%s", serial);
	t->devices[t->n++].enabled = enabled;
	return 0;
}

static int taking_see_device(void *data, const struct iam_device *d,
	struct error *err)
{
	struct taking *t = data;
	bool gone = false;
	int r;

	/* a list that lags still has what was taken away a moment ago */
	r = account_is_gone(t->w->reg, t->w->aws->caller.account, d->serial,
		d->enabled, &gone, err);
	return r < 0 || gone ? r : add_device(t, d->serial, d->enabled, err);
}

static int see_bindings(struct taking *t, struct error *err)
{
	CLEANUP(registry_bindings_done) struct registry_bindings list = { 0 };
	size_t i;
	int r;

	if (!t->user.id[0])
		return 0;
	r = registry_bindings_by_user(t->w->reg, t->w->aws->caller.account,
		t->user.id, &list, err);
	for (i = 0; r == 0 && i < list.n; i++) {
		const struct registry_binding *b = &list.p[i];

		if (!b->removed && b->kind == REGISTRY_AWS && b->device)
			r = add_device(t, b->device, 0, err);
	}
	return r;
}

static int by_kind(const void *a, const void *b)
{
	const struct one_device *x = a, *y = b;
	bool fido_x = device_kind(x->serial) == DEVICE_FIDO;
	bool fido_y = device_kind(y->serial) == DEVICE_FIDO;

	return fido_x != fido_y ? fido_x - fido_y :
		strcmp(x->serial, y->serial);
}

static int find_devices(struct taking *t, struct error *err)
{
	int r = 0;

	t->devices = calloc(DEVICES_MAX, sizeof(*t->devices));
	if (!t->devices)
		return error_memory(err);
	if (t->found)
		r = iam_list_mfa_devices(t->w->aws->session, t->user.name,
			taking_see_device, t, err);
	if (r == 0)
		r = see_bindings(t, err);
	if (r == 0)
		qsort(t->devices, t->n, sizeof(*t->devices), by_kind);
	return r;
}

/* ---- the act ---- */

static int taking_find_user(struct taking *t, struct error *err)
{
	const struct revoke_user *q = t->q;
	int r = account_find_user(t->w->aws, q->name, q->id, &t->user,
		&t->found, err);

	if (r < 0 || t->found)
		return r;
	snprintf(t->user.name, sizeof(t->user.name), "%s", q->name);
	snprintf(t->user.id, sizeof(t->user.id), "%s", q->id);
	return 0;
}

/* Who was typed, and is nobody, was probably meant to be another. */
static int taking_check_known(const struct taking *t, struct error *err)
{
	if (t->found || t->n > 0 || t->q->holder || t->journal.path)
		return 0;
	/* in one of many accounts that is what was to be found out */
	if (t->w->visited) {
		revoke_tell(t->w->receipt, &(struct revoke_row){ REVOKE_GONE,
			"user", t->user.name, NULL, t->w->aws->caller.account,
			"the account has no IAM user of that name", NULL });
		return 0;
	}
	return error_set(err, ERROR_FAILED,
		"account %s has no IAM user '%s', and the registry binds "
		"nothing to it", t->w->aws->caller.account, t->user.name);
}

/* Enabled while a run was broken off: nobody has decided on that. */
static bool is_later(const struct taking *t, const struct one_device *d)
{
	return t->begun > 0 && d->enabled > t->begun;
}

static void leave_later(struct taking *t, const struct one_device *d)
{
	char enabled[TEXT_TIME_LEN], begun[TEXT_TIME_LEN], why[160];

	text_format_time(d->enabled, enabled);
	text_format_time(t->begun, begun);
	snprintf(why, sizeof(why), "enabled at %s, since this revocation began "
		"at %s: it is for you to say whether it goes", enabled, begun);
	revoke_leave(t->w, "device", d->serial, t->user.name, why,
		revoke_device_command(t->w, t->user.name, d->serial));
}

static int take_devices(struct taking *t, struct error *err)
{
	size_t i, before;
	int r = 0;

	for (i = 0; r == 0 && i < t->n; i++) {
		before = t->w->receipt->left;
		if (is_later(t, &t->devices[i]))
			leave_later(t, &t->devices[i]);
		else
			r = revoke_device(t->w, t->user.name,
				t->devices[i].serial, err);
		t->devices[i].told = t->w->receipt->left > before;
	}
	return r;
}

/* ---- what AWS lists behind it ---- */

struct remains {
	const struct taking *t;
	char serials[DEVICES_MAX][IAM_SERIAL_MAX + 1];
	size_t n;
};

static int see_remaining(void *data, const struct iam_device *d,
	struct error *err)
{
	struct remains *s = data;
	const struct one_device *x = known(s->t, d->serial);

	(void)err;
	if ((x && x->told) || s->n == DEVICES_MAX)
		return 0;
	snprintf(s->serials[s->n++], sizeof(s->serials[0]), "%s", d->serial);
	return 0;
}

/* Nobody's list has anything any more, where nobody is listed. */
static int list_remaining(const struct taking *t, struct remains *ret,
	struct error *err)
{
	struct error e;
	int r;

	ret->n = 0;
	r = iam_list_mfa_devices(t->w->aws->session, t->user.name,
		see_remaining, ret, &e);
	if (r == 0 || strcmp(e.foreign, "NoSuchEntity") == 0)
		return 0;
	return error_copy(err, &e);
}

static void leave_remaining(const struct taking *t, const char *serial)
{
	revoke_leave(t->w, "device", serial, t->user.name,
		known(t, serial) ? "AWS answered that it is gone, and lists "
			"it still: what the user has is not known" :
			"AWS lists it now, and did not before",
		revoke_device_command(t->w, t->user.name, serial));
}

/* It is done when AWS's own list says so, too. */
static int check_remaining(struct taking *t, struct error *err)
{
	struct remains left = { .t = t };
	struct error why;
	size_t i;
	int r = 0;

	if (!t->found || t->w->lost)
		return 0;
	for (i = 0; r == 0 && i < ARRAY_LEN(pauses); i++) {
		if (i > 0)
			run_say(t->w->run, "AWS still lists what was taken "
				"away. Asking again in %lld s.",
				(long long)pauses[i] / 1000);
		r = run_pause(t->w->run, pauses[i], err);
		if (r < 0)
			return r;
		r = list_remaining(t, &left, &why);
		if (r == 0 && left.n == 0)
			return 0;
	}
	if (r == -ERROR_INTERRUPTED)
		return error_copy(err, &why);
	if (r < 0)
		revoke_leave(t->w, "device", NULL, t->user.name, why.text,
			NULL);
	for (i = 0; r == 0 && i < left.n; i++)
		leave_remaining(t, left.serials[i]);
	return 0;
}

static int take_access(struct taking *t, struct error *err)
{
	bool any;

	if (!t->found)
		return 0;
	if (t->w->cut)
		return cut_access(t->w, t->user.name, err);
	return t->q->holder ? cut_say(t->w, t->user.name, &any, err) : 0;
}

static int taking_check(struct taking *t, struct error *err)
{
	int r = taking_check_known(t, err);

	if (r == 0 && t->found && t->w->cut)
		r = cut_check_caller(t->w, &t->user, err);
	if (r == 0 && t->found && t->n > 0 && !t->w->cut && !t->w->last &&
		!t->q->holder)
		r = mfa_check_unprotected(t->w->aws, t->user.name, err);
	return r;
}

/* A last one without anything behind it needs no journal. */
static bool is_nothing(const struct taking *t)
{
	return t->n == 0 && !t->journal.path && !(t->found && t->w->cut);
}

static const char *sessions_of(const struct revoke_work *w)
{
	return w->cut ?
		"the policy covers sessions of the user; a session of a role "
		"that was assumed before goes on until it ends" :
		"sessions that were opened before go on until they end";
}

int revoke_user(struct revoke_work *w, const struct revoke_user *q,
	struct error *err)
{
	CLEANUP(taking_done) struct taking t = { .w = w, .q = q,
		.journal = { .fd = -1 } };
	size_t before = w->receipt->left;
	int r;

	if (q->journal) {
		t.journal = *q->journal;
		t.begun = q->fresh ? 0 : t.journal.begun;
		*q->journal = (struct journal){ .fd = -1 };
	}
	r = taking_find_user(&t, err);
	if (r == 0 && t.user.id[0])
		r = revoke_tell_undeleted(w, t.user.id, NULL, err);
	if (r == 0)
		r = find_devices(&t, err);
	if (r == 0)
		r = taking_check(&t, err);
	if (r < 0 || is_nothing(&t))
		return r;
	if (t.found)
		w->receipt->sessions = sessions_of(w);
	r = taking_begin(&t, err);
	if (r == 0)
		r = take_access(&t, err);
	if (r == 0)
		r = take_devices(&t, err);
	if (r == 0)
		r = check_remaining(&t, err);
	return r < 0 ? r : taking_end(&t, before, err);
}
