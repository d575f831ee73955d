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
#include "bridge/audit/gather/live.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOST_MAX 3 /* calls in a row without an answer: AWS is away */

void live_people_done(struct people *list)
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
	live_people_done(&(*l)->people);
	live_people_done(&(*l)->reported);
	holding_done(&(*l)->devices);
	holding_done(&(*l)->virtuals);
	free_p(l);
}

struct person *live_person_add(struct people *list, const char *name,
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

int live_held_add(struct holding *list, size_t owner, const char *serial,
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

int live_by_name(const void *a, const void *b)
{
	return strcmp(((const struct person *)a)->name,
		((const struct person *)b)->name);
}

struct person *live_find_person(const struct people *list, const char *name)
{
	struct person key = { .name = (char *)(uintptr_t)name };

	return list->n ? bsearch(&key, list->p, list->n, sizeof(key),
		live_by_name) : NULL;
}

static int live_by_serial(const void *a, const void *b)
{
	return strcmp(((const struct held *)a)->serial,
		((const struct held *)b)->serial);
}

const struct held *live_find_serial(const struct holding *list,
	const char *serial)
{
	struct held key = { .serial = (char *)(uintptr_t)serial };

	return list->n ? bsearch(&key, list->p, list->n, sizeof(key),
		live_by_serial) : NULL;
}

void live_sort(struct holding *list)
{
	if (list->n)
		qsort(list->p, list->n, sizeof(*list->p), live_by_serial);
}

time_t live_time(const struct live *l)
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

int live_call_failed(struct live *l, const struct error *e, struct gap *ret,
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

bool live_no_more_calls(const struct live *l, struct gap *ret)
{
	if (l->stopped.there)
		*ret = l->stopped;
	return l->stopped.there;
}

struct audit_fact live_gap_fact(const struct gap *g, const char *source)
{
	return (struct audit_fact){ AUDIT_NOT_KNOWN, source, 0, g->why,
		g->denied };
}

struct audit_fact live_fact(enum audit_answer answer, const char *source,
	time_t when)
{
	return (struct audit_fact){ answer, source, when, NULL, false };
}

bool live_asks_devices(const struct live *l)
{
	return l->bindings && (audit_asks(l->a, AUDIT_DEVICE_UNKNOWN) ||
		audit_asks(l->a, AUDIT_DEVICE_GONE));
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
	l->begun = live_time(l);
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
	utf8_sanitise(s->alias);
	return 0;
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
	r = live_read_report(l, err);
	if (r >= 0)
		r = live_ask_root(l, err);
	if (r >= 0)
		r = live_list_people(l, err);
	if (r >= 0)
		r = live_ask_people(l, err);
	if (r >= 0)
		r = live_compare_registry(l, err);
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
	if (live_time(l))
		a->now = live_time(l);
	a->aws.requests = aws_session_requests(s);
	a->aws.connections = aws_session_connections(s);
	return r;
}
