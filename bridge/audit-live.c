/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit of one account by asking AWS.
 *
 * ListMFADevices of every user decides about MFA. The report is read for what
 * it saves and for what it tells apart: a console password as of this very run
 * (made after its first answer) need not be asked for again; users in it that
 * are gone, and users who are not in it, are said to be so. A call that fails
 * makes UNKNOWN what rests on it and nothing else; only Ctrl-C ends the run.
 */
#include "bridge/audit.h"

#include "aws/iam.h"
#include "aws/report.h"
#include "aws/sts.h"
#include "base/text.h"
#include "bridge/registry.h"
#include "bridge/ui.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REPORT_WAIT_MS 60000
#define PROGRESS_MS 1000
#define LOST_MAX 3        /* calls in a row without an answer: AWS is away */
#define NEW_USER_SECONDS 300 /* for so long IAM may not know a new user */

static const char OLD_NAME[] = ":mfa/root-account-mfa-device";
static const char REPORT[] = "credential report";

/* A user, as ListUsers, the report or both have it. Strings are owned. */
struct person {
	char *name;
	char *arn;
	time_t created;   /* 0: not told */
	bool listed;      /* by ListUsers */
	bool in_report;
	time_t reported_created;
	bool other;       /* the report's row is of an earlier one */
	enum audit_answer reported_mfa, reported_password;
	char *devices_why; /* why not all devices are known; NULL */
	bool devices_denied;
};

struct people {
	struct person *p; /* owned, by name once sorted */
	size_t n, size;
};

struct held {
	size_t owner;     /* of people; ROOT_OWNER */
	char *serial;     /* owned */
	const char *kind; /* constant */
	time_t when;
};

#define ROOT_OWNER SIZE_MAX

struct holding {
	struct held *p; /* owned */
	size_t n, size;
};

/* What is in the way of a whole list. */
struct gap {
	bool there;
	bool denied;
	char why[512];
};

struct live {
	struct audit *a;
	struct aws_session *s;
	const struct registry_bindings *bindings;
	struct sts_identity identity;
	bool has_root;     /* the partition */
	bool by_root;      /* root asks */
	time_t begun;      /* AWS's clock at the first answer */

	struct gap stopped; /* no more calls are made */
	unsigned lost;      /* calls in a row without an answer */

	struct people people;
	struct gap people_gap;
	struct people reported;
	bool report_read;
	bool reported_root;
	enum audit_answer reported_root_mfa;
	char strange_account[ARN_ACCOUNT_LEN + 1];
	uint64_t report_bad;

	struct holding devices; /* with their owners */
	struct holding virtuals; /* assigned ones, whoever has them */
	struct gap virtual_gap;
	struct gap devices_gap;  /* of any user */
	char root_serial[IAM_SERIAL_MAX + 1];
	bool root_old_name;
	char namesake[IAM_NAME_MAX + 1];
	time_t virtual_when;
	struct gap summary_gap;
	struct gap root_devices_gap;
	struct iam_account_summary summary;
	time_t summary_when;
	enum audit_answer root_mfa;

	uint64_t gone, made_since, changed;
	deadline_t progress;
};

static void people_done(struct people *list)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		free(list->p[i].name);
		free(list->p[i].arn);
		free(list->p[i].devices_why);
	}
	free_p(&list->p);
	list->n = list->size = 0;
}

static void holding_done(struct holding *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		free(list->p[i].serial);
	free_p(&list->p);
	list->n = list->size = 0;
}

static void live_free(struct live **l)
{
	if (!*l)
		return;
	people_done(&(*l)->people);
	people_done(&(*l)->reported);
	holding_done(&(*l)->devices);
	holding_done(&(*l)->virtuals);
	free_p(l);
}

/* Room for one more; the new one is all zero. NULL without memory. */
static struct person *person_add(struct people *list, const char *name,
	size_t name_n, const char *arn, size_t arn_n)
{
	struct person *grown, *p;
	size_t size;

	if (list->n == list->size) {
		size = list->size ? 2 * list->size : 64;
		grown = reallocarray(list->p, size, sizeof(*grown));
		if (!grown)
			return NULL;
		list->p = grown;
		list->size = size;
	}
	p = &list->p[list->n];
	memset(p, 0, sizeof(*p));
	p->name = strndup(name, name_n);
	p->arn = strndup(arn, arn_n);
	list->n++;
	return p->name && p->arn ? p : NULL;
}

static int held_add(struct holding *list, size_t owner, const char *serial,
	const char *kind, time_t when, struct error *err)
{
	struct held *grown;
	size_t size;

	if (list->n == list->size) {
		size = list->size ? 2 * list->size : 64;
		grown = reallocarray(list->p, size, sizeof(*grown));
		if (!grown)
			return error_memory(err);
		list->p = grown;
		list->size = size;
	}
	list->p[list->n].serial = strdup(serial);
	if (!list->p[list->n].serial)
		return error_memory(err);
	list->p[list->n].owner = owner;
	list->p[list->n].kind = kind;
	list->p[list->n].when = when;
	list->n++;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct person *)a)->name,
		((const struct person *)b)->name);
}

static struct person *find(const struct people *list, const char *name)
{
	struct person key = { .name = (char *)(uintptr_t)name };

	return list->n ? bsearch(&key, list->p, list->n, sizeof(key), by_name) :
		NULL;
}

static int by_serial(const void *a, const void *b)
{
	return strcmp(((const struct held *)a)->serial,
		((const struct held *)b)->serial);
}

static const struct held *find_serial(const struct holding *list,
	const char *serial)
{
	struct held key = { .serial = (char *)(uintptr_t)serial };

	return list->n ? bsearch(&key, list->p, list->n, sizeof(key),
		by_serial) : NULL;
}

static void sort_held(struct holding *list)
{
	if (list->n)
		qsort(list->p, list->n, sizeof(*list->p), by_serial);
}

/* AWS's clock; 0 where no reply has told it. */
static time_t aws_time(const struct live *l)
{
	time_t t = aws_now(l->s);

	return t > 0 ? t : 0;
}

/* ---- calls that may fail ---- */

static bool is_one_of(const char *code, const char *const *codes)
{
	for (; *codes; codes++)
		if (strcmp(code, *codes) == 0)
			return true;
	return false;
}

static bool is_denied(const struct error *e)
{
	static const char *const codes[] = { "AccessDenied",
		"AccessDeniedException", "UnauthorizedOperation", NULL };

	return e->code == ERROR_REMOTE && is_one_of(e->foreign, codes);
}

/* Whether the next call would fail, too. */
static bool is_final(const struct live *l, const struct error *e)
{
	static const char *const codes[] = { "ExpiredToken",
		"ExpiredTokenException", "InvalidClientTokenId",
		"SignatureDoesNotMatch", "RequestExpired", NULL };

	if (e->code == ERROR_REMOTE)
		return is_one_of(e->foreign, codes);
	return e->code == ERROR_TIMEOUT || l->lost >= LOST_MAX;
}

static void gap_set(struct gap *g, const struct error *e)
{
	g->there = true;
	g->denied = is_denied(e);
	snprintf(g->why, sizeof(g->why), "%s", e->text);
}

/*
 * What a failed call leaves: a gap. Negative only where a person wants to
 * stop, or this machine cannot go on.
 */
static int call_failed(struct live *l, const struct error *e, struct gap *ret,
	struct error *err)
{
	if (e->code == ERROR_INTERRUPTED || e->code == ERROR_FAILED)
		return error_copy(err, e);
	gap_set(ret, e);
	l->lost = e->code == ERROR_UNREACHABLE ? l->lost + 1 : 0;
	if (is_final(l, e))
		l->stopped = *ret;
	return 0;
}

/* True where no call is to be made any more: then *ret says why. */
static bool no_more_calls(const struct live *l, struct gap *ret)
{
	if (l->stopped.there)
		*ret = l->stopped;
	return l->stopped.there;
}

static struct audit_fact fact_of_gap(const struct gap *g, const char *source)
{
	return (struct audit_fact){ AUDIT_NOT_KNOWN, source, 0, g->why,
		g->denied };
}

static struct audit_fact fact(enum audit_answer answer, const char *source,
	time_t when)
{
	return (struct audit_fact){ answer, source, when, NULL, false };
}

/* ---- who asks ---- */

static void take_endpoint(struct live *l)
{
	static const enum aws_service services[] = { AWS_IAM, AWS_STS };
	const struct aws_endpoint *e;
	size_t i;

	for (i = 0; i < ARRAY_LEN(services); i++) {
		e = aws_session_endpoint(l->s, services[i]);
		if (!e->overridden || l->a->endpoint)
			continue;
		l->a->endpoint = l->a->aws.endpoint = e->url;
		l->a->aws.origin = e->origin;
	}
}

static void take_partition(struct live *l)
{
	const struct partition *p;
	struct arn arn;
	char name[32] = "";

	l->has_root = true;
	l->by_root = arn_is_root(l->identity.arn);
	if (!arn_parse(l->identity.arn, strlen(l->identity.arn), &arn) ||
		arn.partition.n >= sizeof(name))
		return;
	memcpy(name, arn.partition.p, arn.partition.n);
	p = partition_by_name(name);
	if (p)
		l->has_root = p->has_root_user;
}

static int who_asks(struct live *l, struct error *err)
{
	struct audit_aws_source *s = &l->a->aws;
	CLEANUP(free_p) char *alias = NULL;
	struct error e = { .code = 0 };
	int r;

	take_endpoint(l);
	r = sts_get_caller_identity(l->s, &l->identity, err);
	if (r < 0)
		return r;
	l->begun = aws_time(l);
	l->a->now = l->begun ? l->begun : time(NULL);
	s->used = true;
	s->when = l->begun;
	snprintf(s->caller, sizeof(s->caller), "%s", l->identity.arn);
	snprintf(s->account, sizeof(s->account), "%s", l->identity.account);
	take_partition(l);
	r = audit_guard(l->a, s->account, "the credentials are", err);
	if (r < 0)
		return r;
	r = iam_get_account_alias(l->s, &alias, &e);
	if (r == -ERROR_INTERRUPTED)
		return error_copy(err, &e);
	snprintf(s->alias, sizeof(s->alias), "%s", alias ? alias : "");
	text_sanitise(s->alias);
	return 0;
}

/* ---- the report ---- */

static enum audit_answer answer_of(struct report_field f)
{
	switch (report_value(f)) {
	case REPORT_TRUE:
		return AUDIT_YES;
	case REPORT_FALSE:
		return AUDIT_NO;
	default:
		return AUDIT_NOT_KNOWN;
	}
}

/* A report of another account would make nonsense of everything. */
static bool is_ours(struct live *l, const struct report_row *row)
{
	struct report_field f = row->field[REPORT_ARN];
	struct arn arn;

	if (!arn_parse(f.p, f.n, &arn))
		return false;
	if (arn_part_is(arn.account, l->identity.account))
		return true;
	if (arn.account.n == ARN_ACCOUNT_LEN)
		memcpy(l->strange_account, arn.account.p, ARN_ACCOUNT_LEN);
	return false;
}

static int on_row(void *data, const struct report_row *row, struct error *err)
{
	struct report_field name = row->field[REPORT_USER];
	struct report_field arn = row->field[REPORT_ARN];
	struct live *l = data;
	struct person *p;

	if (!is_ours(l, row)) {
		l->report_bad++;
		return 0;
	}
	if (report_row_is_root(row)) {
		l->reported_root = true;
		l->reported_root_mfa = answer_of(row->field[REPORT_MFA_ACTIVE]);
		return 0;
	}
	if (name.n == 0 || name.n > IAM_NAME_MAX) {
		l->report_bad++;
		return 0;
	}
	p = person_add(&l->reported, name.p, name.n, arn.p, arn.n);
	if (!p)
		return error_memory(err);
	p->reported_mfa = answer_of(row->field[REPORT_MFA_ACTIVE]);
	p->reported_password = answer_of(row->field[REPORT_PASSWORD_ENABLED]);
	(void)report_time(row->field[REPORT_USER_CREATION_TIME],
		&p->reported_created);
	return 0;
}

static int on_bad(void *data, uint64_t line, const struct error *why,
	struct error *err)
{
	struct live *l = data;

	(void)line;
	(void)why;
	(void)err;
	l->report_bad++;
	return 0;
}

static int feed(void *data, const unsigned char *p, size_t n,
	struct error *err)
{
	return report_feed(data, p, n, err);
}

static int fetch_report(struct live *l, struct error *err)
{
	const struct report_events events = { on_row, on_bad, l };
	CLEANUP(report_free) struct report *report = NULL;
	struct iam_report_info info = { .generated = 0 };
	int r;

	r = report_new(&report, &events, err);
	if (r >= 0)
		r = iam_get_credential_report(l->s,
			deadline_in(REPORT_WAIT_MS), feed, report, &info, err);
	if (r >= 0)
		r = report_finish(report, err);
	if (r >= 0 && l->strange_account[0])
		return error_set(err, ERROR_MALFORMED,
			"the credential report that AWS gave is of account "
			"'%s'", l->strange_account);
	if (r < 0)
		return r;
	l->a->report.generated = info.generated;
	l->a->report.reports = report_count(report);
	l->a->report.rows = report_rows(report);
	l->a->report.bad_rows = l->report_bad;
	return 0;
}

static int read_report(struct live *l, struct error *err)
{
	struct audit_report_source *source = &l->a->report;
	struct gap g = { .there = false };
	struct error e;
	int r;

	if (!audit_asks(l->a, AUDIT_USER_MFA_MISSING) &&
		!audit_asks(l->a, AUDIT_ROOT_MFA_MISSING))
		return 0;
	source->used = true;
	if (!no_more_calls(l, &g)) {
		r = fetch_report(l, &e);
		if (r >= 0) {
			l->report_read = true;
			if (l->reported.n)
				qsort(l->reported.p, l->reported.n,
					sizeof(*l->reported.p), by_name);
			return 0;
		}
		people_done(&l->reported);
		l->reported_root = false;
		/* its time limit is not the session's */
		if (e.code == ERROR_TIMEOUT)
			e.code = ERROR_REMOTE;
		r = call_failed(l, &e, &g, err);
		if (r < 0)
			return r;
	}
	snprintf(source->why_not, sizeof(source->why_not), "%s", g.why);
	return 0;
}

/* ---- users ---- */

static int on_user(void *data, const struct iam_user *user, struct error *err)
{
	struct live *l = data;
	struct person *p;

	if (!user->name[0])
		return 0;
	p = person_add(&l->people, user->name, strlen(user->name), user->arn,
		strlen(user->arn));
	if (!p)
		return error_memory(err);
	p->listed = true;
	p->created = user->created;
	return 0;
}

/* The report's row beside the user that AWS lists. */
static void join(struct person *p, const struct person *row)
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
	struct people known = { l->people.p, listed, 0 };
	const struct person *row;
	struct person *p;

	for (i = 0; i < listed; i++) {
		row = find(&l->reported, l->people.p[i].name);
		if (row)
			join(&l->people.p[i], row);
	}
	for (i = 0; i < l->reported.n; i++) {
		row = &l->reported.p[i];
		known.p = l->people.p; /* it moves as it grows */
		if (find(&known, row->name))
			continue;
		p = person_add(&l->people, row->name, strlen(row->name),
			row->arn, strlen(row->arn));
		if (!p)
			return error_memory(err);
		join(p, row);
	}
	return 0;
}

static bool asks_devices(const struct live *l)
{
	return l->bindings && (audit_asks(l->a, AUDIT_DEVICE_UNKNOWN) ||
		audit_asks(l->a, AUDIT_DEVICE_GONE));
}

static bool asks_users(const struct live *l)
{
	return audit_asks(l->a, AUDIT_USER_MFA_MISSING) || asks_devices(l);
}

static int list_people(struct live *l, struct error *err)
{
	struct error e;
	int r = 0;

	if (!asks_users(l))
		return 0;
	if (!no_more_calls(l, &l->people_gap)) {
		r = iam_list_users(l->s, on_user, l, &e);
		if (r < 0)
			r = call_failed(l, &e, &l->people_gap, err);
	}
	if (r < 0)
		return r;
	l->a->aws.users = l->people.n;
	if (l->people.n)
		qsort(l->people.p, l->people.n, sizeof(*l->people.p), by_name);
	return add_reported(l, err);
}

/* The users that nobody could name. */
static void unlisted_people(struct live *l)
{
	struct audit_fact none = fact_of_gap(&l->people_gap, "iam:ListUsers");
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

struct asked {
	struct live *l;
	size_t owner;
	size_t n;
	char kinds[64];
};

static int on_device(void *data, const struct iam_device *device,
	struct error *err)
{
	struct asked *asked = data;
	const char *kind = device_kind_name(device->kind);
	size_t n = strlen(asked->kinds);

	asked->n++;
	if (!strstr(asked->kinds, kind))
		snprintf(asked->kinds + n, sizeof(asked->kinds) - n, "%s%s",
			n ? ", " : "", kind);
	return held_add(&asked->l->devices, asked->owner, device->serial, kind,
		aws_time(asked->l), err);
}

static bool is_no_such_entity(const struct error *e)
{
	return e->code == ERROR_REMOTE &&
		strcmp(e->foreign, "NoSuchEntity") == 0;
}

/* NoSuchEntity for a user that AWS has just listed as new is no deletion. */
static bool is_gone(const struct live *l, const struct person *p)
{
	return !p->listed || (p->created &&
		l->begun - p->created > NEW_USER_SECONDS);
}

static int ask_devices(struct live *l, size_t i, struct audit_user *u,
	struct asked *asked, struct gap *g, struct error *err)
{
	static const char source[] = "iam:ListMFADevices";
	struct person *p = &l->people.p[i];
	struct error e;
	int r = 0;

	*asked = (struct asked){ .l = l, .owner = i };
	if (!no_more_calls(l, g)) {
		r = iam_list_mfa_devices(l->s, p->name, on_device, asked, &e);
		if (r >= 0) {
			l->lost = 0;
			u->mfa = fact(asked->n ? AUDIT_YES : AUDIT_NO, source,
				aws_time(l));
			u->devices = asked->n;
			u->kinds = asked->kinds;
			return 0;
		}
		u->gone = is_no_such_entity(&e) && is_gone(l, p);
		r = call_failed(l, &e, g, err);
	}
	u->mfa = fact_of_gap(g, source);
	if (u->gone)
		u->mfa.when = aws_time(l);
	if (r < 0 || u->gone)
		return r;
	p->devices_denied = g->denied;
	p->devices_why = strdup(g->why);
	l->devices_gap = *g;
	return p->devices_why ? 0 : error_memory(err);
}

/* Whether the report speaks of this user and of a moment in this run. */
static bool report_is_fresh(const struct live *l, const struct person *p)
{
	return l->report_read && p->in_report && !p->other &&
		p->reported_password != AUDIT_NOT_KNOWN && l->begun > 0 &&
		l->a->report.generated > l->begun;
}

static int ask_password(struct live *l, const struct person *p,
	struct audit_user *u, struct gap *g, struct error *err)
{
	static const char source[] = "iam:GetLoginProfile";
	struct error e;
	bool exists;
	int r = 0;

	if (report_is_fresh(l, p)) {
		u->password = fact(p->reported_password, REPORT,
			l->a->report.generated);
		return 0;
	}
	if (!no_more_calls(l, g)) {
		r = iam_get_login_profile(l->s, p->name, &exists, &e);
		if (r >= 0) {
			l->lost = 0;
			u->password = fact(exists ? AUDIT_YES : AUDIT_NO,
				source, aws_time(l));
			return 0;
		}
		r = call_failed(l, &e, g, err);
	}
	u->password = fact_of_gap(g, source);
	return r;
}

static void count_changes(struct live *l, const struct person *p,
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
	const struct person *p = &l->people.p[i];
	struct gap devices = { .there = false }, password = devices;
	struct asked asked;
	struct audit_user u = {
		.account = l->identity.account,
		.name = p->name,
		.reported = { l->report_read, p->in_report, p->other,
			p->reported_mfa, p->reported_password,
			l->a->report.generated },
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

static void show_progress(struct live *l, size_t done)
{
	if (!isatty(STDERR_FILENO) || !deadline_passed(l->progress))
		return;
	l->progress = deadline_in(PROGRESS_MS);
	if (done > 0)
		ui_say("%zu of %zu users", done, l->people.n);
}

static int ask_people(struct live *l, struct error *err)
{
	size_t i;
	int r = 0;

	if (!asks_users(l))
		return 0;
	l->progress = deadline_in(PROGRESS_MS);
	for (i = 0; r >= 0 && i < l->people.n; i++) {
		show_progress(l, i);
		r = audit_may_go_on(l->a, err);
		if (r >= 0)
			r = ask_person(l, i, err);
	}
	if (r >= 0)
		unlisted_people(l);
	return r;
}

/* ---- root ---- */

static int ask_summary(struct live *l, struct error *err)
{
	struct error e;
	int r;

	if (!audit_asks(l->a, AUDIT_ROOT_MFA_MISSING) &&
		!audit_asks(l->a, AUDIT_ROOT_MFA_VIRTUAL) && !asks_devices(l))
		return 0;
	if (!l->has_root || no_more_calls(l, &l->summary_gap))
		return 0;
	r = iam_get_account_summary(l->s, &l->summary, &e);
	if (r < 0)
		return call_failed(l, &e, &l->summary_gap, err);
	l->summary_when = aws_time(l);
	return 0;
}

static int on_virtual(void *data, const struct iam_virtual_device *device,
	struct error *err)
{
	size_t n = strlen(device->serial), old = strlen(OLD_NAME);
	bool old_name = n > old &&
		strcmp(device->serial + n - old, OLD_NAME) == 0;
	struct live *l = data;
	int r;

	if (!device->assigned)
		return 0;
	r = held_add(&l->virtuals, ROOT_OWNER, device->serial, "virtual",
		aws_time(l), err);
	if (r < 0 || !device->of_root) {
		if (old_name)
			snprintf(l->namesake, sizeof(l->namesake), "%s",
				device->user);
		return r;
	}
	if (!l->root_serial[0])
		snprintf(l->root_serial, sizeof(l->root_serial), "%s",
			device->serial);
	l->root_old_name |= old_name;
	/* root itself lists all its devices: see ask_root_devices */
	return l->by_root ? 0 : held_add(&l->devices, ROOT_OWNER,
		device->serial, "virtual", aws_time(l), err);
}

static int ask_virtual(struct live *l, struct error *err)
{
	struct error e;
	int r;

	if (!asks_devices(l) && (!l->has_root ||
			!audit_asks(l->a, AUDIT_ROOT_MFA_VIRTUAL)))
		return 0;
	if (no_more_calls(l, &l->virtual_gap))
		return 0;
	r = iam_list_virtual_mfa_devices(l->s, IAM_ASSIGNED, on_virtual, l,
		&e);
	l->virtual_when = aws_time(l);
	return r < 0 ? call_failed(l, &e, &l->virtual_gap, err) : 0;
}

static int ask_root_devices(struct live *l, struct error *err)
{
	struct asked asked = { .l = l, .owner = ROOT_OWNER };
	struct error e;
	int r;

	if (!l->by_root || !asks_devices(l) ||
		no_more_calls(l, &l->root_devices_gap))
		return 0;
	r = iam_list_mfa_devices(l->s, NULL, on_device, &asked, &e);
	return r < 0 ? call_failed(l, &e, &l->root_devices_gap, err) : 0;
}

static struct audit_fact fact_of_summary(const struct live *l, int64_t n)
{
	static const char source[] = "iam:GetAccountSummary";

	if (l->summary_gap.there)
		return fact_of_gap(&l->summary_gap, source);
	if (n < 0)
		return (struct audit_fact){ AUDIT_NOT_KNOWN, source,
			l->summary_when, "AWS did not say", false };
	return fact(n > 0 ? AUDIT_YES : AUDIT_NO, source, l->summary_when);
}

static struct audit_fact fact_of_virtual(const struct live *l)
{
	static const char source[] = "iam:ListVirtualMFADevices";

	if (l->root_serial[0])
		return fact(AUDIT_YES, source, l->virtual_when);
	if (l->virtual_gap.there)
		return fact_of_gap(&l->virtual_gap, source);
	return fact(AUDIT_NO, source, l->virtual_when);
}

static int ask_root(struct live *l, struct error *err)
{
	struct audit_root root = { .account = l->identity.account };
	int r;

	r = ask_summary(l, err);
	if (r >= 0)
		r = ask_virtual(l, err);
	if (r >= 0)
		r = ask_root_devices(l, err);
	if (r < 0)
		return r;
	root.absent = !l->has_root;
	root.mfa = fact_of_summary(l, l->summary.root_mfa);
	root.password = fact_of_summary(l, l->summary.root_password);
	root.keys = fact_of_summary(l, l->summary.root_access_keys);
	root.certificates = fact_of_summary(l, l->summary.root_certificates);
	root.is_virtual = fact_of_virtual(l);
	root.serial = l->root_serial[0] ? l->root_serial : NULL;
	root.old_name = l->root_old_name;
	root.namesake = l->namesake[0] ? l->namesake : NULL;
	root.reported = (struct audit_reported){ l->report_read,
		l->reported_root, false, l->reported_root_mfa,
		AUDIT_NOT_KNOWN, l->a->report.generated };
	l->root_mfa = root.absent ? AUDIT_NO : root.mfa.answer;
	audit_root(l->a, &root);
	return 0;
}

/* ---- devices against the registry ---- */

static bool is_ours_in_force(const struct live *l,
	const struct registry_binding *b)
{
	return b->kind == REGISTRY_AWS && b->removed == 0 &&
		strcmp(b->account, l->identity.account) == 0;
}

static int by_string(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Serials of the account's bindings in force, sorted; owned array of borrowed
 * strings. */
static int bound_serials(const struct live *l, const char ***ret, size_t *ret_n,
	struct error *err)
{
	const char **list = calloc(l->bindings->n + 1, sizeof(*list));
	size_t i, n = 0;

	if (!list)
		return error_memory(err);
	for (i = 0; i < l->bindings->n; i++)
		if (is_ours_in_force(l, &l->bindings->p[i]) &&
			l->bindings->p[i].device)
			list[n++] = l->bindings->p[i].device;
	qsort(list, n, sizeof(*list), by_string);
	*ret = list;
	*ret_n = n;
	return 0;
}

static const char *owner_name(const struct live *l, size_t owner)
{
	return owner == ROOT_OWNER ? AUDIT_ROOT_SUBJECT :
		l->people.p[owner].name;
}

static struct audit_fact registry_says(enum audit_answer answer)
{
	return fact(answer, "registry", time(NULL));
}

static void device_gap(struct live *l, const char *user, const char *source,
	const char *why, bool denied)
{
	struct audit_device d = {
		.account = l->identity.account,
		.user = user,
		.at_aws = { AUDIT_NOT_KNOWN, source, 0, why, denied },
		.bound = registry_says(AUDIT_NO),
	};

	audit_device(l->a, &d);
}

/* A row for everybody whose devices are not all known. */
static void device_gaps(struct live *l)
{
	size_t i;

	for (i = 0; i < l->people.n; i++)
		if (l->people.p[i].devices_why)
			device_gap(l, l->people.p[i].name,
				"iam:ListMFADevices",
				l->people.p[i].devices_why,
				l->people.p[i].devices_denied);
	if (l->people_gap.there)
		device_gap(l, "(users not listed)", "iam:ListUsers",
			l->people_gap.why, l->people_gap.denied);
	if (l->virtual_gap.there && l->has_root && !l->by_root)
		device_gap(l, AUDIT_ROOT_SUBJECT, "iam:ListVirtualMFADevices",
			l->virtual_gap.why, l->virtual_gap.denied);
	if (l->root_devices_gap.there)
		device_gap(l, AUDIT_ROOT_SUBJECT, "iam:ListMFADevices",
			l->root_devices_gap.why, l->root_devices_gap.denied);
}

static int judge_devices(struct live *l, struct error *err)
{
	CLEANUP(free_p) const char **bound = NULL;
	const struct held *h;
	struct audit_device d;
	size_t i, n = 0;
	int r;

	r = bound_serials(l, &bound, &n, err);
	if (r < 0)
		return r;
	for (i = 0; i < l->devices.n; i++) {
		h = &l->devices.p[i];
		d = (struct audit_device){
			.account = l->identity.account,
			.user = owner_name(l, h->owner),
			.serial = h->serial,
			.kind = h->kind,
			.at_aws = fact(AUDIT_YES, h->owner == ROOT_OWNER &&
				!l->by_root ? "iam:ListVirtualMFADevices" :
				"iam:ListMFADevices", h->when),
			.bound = registry_says(bsearch(&h->serial, bound, n,
				sizeof(*bound), by_string) ? AUDIT_YES :
				AUDIT_NO),
		};
		audit_device(l->a, &d);
	}
	device_gaps(l);
	return 0;
}

/* Root's devices that are not virtual are listed for root only. */
static bool is_hidden(const struct live *l, const struct registry_binding *b)
{
	bool of_root = strcmp(b->user, l->identity.account) == 0 ||
		strstr(b->device, ":u2f/root/");

	return of_root && !l->by_root && l->root_mfa != AUDIT_NO &&
		device_kind(b->device) != DEVICE_VIRTUAL;
}

/* The first reason why a device that was not seen may be there. */
static struct audit_fact absence(const struct live *l, const char *device)
{
	const struct {
		const struct gap *gap;
		const char *source;
	} gaps[] = {
		{ &l->people_gap, "iam:ListUsers" },
		{ &l->devices_gap, "iam:ListMFADevices" },
		{ &l->root_devices_gap, "iam:ListMFADevices" },
	};
	size_t i;

	if (device_kind(device) == DEVICE_VIRTUAL && !l->virtual_gap.there)
		return fact(AUDIT_NO, "iam:ListVirtualMFADevices",
			l->virtual_when);
	for (i = 0; i < ARRAY_LEN(gaps); i++)
		if (gaps[i].gap->there)
			return fact_of_gap(gaps[i].gap, gaps[i].source);
	if (device_kind(device) == DEVICE_VIRTUAL && l->has_root &&
		!l->by_root)
		return fact_of_gap(&l->virtual_gap,
			"iam:ListVirtualMFADevices");
	return fact(AUDIT_NO, "iam:ListMFADevices", aws_time(l));
}

static struct audit_fact presence(const struct live *l, const char *device)
{
	const struct held *h = find_serial(&l->devices, device);

	if (h)
		return fact(AUDIT_YES, "iam:ListMFADevices", h->when);
	h = find_serial(&l->virtuals, device);
	if (h)
		return fact(AUDIT_YES, "iam:ListVirtualMFADevices", h->when);
	return absence(l, device);
}

static void judge_bindings(struct live *l)
{
	const struct registry_binding *b;
	struct audit_registry_source *source = &l->a->registry;
	struct audit_binding row;
	size_t i, hidden = 0;

	sort_held(&l->devices);
	sort_held(&l->virtuals);
	for (i = 0; i < l->bindings->n; i++) {
		b = &l->bindings->p[i];
		if (b->kind != REGISTRY_AWS || b->removed != 0)
			continue;
		if (!is_ours_in_force(l, b)) {
			source->elsewhere++;
			continue;
		}
		source->bindings++;
		if (b->device && is_hidden(l, b)) {
			hidden++;
			continue;
		}
		row = (struct audit_binding){
			.account = l->identity.account,
			.user = b->user_name,
			.device = b->device,
			.erased = !b->device,
			.at_aws = b->device ? presence(l, b->device) :
				registry_says(AUDIT_NOT_KNOWN),
		};
		audit_binding(l->a, &row);
	}
	if (hidden)
		audit_note(l->a, "device-gone is not asked for %zu devices of "
			"root: those that are not virtual are listed for root "
			"only", hidden);
}

/* A registry that is there and could not be read. */
static void unread_registry(struct live *l)
{
	struct audit_fact none = { AUDIT_NOT_KNOWN, "registry", 0,
		l->a->registry.why_not, false };
	struct audit_device d = {
		.account = l->identity.account,
		.user = "(all devices)",
		.bound = none,
	};
	struct audit_binding b = {
		.account = l->identity.account,
		.user = "(all bindings)",
		.at_aws = none,
	};

	audit_device(l->a, &d);
	audit_binding(l->a, &b);
}

static int compare_registry(struct live *l, struct error *err)
{
	int r;

	if (!l->bindings) {
		if (l->a->registry.used)
			unread_registry(l);
		return 0;
	}
	r = asks_devices(l) ? judge_devices(l, err) : 0;
	if (r >= 0)
		judge_bindings(l);
	return r;
}

/* ---- the whole ---- */

static void say_notes(struct live *l)
{
	struct audit *a = l->a;

	if (l->stopped.there)
		audit_note(a, "AWS was not asked any more after: %s",
			l->stopped.why);
	if (l->gone)
		audit_note(a, "%llu users were deleted since the report or "
			"while this ran", (unsigned long long)l->gone);
	if (l->made_since)
		audit_note(a, "%llu users are not in the report: made since",
			(unsigned long long)l->made_since);
	if (l->changed)
		audit_note(a, "%llu users have got or lost MFA since the "
			"report; AWS's own answer counts",
			(unsigned long long)l->changed);
	if (l->report_bad && l->report_read)
		audit_note(a, "%llu rows of the report cannot be read",
			(unsigned long long)l->report_bad);
	if (a->registry.elsewhere)
		audit_note(a, "%zu bindings of other accounts are not judged",
			a->registry.elsewhere);
	if (audit_asks(a, AUDIT_DEVICE_UNKNOWN) && l->bindings &&
		l->has_root && !l->by_root && l->root_mfa != AUDIT_NO)
		audit_note(a, "device-unknown: root's devices that are not "
			"virtual are listed for root only");
}

static int run(struct live *l, struct error *err)
{
	int r;

	r = who_asks(l, err);
	if (r < 0)
		return r;
	r = read_report(l, err);
	if (r >= 0)
		r = ask_root(l, err);
	if (r >= 0)
		r = list_people(l, err);
	if (r >= 0)
		r = ask_people(l, err);
	if (r >= 0)
		r = compare_registry(l, err);
	return r;
}

int audit_ask_aws(struct audit *a, struct aws_session *s,
	const struct registry_bindings *bindings, struct error *err)
{
	CLEANUP(live_free) struct live *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return error_memory(err);
	l->a = a;
	l->s = s;
	l->bindings = bindings;
	r = run(l, err);
	if (a->aws.used)
		say_notes(l);
	if (aws_time(l))
		a->now = aws_time(l);
	a->aws.requests = aws_session_requests(s);
	a->aws.connections = aws_session_connections(s);
	return r;
}
