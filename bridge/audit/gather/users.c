/* SPDX-License-Identifier: Apache-2.0 */
/* The live audit's users: who there is, their devices, their passwords. */
#include "bridge/audit/gather/steps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROGRESS_MS 1000
#define NEW_USER_SECONDS 300 /* for so long IAM may not know a new user */

static const char REPORT[] = "credential report";

static int users_on_user(void *data, const struct iam_user *user,
	struct error *err)
{
	struct live *l = data;
	struct live_person *p;

	if (!user->name[0])
		return 0;
	p = live_person_add(&l->people, user->name, strlen(user->name),
		user->arn, strlen(user->arn));
	if (!p)
		return error_memory(err);
	p->listed = true;
	p->created = user->created;
	p->id = strdup(user->id);
	return p->id ? 0 : error_memory(err);
}

/* The report's row beside the user that AWS lists. */
static void users_join(struct live_person *p, const struct live_person *row)
{
	p->in_report = true;
	p->reported_created = row->reported_created;
	p->reported_mfa = row->reported_mfa;
	p->reported_password = row->reported_password;
	p->other = strcmp(p->arn, row->arn) != 0 ||
		(p->created && row->reported_created &&
			p->created != row->reported_created);
}

static int add_reported(struct live *l, struct error *err)
{
	size_t i, listed = l->people.n;
	struct live_people known = { l->people.p, listed, 0 };
	const struct live_person *row;
	struct live_person *p;

	for (i = 0; i < listed; i++) {
		row = live_find_person(&l->reported, l->people.p[i].name);
		if (row)
			users_join(&l->people.p[i], row);
	}
	for (i = 0; i < l->reported.n; i++) {
		row = &l->reported.p[i];
		known.p = l->people.p; /* it moves as it grows */
		if (live_find_person(&known, row->name))
			continue;
		p = live_person_add(&l->people, row->name, strlen(row->name),
			row->arn, strlen(row->arn));
		if (!p)
			return error_memory(err);
		users_join(p, row);
	}
	return 0;
}

static bool asks_users(const struct live *l)
{
	return audit_asks(l->a, AUDIT_USER_MFA_MISSING) || live_asks_devices(l);
}

int live_list_people(struct live *l, struct error *err)
{
	struct error e;
	int r = 0;

	if (!asks_users(l))
		return 0;
	if (!live_no_more_calls(l, &l->people_gap)) {
		r = iam_list_users(l->s, users_on_user, l, &e);
		if (r < 0)
			r = live_call_failed(l, &e, &l->people_gap, err);
	}
	if (r < 0)
		return r;
	l->a->aws.users = l->people.n;
	l->a->listed = !l->people_gap.there;
	if (l->people.n)
		qsort(l->people.p, l->people.n, sizeof(*l->people.p),
			live_by_name);
	return add_reported(l, err);
}

/* The users that nobody could name. */
static void unlisted_people(struct live *l)
{
	struct audit_fact none = live_gap_fact(&l->people_gap, "iam:ListUsers");
	struct audit_user u = {
		.account = l->identity.account,
		.name = "(users not listed)",
		.mfa = none,
		.password = none,
	};

	if (l->people_gap.there)
		audit_user(l->a, &u);
}

/* ---- a user's devices and password ---- */

static bool is_no_such_entity(const struct error *e)
{
	return e->code == ERROR_REMOTE &&
		strcmp(e->foreign, "NoSuchEntity") == 0;
}

/* NoSuchEntity for a user that AWS has just listed as new is no deletion. */
static bool is_gone(const struct live *l, const struct live_person *p)
{
	return !p->listed || (p->created &&
		l->begun - p->created > NEW_USER_SECONDS);
}

static int ask_devices(struct live *l, size_t i, struct audit_user *u,
	struct live_asked *asked, struct live_gap *g, struct error *err)
{
	static const char source[] = "iam:ListMFADevices";
	struct live_person *p = &l->people.p[i];
	struct error e;
	int r = 0;

	*asked = (struct live_asked){ .l = l, .owner = i };
	if (!live_no_more_calls(l, g)) {
		r = iam_list_mfa_devices(l->s, p->name, live_on_device, asked,
			&e);
		if (r >= 0) {
			l->lost = 0;
			u->mfa = live_fact(asked->n ? AUDIT_YES : AUDIT_NO,
				source, live_time(l));
			u->devices = p->devices = asked->n;
			u->kinds = asked->kinds;
			return 0;
		}
		u->gone = is_no_such_entity(&e) && is_gone(l, p);
		r = live_call_failed(l, &e, g, err);
	}
	u->mfa = live_gap_fact(g, source);
	if (u->gone)
		u->mfa.when = live_time(l);
	if (r < 0 || u->gone)
		return r;
	p->devices_denied = g->denied;
	p->devices_why = strdup(g->why);
	l->devices_gap = *g;
	return p->devices_why ? 0 : error_memory(err);
}

/* Whether the report speaks of this user and of a moment in this run. */
static bool report_is_fresh(const struct live *l, const struct live_person *p)
{
	return l->report_read && p->in_report && !p->other &&
		p->reported_password != AUDIT_NOT_KNOWN && l->begun > 0 &&
		l->a->report.generated > l->begun;
}

static int ask_password(struct live *l, const struct live_person *p,
	struct audit_user *u, struct live_gap *g, struct error *err)
{
	static const char source[] = "iam:GetLoginProfile";
	struct error e;
	bool exists;
	int r = 0;

	/* the first one is asked in any case: whoever lacks the right gets the
	 * same verdict by a fresh report as by an old one */
	if (l->may_ask_passwords && report_is_fresh(l, p)) {
		u->password = live_fact(p->reported_password, REPORT,
			l->a->report.generated);
		return 0;
	}
	if (!live_no_more_calls(l, g)) {
		r = iam_get_login_profile(l->s, p->name, &exists, &e);
		if (r >= 0) {
			l->lost = 0;
			l->may_ask_passwords = true;
			u->password = live_fact(exists ? AUDIT_YES : AUDIT_NO,
				source, live_time(l));
			return 0;
		}
		r = live_call_failed(l, &e, g, err);
	}
	u->password = live_gap_fact(g, source);
	return r;
}

static void count_changes(struct live *l, const struct live_person *p,
	const struct audit_user *u)
{
	if (!l->report_read)
		return;
	l->gone += u->gone;
	l->made_since += !u->gone && (!p->in_report || p->other);
	l->changed += !u->gone && p->in_report && !p->other &&
		u->mfa.answer != AUDIT_NOT_KNOWN &&
		p->reported_mfa != AUDIT_NOT_KNOWN &&
		u->mfa.answer != p->reported_mfa;
}

static int ask_person(struct live *l, size_t i, struct error *err)
{
	const struct live_person *p = &l->people.p[i];
	struct live_gap devices = { .there = false }, password = devices;
	struct live_asked asked;
	struct audit_user u = {
		.account = l->identity.account,
		.name = p->name,
		.reported = { l->report_read, p->in_report, p->other,
			p->reported_mfa, p->reported_password,
			l->a->report.generated, live_time(l) },
	};
	int r;

	r = ask_devices(l, i, &u, &asked, &devices, err);
	if (r >= 0 && !u.gone && u.mfa.answer != AUDIT_YES &&
		audit_asks(l->a, AUDIT_USER_MFA_MISSING))
		r = ask_password(l, p, &u, &password, err);
	if (r < 0)
		return r;
	count_changes(l, p, &u);
	audit_user(l->a, &u);
	return 0;
}

static void users_show_progress(struct live *l, size_t done)
{
	if (!l->a->tells_progress || !deadline_passed(l->progress))
		return;
	l->progress = deadline_in(PROGRESS_MS);
	if (done > 0)
		run_progress(l->a->run, "%zu of %zu users", done, l->people.n);
}

int live_ask_people(struct live *l, struct error *err)
{
	size_t i;
	int r = 0;

	if (!asks_users(l))
		return 0;
	l->progress = deadline_in(PROGRESS_MS);
	for (i = 0; r >= 0 && i < l->people.n; i++) {
		users_show_progress(l, i);
		r = audit_may_go_on(l->a, err);
		if (r >= 0)
			r = live_stay_signed_in(l, err);
		if (r >= 0)
			r = ask_person(l, i, err);
	}
	if (r >= 0)
		unlisted_people(l);
	return r;
}
