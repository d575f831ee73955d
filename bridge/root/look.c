/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking at root by AWS's answers. Each call that fails leaves its facts
 * unknown, with the reason; none of them keeps the others from being asked.
 */
#include "bridge/root/sight.h"

#include "aws/report/report.h"

#include <stdio.h>
#include <string.h>

#define REPORT_WAIT_MS 60000

static const char SUMMARY[] = "iam:GetAccountSummary";
static const char VIRTUALS[] = "iam:ListVirtualMFADevices";
static const char DEVICES[] = "iam:ListMFADevices";

struct looking {
	const struct root_look *q;
	struct root_sight *s;
};

static time_t look_time(const struct looking *l)
{
	time_t t = aws_now(l->q->session);

	return t > 0 ? t : 0;
}

static bool is_denial(const struct error *e)
{
	return strcmp(e->foreign, "AccessDenied") == 0 ||
		strcmp(e->foreign, "AccessDeniedException") == 0 ||
		strcmp(e->foreign, "UnauthorizedOperation") == 0;
}

static void set_fact(struct looking *l, enum root_fact id, int64_t n,
	const char *source)
{
	struct audit_fact *f = &l->s->fact[id];

	*f = (struct audit_fact){
		.answer = n < 0 ? AUDIT_NOT_KNOWN : n > 0 ? AUDIT_YES :
			AUDIT_NO,
		.source = source,
		.when = look_time(l),
		.why = n < 0 ? "AWS did not say" : NULL,
	};
}

static void set_unknown(struct looking *l, enum root_fact id,
	const char *source, const struct error *e)
{
	struct audit_fact *f = &l->s->fact[id];

	snprintf(l->s->why[id], sizeof(l->s->why[id]), "%s", e->text);
	*f = (struct audit_fact){ AUDIT_NOT_KNOWN, source, 0, l->s->why[id],
		is_denial(e) };
}

/* 0: look on without it. */
static int missed(struct looking *l, const struct error *e, struct error *err)
{
	if (e->code == ERROR_INTERRUPTED || e->code == ERROR_FAILED)
		return error_copy(err, e);
	if (!l->s->failure.code)
		l->s->failure = *e;
	return 0;
}

static int look_summary(struct looking *l, struct error *err)
{
	static const enum root_fact of_summary[] = { ROOT_PASSWORD, ROOT_KEYS,
		ROOT_CERTIFICATES, ROOT_MFA };
	struct iam_account_summary n;
	struct error e;
	size_t i;
	int r;

	r = iam_get_account_summary(l->q->session, &n, &e);
	if (r < 0) {
		for (i = 0; i < ARRAY_LEN(of_summary); i++)
			set_unknown(l, of_summary[i], SUMMARY, &e);
		return missed(l, &e, err);
	}
	set_fact(l, ROOT_PASSWORD, n.root_password, SUMMARY);
	set_fact(l, ROOT_KEYS, n.root_access_keys, SUMMARY);
	set_fact(l, ROOT_CERTIFICATES, n.root_certificates, SUMMARY);
	set_fact(l, ROOT_MFA, n.root_mfa, SUMMARY);
	l->s->in_use = n.devices_in_use;
	return 0;
}

/* Which of them it is; NULL: too many. */
static struct root_device *add_root_device(struct looking *l, const char *serial,
	time_t enabled, const char *source)
{
	struct root_sight *s = l->s;
	struct root_device *d;
	size_t i;

	for (i = 0; i < s->devices_n; i++)
		if (strcmp(s->devices[i].serial, serial) == 0)
			return &s->devices[i];
	if (s->devices_n == ROOT_DEVICES_MAX)
		return NULL;
	d = &s->devices[s->devices_n++];
	*d = (struct root_device){ .kind = device_kind(serial),
		.enabled = enabled, .source = source };
	snprintf(d->serial, sizeof(d->serial), "%s", serial);
	return d;
}

static int look_on_virtual(void *data, const struct iam_virtual_device *device,
	struct error *err)
{
	struct looking *l = data;

	(void)err;
	if (!device->of_root)
		return 0;
	add_root_device(l, device->serial, device->enabled, VIRTUALS);
	set_fact(l, ROOT_VIRTUAL, 1, VIRTUALS);
	return 0;
}

/* A user's name or path may hold "root": User.Arn alone decides. */
static int look_virtual(struct looking *l, struct error *err)
{
	struct error e;
	int r;

	set_fact(l, ROOT_VIRTUAL, 0, VIRTUALS);
	r = iam_list_virtual_mfa_devices(l->q->session, IAM_ASSIGNED,
		look_on_virtual, l, &e);
	if (r >= 0)
		return 0;
	/* what came before the failure is there all the same */
	if (l->s->fact[ROOT_VIRTUAL].answer != AUDIT_YES)
		set_unknown(l, ROOT_VIRTUAL, VIRTUALS, &e);
	return missed(l, &e, err);
}

static int look_on_device(void *data, const struct iam_device *device,
	struct error *err)
{
	(void)err;
	add_root_device(data, device->serial, device->enabled, DEVICES);
	return 0;
}

/* AWS may refuse it for a device of root's; nothing follows from that. */
static int look_certifications(struct looking *l, struct root_device *d,
	struct error *err)
{
	struct iam_fido_device got;
	struct error e;
	int r;

	if (d->kind != DEVICE_FIDO || l->q->assumed)
		return 0;
	r = iam_get_mfa_device(l->q->session, NULL, d->serial, &got, &e);
	if (r < 0)
		return e.code == ERROR_INTERRUPTED ? error_copy(err, &e) : 0;
	d->certified_known = true;
	d->certifications_n = got.count;
	memcpy(d->certifications, got.certifications,
		sizeof(d->certifications));
	return 0;
}

static int look_own(struct looking *l, struct error *err)
{
	struct root_sight *s = l->s;
	struct error e;
	size_t i;
	int r;

	if (!l->q->by_root)
		return 0;
	r = iam_list_mfa_devices(l->q->session, NULL, look_on_device, l, &e);
	if (r < 0)
		return missed(l, &e, err);
	s->all_devices = true;
	for (i = 0; r == 0 && i < s->devices_n; i++) {
		if (s->devices[i].kind == DEVICE_VIRTUAL)
			set_fact(l, ROOT_VIRTUAL, 1, DEVICES);
		r = look_certifications(l, &s->devices[i], err);
	}
	if (s->fact[ROOT_VIRTUAL].answer == AUDIT_NOT_KNOWN)
		set_fact(l, ROOT_VIRTUAL, 0, DEVICES);
	if (s->fact[ROOT_MFA].answer == AUDIT_NOT_KNOWN)
		set_fact(l, ROOT_MFA, (int64_t)s->devices_n, DEVICES);
	return r;
}

/* ---- the report ---- */

static enum audit_answer look_answer(struct report_field f)
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

static int look_on_row(void *data, const struct report_row *row,
	struct error *err)
{
	struct report_field f = row->field[REPORT_ARN];
	struct looking *l = data;
	struct arn arn;

	(void)err;
	if (!report_row_is_root(row) || !arn_parse(f.p, f.n, &arn) ||
		!arn_part_is(arn.account, l->s->account))
		return 0;
	l->s->reported.has = true;
	l->s->reported.mfa = look_answer(row->field[REPORT_MFA_ACTIVE]);
	l->s->reported.password =
		look_answer(row->field[REPORT_PASSWORD_ENABLED]);
	return 0;
}

static int look_on_bad(void *data, uint64_t line, const struct error *why,
	struct error *err)
{
	(void)data;
	(void)line;
	(void)why;
	(void)err;
	return 0;
}

/* Hours old: it is shown beside the answers, and decides nothing alone. */
static int look_report(struct looking *l, struct error *err)
{
	const struct report_events events = { look_on_row, look_on_bad, l };
	CLEANUP(report_free) struct report *report = NULL;
	struct iam_report_info info = { .generated = 0 };
	struct error e;
	int r;

	if (!l->q->report)
		return 0;
	r = report_new(&report, &events, &e);
	if (r >= 0)
		r = iam_get_credential_report(l->q->session,
			deadline_in(REPORT_WAIT_MS), report_feed_any, report, &info,
			&e);
	if (r >= 0)
		r = report_finish(report, &e);
	if (r < 0)
		return e.code == ERROR_INTERRUPTED ? error_copy(err, &e) : 0;
	l->s->reported.read = true;
	l->s->reported.generated = info.generated;
	l->s->reported.now = look_time(l);
	return 0;
}

int root_look(const struct root_look *q, struct root_sight *ret,
	struct error *err)
{
	static int (*const steps[])(struct looking *, struct error *) = {
		look_summary, look_virtual, look_own, look_report,
	};
	struct looking l = { q, ret };
	size_t i;
	int r = 0;

	memset(ret, 0, sizeof(*ret));
	snprintf(ret->account, sizeof(ret->account), "%s", q->account);
	ret->partition = aws_session_partition(q->session);
	ret->in_use = IAM_UNKNOWN;
	if (ret->partition->root == ROOT_NONE)
		return 0;
	for (i = 0; r == 0 && i < ARRAY_LEN(steps); i++)
		r = steps[i](&l, err);
	return r;
}
