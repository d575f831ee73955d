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
#include "bridge/audit/gather/gather.h"

#include "base/text.h"
#include "base/utf8.h"
#include "bridge/audit/gather/steps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void live_free(struct live **l)
{
	if (!*l)
		return;
	live_people_done(&(*l)->people);
	live_people_done(&(*l)->reported);
	live_holding_done(&(*l)->devices);
	live_holding_done(&(*l)->virtuals);
	live_holding_done(&(*l)->unassigned);
	rights_free(&(*l)->rights);
	aws_session_free(&(*l)->root_session);
	free_p(l);
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

	l->root = ROOT_NOT_KNOWN;
	l->devices_are = DEVICES_NOT_KNOWN;
	l->by_root = arn_is_root(l->identity.arn);
	if (!arn_parse(l->identity.arn, strlen(l->identity.arn), &arn) ||
		arn.partition.n >= sizeof(name))
		return;
	memcpy(name, arn.partition.p, arn.partition.n);
	p = partition_by_name(name);
	if (p) {
		l->root = p->root;
		l->devices_are = p->devices;
		l->devices_each = p->devices_per_user;
	}
	if (!p || p->root == ROOT_NOT_KNOWN)
		audit_note(l->a, "what root can have in the partition '%s' is "
			"not known: it is judged as if it had everything",
			name);
}

static int live_ask_caller(struct live *l, struct error *err)
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
	if (!l->a->now_stands && l->begun)
		l->a->now = l->begun;
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

static void live_say_notes(struct live *l)
{
	struct audit *a = l->a;

	if (l->stopped.there)
		audit_note(a, "AWS was not asked any more after: %s",
			l->stopped.why);
	if (l->gone)
		audit_note(a, "%llu user%s deleted since the report or while "
			"this ran", (unsigned long long)l->gone,
			l->gone == 1 ? " was" : "s were");
	if (l->renamed)
		audit_note(a, "%llu user%s renamed since the report",
			(unsigned long long)l->renamed,
			l->renamed == 1 ? " was" : "s were");
	if (l->made_since)
		audit_note(a, "%llu user%s not in the report: made since",
			(unsigned long long)l->made_since,
			l->made_since == 1 ? " is" : "s are");
	if (l->changed)
		audit_note(a, "%llu user%s got or lost MFA since the report; "
			"AWS's own answer counts",
			(unsigned long long)l->changed,
			l->changed == 1 ? " has" : "s have");
	if (l->report_bad && l->report_read)
		audit_note(a, "%llu row%s of the report cannot be read",
			(unsigned long long)l->report_bad,
			text_plural(l->report_bad));
	if (a->registry.elsewhere && !a->one_of_many)
		audit_note(a, "%zu binding%s of other accounts %s not judged",
			a->registry.elsewhere,
			text_plural(a->registry.elsewhere),
			a->registry.elsewhere == 1 ? "is" : "are");
	if (audit_asks(a, AUDIT_DEVICE_UNKNOWN) && l->bindings &&
		live_has_root(l) && !live_is_root(l) && l->root_mfa != AUDIT_NO)
		audit_note(a, "device-unknown: root's devices that are not "
			"virtual are listed for root only");
}

static int live_take_steps(struct live *l, struct error *err)
{
	int r;

	r = live_ask_caller(l, err);
	if (r < 0)
		return r;
	r = live_begin_report(l, err);
	if (r >= 0)
		r = live_read_report(l, err);
	if (r >= 0)
		r = live_ask_root(l, err);
	if (r >= 0)
		r = live_list_people(l, err);
	if (r >= 0)
		r = live_ask_rights(l, err);
	if (r >= 0)
		r = live_ask_people(l, err);
	if (r >= 0)
		r = live_ask_certified(l, err);
	if (r >= 0)
		r = live_compare_registry(l, err);
	if (r >= 0)
		live_judge_orphans(l);
	return r;
}

int audit_ask_aws(struct audit *a, struct aws_session *s,
	const struct registry_bindings *bindings, const struct known *known,
	const struct audit_renewal *renewal, struct error *err)
{
	CLEANUP(live_free) struct live *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return error_memory(err);
	l->a = a;
	l->s = s;
	l->bindings = bindings;
	l->known = known;
	l->renewal = renewal;
	r = live_take_steps(l, err);
	if (a->aws.used)
		live_say_notes(l);
	if (live_time(l) && !a->now_stands)
		a->now = live_time(l);
	a->aws.requests = aws_session_requests(s);
	a->aws.connections = aws_session_connections(s);
	if (l->root_session) {
		a->aws.requests += aws_session_requests(l->root_session);
		a->aws.connections += aws_session_connections(l->root_session);
	}
	return r;
}
