/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The live audit's FIDO devices: what certification AWS holds of each. The
 * first is asked about alone: whoever may not ask is told so once.
 */
#include "bridge/audit/gather/steps.h"

#include "aws/many/calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char SOURCE[] = "iam:GetMFADevice";
static const char NOT_ALLOWED[] = "the caller may not ask for it: "
	"iam:GetMFADevice";

/* One device while AWS is asked about it. */
struct question {
	struct live *l;
	const struct live_held *held;
	struct iam_fido_device device; /* the answer */
	struct audit_fact certified;
	char why[ERROR_TEXT_MAX];
	bool gone;
};

static bool is_asked(const struct live_held *h)
{
	return h->owner != ROOT_OWNER && strcmp(h->kind, "fido") == 0;
}

static void take_answer(struct question *q, const struct error *e)
{
	struct live_gap g = { .there = false };

	if (!e) {
		q->certified = live_fact(q->device.count ? AUDIT_YES :
			AUDIT_NO, SOURCE, live_time(q->l));
		return;
	}
	/* removed since it was listed: there is nothing to judge */
	q->gone = e->code == ERROR_REMOTE &&
		strcmp(e->foreign, "NoSuchEntity") == 0;
	(void)live_call_failed(q->l, e, &g, NULL);
	snprintf(q->why, sizeof(q->why), "%s", g.why);
	q->certified = live_gap_fact(&g, SOURCE);
	q->certified.why = q->why;
}

static int on_answer(void *data, const struct error *e, struct error *err)
{
	struct question *q = data;

	if (e && e->code == ERROR_INTERRUPTED)
		return error_copy(err, e);
	take_answer(q, e);
	return audit_may_go_on(q->l->a, err);
}

/* "FIDO L1, FIDO-FIPS-140-2 L2" */
static void list_certifications(const struct iam_fido_device *d, char *ret,
	size_t size)
{
	size_t i, n;

	ret[0] = '\0';
	for (i = 0; i < d->count; i++) {
		n = strlen(ret);
		snprintf(ret + n, size - n, "%s%s %s", i ? ", " : "",
			d->certifications[i].name, d->certifications[i].level);
	}
}

static void judge_question(const struct question *q)
{
	const struct live *l = q->l;
	const char *account = l->identity.account;
	char certifications[256];
	bool is_totp;
	const struct known_token *t = l->known ? known_token_of(l->known,
		account, q->held->serial, &is_totp) : NULL;
	const struct audit_device d = {
		.account = account,
		.user = l->people.p[q->held->owner].name,
		.serial = q->held->serial,
		.kind = q->held->kind,
		.at_aws = live_fact(AUDIT_YES, "iam:ListMFADevices",
			q->held->when),
		.bound = live_fact(t ? AUDIT_YES : AUDIT_NO, "registry",
			l->a->started),
		.certified = q->certified,
		.certifications = certifications,
		.vouched = t && t->accepted,
	};

	if (q->gone)
		return;
	list_certifications(&q->device, certifications,
		sizeof(certifications));
	audit_certified(l->a, &d);
}

/* A row for everybody whose devices are not all known. */
static void judge_unlisted(struct live *l)
{
	const struct live_person *row;
	struct audit_device d = { .account = l->identity.account };
	size_t i;

	for (i = 0; i < l->people.n; i++) {
		row = &l->people.p[i];
		if (!row->devices_why)
			continue;
		d.user = row->name;
		d.at_aws = (struct audit_fact){ AUDIT_NOT_KNOWN,
			"iam:ListMFADevices", 0, row->devices_why,
			row->devices_denied };
		audit_certified(l->a, &d);
	}
}

/* Whether the caller may ask at all. */
static bool ask_first(struct live *l, struct question *q)
{
	struct error e;
	int r = iam_get_mfa_device(l->s,
		l->people.p[q->held->owner].name, q->held->serial,
		&q->device, &e);

	take_answer(q, r < 0 ? &e : NULL);
	return !q->certified.denied;
}

static int stay_signed_in(void *self, struct error *err)
{
	return live_stay_signed_in(self, err);
}

static int ask_rest(struct live *l, struct question *list, size_t n,
	struct error *err)
{
	const struct calls_options options = { .rate = l->a->rate,
		.renew = stay_signed_in, .self = l };
	CLEANUP(calls_free) struct calls *calls = NULL;
	size_t i;
	int r = calls_new(&calls, l->s, &options, err);

	for (i = 1; r >= 0 && i < n; i++)
		r = iam_ask_mfa_device(calls,
			l->people.p[list[i].held->owner].name,
			list[i].held->serial, &list[i].device, on_answer,
			&list[i], err);
	return r < 0 ? r : calls_run(calls, err);
}

static int ask_certified(struct live *l, struct question *list, size_t n,
	struct error *err)
{
	struct live_gap g = { .there = false };
	size_t i;
	int r = 0;

	if (n == 0)
		return 0;
	if (live_no_more_calls(l, &g)) {
		for (i = 0; i < n; i++) {
			list[i].certified = live_gap_fact(&l->stopped, SOURCE);
			judge_question(&list[i]);
		}
		return 0;
	}
	if (!ask_first(l, &list[0])) {
		l->a->skipped[AUDIT_USER_UNCERTIFIED] = NOT_ALLOWED;
		return 0;
	}
	if (n > 1)
		r = ask_rest(l, list, n, err);
	for (i = 0; r >= 0 && i < n; i++)
		judge_question(&list[i]);
	return r;
}

int live_ask_certified(struct live *l, struct error *err)
{
	CLEANUP(free_p) struct question *list = NULL;
	size_t i, n = 0;
	int r;

	if (!audit_asks(l->a, AUDIT_USER_UNCERTIFIED))
		return 0;
	list = calloc(l->devices.n + 1, sizeof(*list));
	if (!list)
		return error_memory(err);
	for (i = 0; i < l->devices.n; i++)
		if (is_asked(&l->devices.p[i]))
			list[n++] = (struct question){ .l = l,
				.held = &l->devices.p[i] };
	r = ask_certified(l, list, n, err);
	if (r >= 0)
		judge_unlisted(l);
	return r;
}
