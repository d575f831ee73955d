/* SPDX-License-Identifier: Apache-2.0 */
/* The live audit's users: who there is, their devices, their passwords. */
#include "bridge/audit/gather/steps.h"

#include "aws/many/calls.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROGRESS_MS 1000
#define NEW_USER_SECONDS 300 /* for so long IAM may not know a new user */

static const char REPORT[] = "credential report";
static const char DEVICES[] = "iam:ListMFADevices";
static const char PASSWORD[] = "iam:GetLoginProfile";
static const char KEYS[] = "iam:ListAccessKeys";
static const char RIGHTS[] = "iam:GetAccountAuthorizationDetails";

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
	/* a new path is a new ARN, and the same user */
	if (p->created && row->reported_created)
		p->other = p->created != row->reported_created;
	else
		p->other = strcmp(p->arn, row->arn) != 0;
}

/* Whether no other row of a name that is not listed was made then. */
static bool is_only_row(const struct live *l, const struct live_people *listed,
	const struct live_person *row)
{
	const struct live_person *other;
	size_t i;

	for (i = 0; i < l->reported.n; i++) {
		other = &l->reported.p[i];
		if (other != row &&
			other->reported_created == row->reported_created &&
			!live_find_person(listed, other->name))
			return false;
	}
	return true;
}

/*
 * The listed user that this row, of a name that is not listed, can only be of:
 * made in the very second, and not in the report either. NULL where there is
 * none, or where more than one could be meant.
 */
static struct live_person *renamed_from(const struct live *l,
	const struct live_people *listed, const struct live_person *row)
{
	struct live_person *found = NULL;
	size_t i;

	if (!row->reported_created || l->people_gap.there ||
		!is_only_row(l, listed, row))
		return NULL;
	for (i = 0; i < listed->n; i++) {
		if (listed->p[i].created != row->reported_created ||
			listed->p[i].in_report)
			continue;
		if (found)
			return NULL;
		found = &listed->p[i];
	}
	return found;
}

static int take_old_name(struct live *l, struct live_person *p,
	const struct live_person *row, struct error *err)
{
	users_join(p, row);
	p->was = strdup(row->name);
	l->renamed++;
	return p->was ? 0 : error_memory(err);
}

static int add_reported(struct live *l, struct error *err)
{
	size_t i, listed = l->people.n;
	struct live_people known = { l->people.p, listed, 0 };
	const struct live_person *row;
	struct live_person *p;
	int r;

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
		p = renamed_from(l, &known, row);
		if (p) {
			r = take_old_name(l, p, row, err);
			if (r < 0)
				return r;
			continue;
		}
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
	return live_asks_devices(l) || audit_asks_any(l->a,
		AUDIT_BIT(AUDIT_USER_MFA_MISSING) |
		AUDIT_BIT(AUDIT_ADMIN_MFA_MISSING));
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
		.listed = none,
		.rights = none,
	};

	if (l->people_gap.there)
		audit_user(l->a, &u);
}

/* ---- what is known of each ---- */

struct crowd;

/* One user while he is asked about. */
struct subject {
	struct live_asked asked; /* his devices; first: see live_on_device */
	struct crowd *crowd;
	bool devices_asked, password_asked;
	bool keys_asked, user_asked;
	bool exists;             /* a password, as GetLoginProfile answered */
	bool gone;
	bool over;               /* nothing more is asked */
	struct audit_fact mfa, password, listed, key, rights;
	bool bounded;
	struct iam_user *user;   /* owned; as GetUser answered */
	bool user_found;
	char *mfa_why, *password_why, *key_why, *rights_why; /* owned: of these */
};

struct crowd {
	struct live *l;
	struct calls *calls;     /* owned */
	struct subject *p;        /* owned; one for each of the people */
	size_t next;             /* of the people whose row comes next */
	size_t over;             /* how many are */
	const char **virtual_ids; /* owned array of borrowed ids, sorted */
	size_t virtual_ids_n;
	int64_t begun;
};

static void crowd_done(struct crowd *c)
{
	size_t i;

	calls_free(&c->calls);
	for (i = 0; c->p && i < c->l->people.n; i++) {
		free(c->p[i].mfa_why);
		free(c->p[i].password_why);
		free(c->p[i].key_why);
		free(c->p[i].rights_why);
		free(c->p[i].user);
	}
	free_p(&c->p);
	free_p(&c->virtual_ids);
}

static const struct live_person *subject_row(const struct subject *p)
{
	return &p->asked.l->people.p[p->asked.owner];
}

static int person_by_id(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Unique ids of the users that have a virtual device. */
static int crowd_find_virtual(struct crowd *c, struct error *err)
{
	const struct live_holding *v = &c->l->virtuals;
	size_t i;

	c->virtual_ids = calloc(v->n + 1, sizeof(*c->virtual_ids));
	if (!c->virtual_ids)
		return error_memory(err);
	for (i = 0; i < v->n; i++)
		if (v->p[i].user_id)
			c->virtual_ids[c->virtual_ids_n++] = v->p[i].user_id;
	qsort(c->virtual_ids, c->virtual_ids_n, sizeof(*c->virtual_ids),
		person_by_id);
	return 0;
}

static bool has_virtual(const struct crowd *c, const struct live_person *row)
{
	return row->id && row->id[0] && bsearch(&row->id, c->virtual_ids,
		c->virtual_ids_n, sizeof(*c->virtual_ids), person_by_id);
}

/* Whether the report speaks of this user, and of a moment in this run. */
static bool report_holds(const struct live *l, const struct live_person *row)
{
	return l->report_is_fresh && row->in_report && !row->other &&
		!row->was;
}

/* What decides without a question: who has MFA, who has no password. */
static void subject_by_lists(struct subject *p)
{
	const struct live *l = p->asked.l;
	const struct live_person *row = subject_row(p);
	time_t made = l->a->report.generated;

	if (p->mfa.answer == AUDIT_NOT_KNOWN && report_holds(l, row) &&
		row->reported_mfa == AUDIT_YES)
		p->mfa = live_fact(AUDIT_YES, REPORT, made);
	if (p->mfa.answer == AUDIT_NOT_KNOWN && has_virtual(p->crowd, row))
		p->mfa = live_fact(AUDIT_YES, "iam:ListVirtualMFADevices",
			l->virtual_when);
	if (p->password.answer == AUDIT_NOT_KNOWN && report_holds(l, row) &&
		row->reported_password != AUDIT_NOT_KNOWN)
		p->password = live_fact(row->reported_password, REPORT, made);
}

/* ---- rows, in the people's order ---- */

static void count_changes(struct live *l, const struct live_person *row,
	const struct audit_user *u)
{
	if (!l->report_read)
		return;
	l->gone += u->gone;
	l->made_since += !u->gone && (!row->in_report || row->other);
	l->changed += !u->gone && row->in_report && !row->other &&
		u->mfa.answer != AUDIT_NOT_KNOWN &&
		row->reported_mfa != AUDIT_NOT_KNOWN &&
		u->mfa.answer != row->reported_mfa;
}

static void subject_judge(struct subject *p)
{
	struct live *l = p->asked.l;
	const struct live_person *row = subject_row(p);
	const struct audit_user u = {
		.account = l->identity.account,
		.name = row->name,
		.gone = p->gone,
		.mfa = p->mfa,
		.devices = p->asked.n,
		.kinds = p->asked.n ? p->asked.kinds : NULL,
		.listed = p->listed,
		.fido = p->asked.fido,
		.seeded = p->asked.seeded[0] ? p->asked.seeded : NULL,
		.was = row->was,
		.one_allowed = l->devices_each == 1,
		.no_fido = l->devices_are == DEVICES_VIRTUAL,
		.key = p->key,
		.rights = p->rights,
		.bounded = p->bounded,
		.password = p->password,
		.reported = { l->report_read, row->in_report, row->other,
			row->reported_mfa, row->reported_password,
			l->a->report.generated, live_time(l) },
	};

	count_changes(l, row, &u);
	audit_user(l->a, &u);
}

/* Those before whom nobody is left to be asked; at the end all that are over. */
static void crowd_judge(struct crowd *c, bool at_end)
{
	for (; c->next < c->l->people.n; c->next++) {
		if (c->p[c->next].over)
			subject_judge(&c->p[c->next]);
		else if (!at_end)
			return;
	}
}

static void users_show_progress(struct crowd *c)
{
	struct live *l = c->l;
	struct calls_figures f;
	size_t left = l->people.n - c->over;
	int64_t passed = deadline_now() - c->begun;

	if (!l->a->tells_progress || !deadline_passed(l->progress))
		return;
	l->progress = deadline_in(PROGRESS_MS);
	calls_figures(c->calls, &f);
	run_progress(l->a->run, "%zu of %zu users, %u call%s at once, about "
		"%lld s left", c->over, l->people.n, f.under_way,
		text_plural(f.under_way), (long long)(passed *
			(int64_t)left / (int64_t)c->over / 1000));
}

static int subject_is_over(struct subject *p, struct error *err)
{
	struct crowd *c = p->crowd;

	p->over = true;
	c->over++;
	crowd_judge(c, false);
	users_show_progress(c);
	return audit_may_go_on(c->l->a, err);
}

/* ---- questions ---- */

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

/*
 * What a question without an answer leaves. Where no more calls are to be made
 * the rest ends by the same reason.
 */
static int subject_gap(struct subject *p, const char *source,
	const struct error *e, struct live_gap *g, struct audit_fact *ret,
	char **ret_why, struct error *err)
{
	struct live *l = p->asked.l;
	int r = 0;

	if (e->code == ERROR_INTERRUPTED || !live_no_more_calls(l, g))
		r = live_call_failed(l, e, g, err);
	if (r < 0)
		return r;
	if (l->stopped.there)
		calls_stop(p->crowd->calls, e);
	free(*ret_why);
	*ret_why = strdup(g->why);
	*ret = live_gap_fact(g, source);
	ret->why = *ret_why;
	return *ret_why ? 0 : error_memory(err);
}

static int subject_ask(struct subject *p, struct error *err);

static int devices_failed(struct subject *p, const struct error *e,
	struct error *err)
{
	struct live *l = p->asked.l;
	struct live_person *row = &l->people.p[p->asked.owner];
	struct live_gap g = { .there = false };
	int r;

	p->gone = is_no_such_entity(e) && is_gone(l, row);
	r = subject_gap(p, DEVICES, e, &g, &p->mfa, &p->mfa_why, err);
	if (r < 0)
		return r;
	p->listed = p->mfa;
	if (p->gone) {
		p->mfa.when = live_time(l);
		return 0;
	}
	if (l->a->counted)
		l->a->counted->missing += row->listed;
	row->devices_denied = g.denied;
	row->devices_why = strdup(g.why);
	l->devices_gap = g;
	return row->devices_why ? 0 : error_memory(err);
}

/* What the run keeps of it: the fact, for whom AWS listed. */
static int count_devices(struct subject *p, struct error *err)
{
	struct audit_counted *counted = p->asked.l->a->counted;
	const struct live_person *row = subject_row(p);

	if (!counted || !row->listed)
		return 0;
	if (!row->id[0]) {
		counted->missing++;
		return 0;
	}
	return audit_counted_add(counted, row->id, p->asked.n, p->asked.kinds,
		p->mfa.when, err);
}

static int on_devices(void *data, const struct error *e, struct error *err)
{
	struct subject *p = data;
	struct live *l = p->asked.l;
	int r = 0;

	if (e) {
		r = devices_failed(p, e, err);
		/* what came before the list broke off is not all of it */
		p->asked.n = p->asked.fido = 0;
		p->asked.seeded[0] = '\0';
		return r < 0 ? r : subject_ask(p, err);
	}
	l->lost = 0;
	p->mfa = live_fact(p->asked.n ? AUDIT_YES : AUDIT_NO, DEVICES,
		live_time(l));
	p->listed = live_fact(AUDIT_YES, DEVICES, p->mfa.when);
	l->people.p[p->asked.owner].devices = p->asked.n;
	r = count_devices(p, err);
	return r < 0 ? r : subject_ask(p, err);
}

static int on_password(void *data, const struct error *e, struct error *err)
{
	struct subject *p = data;
	struct live *l = p->asked.l;
	struct live_gap g = { .there = false };
	int r = 0;

	if (e) {
		r = subject_gap(p, PASSWORD, e, &g, &p->password,
			&p->password_why, err);
	} else {
		l->lost = 0;
		p->password = live_fact(p->exists ? AUDIT_YES : AUDIT_NO,
			PASSWORD, live_time(l));
	}
	return r < 0 ? r : subject_ask(p, err);
}

static int on_key(void *data, const struct iam_access_key *key,
	struct error *err)
{
	struct subject *p = data;

	(void)err;
	if (key->active)
		p->key = live_fact(AUDIT_YES, KEYS, live_time(p->asked.l));
	return 0;
}

static int on_keys(void *data, const struct error *e, struct error *err)
{
	struct subject *p = data;
	struct live_gap g = { .there = false };
	int r = 0;

	/* one that was seen is there, wherever the list broke off */
	if (e && p->key.answer != AUDIT_YES)
		r = subject_gap(p, KEYS, e, &g, &p->key, &p->key_why, err);
	else if (p->key.answer != AUDIT_YES)
		p->key = live_fact(AUDIT_NO, KEYS, live_time(p->asked.l));
	return r < 0 ? r : subject_ask(p, err);
}

/* Whether he is still who the rights were told of. */
static int on_user(void *data, const struct error *e, struct error *err)
{
	struct subject *p = data;
	const struct live_person *row = subject_row(p);
	struct live_gap g = { .there = false };
	int r = 0;

	if (e)
		r = subject_gap(p, "iam:GetUser", e, &g, &p->rights,
			&p->rights_why, err);
	else if (!p->user_found)
		p->gone = is_gone(p->asked.l, row);
	else if (row->id && row->id[0] && strcmp(p->user->id, row->id) != 0)
		p->rights = (struct audit_fact){ AUDIT_NOT_KNOWN, RIGHTS, 0,
			"the user was deleted and made again while this ran",
			false };
	return r < 0 ? r : subject_ask(p, err);
}

static int ask_devices(struct subject *p, struct error *err)
{
	struct error e;
	int r;

	p->devices_asked = true;
	r = iam_ask_mfa_devices(p->crowd->calls, subject_row(p)->name,
		live_on_device, on_devices, p, &e);
	return r < 0 ? on_devices(p, &e, err) : 0;
}

static int ask_password(struct subject *p, struct error *err)
{
	struct error e;
	int r;

	p->password_asked = true;
	r = iam_ask_login_profile(p->crowd->calls, subject_row(p)->name, &p->exists,
		on_password, p, &e);
	return r < 0 ? on_password(p, &e, err) : 0;
}

static int subject_ask_keys(struct subject *p, struct error *err)
{
	struct error e;
	int r;

	p->keys_asked = true;
	r = iam_ask_access_keys(p->crowd->calls, subject_row(p)->name, on_key,
		on_keys, p, &e);
	return r < 0 ? on_keys(p, &e, err) : 0;
}

static int subject_ask_user(struct subject *p, struct error *err)
{
	struct error e;
	int r;

	p->user_asked = true;
	p->user = calloc(1, sizeof(*p->user));
	if (!p->user)
		return error_memory(err);
	r = iam_ask_user(p->crowd->calls, subject_row(p)->name, p->user,
		&p->user_found, on_user, p, &e);
	return r < 0 ? on_user(p, &e, err) : 0;
}

/* ---- which question is next ---- */

/* An administrator who may have no MFA: what the FAIL would rest on. */
static bool is_suspect(const struct subject *p)
{
	return audit_asks(p->asked.l->a, AUDIT_ADMIN_MFA_MISSING) &&
		!p->gone && p->mfa.answer != AUDIT_YES &&
		p->rights.answer != AUDIT_NO;
}

static bool is_without_mfa(const struct subject *p)
{
	return is_suspect(p) && p->mfa.answer == AUDIT_NO;
}

/* Devices that can be phished, of somebody who may have a password. */
static bool is_to_be_resistant(const struct subject *p)
{
	const struct live *l = p->asked.l;

	return audit_asks(l->a, AUDIT_USER_NOT_RESISTANT) && !p->gone &&
		l->devices_are != DEVICES_VIRTUAL &&
		p->asked.fido < p->asked.n;
}

static bool needs_password(const struct subject *p)
{
	bool is_open = audit_asks(p->asked.l->a, AUDIT_USER_MFA_MISSING) &&
		!p->gone && p->mfa.answer != AUDIT_YES;

	return p->password.answer == AUDIT_NOT_KNOWN && !p->password_asked &&
		(is_open || is_to_be_resistant(p) ||
			(is_without_mfa(p) && p->key.answer != AUDIT_YES));
}

/* A would-be FAIL is confirmed: he is still there, and still the same. */
static bool needs_user(const struct subject *p)
{
	return is_without_mfa(p) && !p->user_asked &&
		p->rights.answer == AUDIT_YES &&
		(p->key.answer == AUDIT_YES ||
			p->password.answer == AUDIT_YES);
}

/* No password, by a report that does not decide: likely the shorter way. GetLoginProfile
 * cannot tell a user without one from one that is gone. */
static bool is_password_first(const struct subject *p)
{
	const struct live_person *row = subject_row(p);

	return row->listed && row->in_report && !row->other &&
		row->reported_password == AUDIT_NO && !p->password_asked &&
		!live_asks_devices(p->asked.l);
}

/* The next question, of as few as decide; or the end. */
static int subject_ask(struct subject *p, struct error *err)
{
	struct live *l = p->asked.l;
	bool is_open;

	if (live_asks_devices(l) && !p->devices_asked)
		return ask_devices(p, err);
	subject_by_lists(p);
	is_open = audit_asks(l->a, AUDIT_USER_MFA_MISSING) && !p->gone &&
		p->mfa.answer != AUDIT_YES && p->password.answer != AUDIT_NO;
	if (is_open && is_password_first(p))
		return ask_password(p, err);
	if ((is_open || is_suspect(p)) && !p->devices_asked)
		return ask_devices(p, err);
	if (is_without_mfa(p) && !p->keys_asked)
		return subject_ask_keys(p, err);
	if (needs_password(p))
		return ask_password(p, err);
	if (needs_user(p))
		return subject_ask_user(p, err);
	return subject_is_over(p, err);
}

/* ---- all of them ---- */

static void subject_take_rights(struct subject *p)
{
	static const enum audit_answer answers[] = {
		[RIGHTS_NOT_KNOWN] = AUDIT_NOT_KNOWN,
		[RIGHTS_NO] = AUDIT_NO,
		[RIGHTS_BOUNDED] = AUDIT_NO,
		[RIGHTS_YES] = AUDIT_YES,
	};
	const struct live *l = p->asked.l;
	const struct live_person *row = subject_row(p);
	enum rights_answer answer;
	const char *why = NULL;

	p->rights = live_gap_fact(&l->rights_gap, RIGHTS);
	if (!l->rights)
		return;
	answer = rights_of(l->rights, row->name, row->id ? row->id : "", &why);
	p->rights = live_fact(answers[answer], RIGHTS, l->rights_when);
	p->rights.why = why;
	p->bounded = answer == RIGHTS_BOUNDED;
}

static int crowd_stay_signed_in(void *self, struct error *err)
{
	struct crowd *c = self;
	struct error why;
	int r = live_stay_signed_in(c->l, err);

	if (r < 0 || !c->l->stopped.there)
		return r;
	error_set(&why, ERROR_REMOTE, "%s", c->l->stopped.why);
	calls_stop(c->calls, &why);
	return 0;
}

static int crowd_gather(struct crowd *c, struct error *err)
{
	const struct calls_options options = {
		.rate = c->l->a->rate,
		.renew = crowd_stay_signed_in,
		.self = c,
	};
	size_t i;
	int r;

	c->p = calloc(c->l->people.n + 1, sizeof(*c->p));
	if (!c->p)
		return error_memory(err);
	r = crowd_find_virtual(c, err);
	if (r >= 0)
		r = calls_new(&c->calls, c->l->s, &options, err);
	for (i = 0; r >= 0 && i < c->l->people.n; i++) {
		c->p[i] = (struct subject){
			.asked = { .l = c->l, .owner = i },
			.crowd = c,
			.mfa = { AUDIT_NOT_KNOWN, DEVICES, 0, NULL, false },
			.password = { AUDIT_NOT_KNOWN, PASSWORD, 0, NULL,
				false },
			.listed = { AUDIT_NOT_KNOWN, DEVICES, 0, NULL, false },
			.key = { AUDIT_NOT_KNOWN, KEYS, 0, NULL, false },
		};
		subject_take_rights(&c->p[i]);
		r = subject_ask(&c->p[i], err);
	}
	return r;
}

int live_ask_people(struct live *l, struct error *err)
{
	CLEANUP(crowd_done) struct crowd c = { .l = l,
		.begun = deadline_now() };
	int r;

	if (!asks_users(l))
		return 0;
	l->progress = deadline_in(PROGRESS_MS);
	r = crowd_gather(&c, err);
	if (r >= 0)
		r = calls_run(c.calls, err);
	if (c.p)
		crowd_judge(&c, true);
	live_sort_by_owner(&l->devices);
	if (r >= 0)
		unlisted_people(l);
	return r;
}
