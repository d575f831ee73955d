/* SPDX-License-Identifier: Apache-2.0 */
/* One user: what is known of him, and which question is next. */
#include "bridge/audit/gather/subject.h"

#include <stdlib.h>
#include <string.h>

#define NEW_USER_SECONDS 300 /* for so long IAM may not know a new user */

static const char REPORT[] = "credential report";
static const char DEVICES[] = "iam:ListMFADevices";
static const char PASSWORD[] = "iam:GetLoginProfile";
static const char KEYS[] = "iam:ListAccessKeys";
static const char RIGHTS[] = "iam:GetAccountAuthorizationDetails";

const struct live_person *subject_row(const struct subject *p)
{
	return &p->asked.l->people.p[p->asked.owner];
}

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

void subject_init(struct subject *p, struct crowd *c, size_t owner)
{
	*p = (struct subject){
		.asked = { .l = c->l, .owner = owner },
		.crowd = c,
		.mfa = { AUDIT_NOT_KNOWN, DEVICES, 0, NULL, false },
		.password = { AUDIT_NOT_KNOWN, PASSWORD, 0, NULL, false },
		.listed = { AUDIT_NOT_KNOWN, DEVICES, 0, NULL, false },
		.key = { AUDIT_NOT_KNOWN, KEYS, 0, NULL, false },
	};
	subject_take_rights(p);
}

void subject_done(struct subject *p)
{
	free(p->mfa_why);
	free(p->password_why);
	free(p->key_why);
	free(p->rights_why);
	free(p->user);
}

/* ---- what the lists tell ---- */

static int person_by_id(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Unique ids of the users that have a virtual device. */
int crowd_find_virtual(struct crowd *c, struct error *err)
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
	if (p->mfa.answer == AUDIT_NOT_KNOWN && !p->contradicted &&
		has_virtual(p->crowd, row))
		p->mfa = live_fact(AUDIT_YES, "iam:ListVirtualMFADevices",
			l->virtual_when);
	if (p->password.answer == AUDIT_NOT_KNOWN && report_holds(l, row) &&
		row->reported_password != AUDIT_NOT_KNOWN)
		p->password = live_fact(row->reported_password, REPORT, made);
}

/* ---- his row ---- */

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

void subject_judge(struct subject *p)
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
			l->a->report.generated, live_time(l),
			row->reported_key },
	};

	count_changes(l, row, &u);
	audit_user(l->a, &u);
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

/* One of both lists is not of now, and nobody knows which. */
static int devices_contradicted(struct subject *p, struct error *err)
{
	static const char why[] = "the list of all virtual devices has one of "
		"this user's, and the user's own list is empty";
	struct live *l = p->asked.l;
	struct live_person *row = &l->people.p[p->asked.owner];

	p->contradicted = true;
	p->mfa = (struct audit_fact){ AUDIT_NOT_KNOWN, DEVICES, live_time(l),
		why, false };
	p->listed = p->mfa;
	if (l->a->counted)
		l->a->counted->missing += row->listed;
	row->devices_why = strdup(why);
	return row->devices_why ? subject_ask(p, err) : error_memory(err);
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
	if (p->asked.n == 0 && has_virtual(p->crowd, subject_row(p)))
		return devices_contradicted(p, err);
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
int subject_ask(struct subject *p, struct error *err)
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
	return p->crowd->over_with(p, err);
}
