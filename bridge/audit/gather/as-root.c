/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What root alone is told: by root's own keys, or where that is wanted in a
 * session of AssumeRoot, whose ceiling lets nothing be changed. What fails in
 * such a session is a gap in what is known of root, and of nothing else.
 */
#include "bridge/audit/gather/steps.h"

#include "aws/api/iam-root.h"
#include "bridge/audit/gather/gather.h"

#include <string.h>

#define ASSUMED " as Root, by sts:AssumeRoot"

static const char DEVICES[] = "iam:ListMFADevices";
static const char DEVICES_ASSUMED[] = "iam:ListMFADevices" ASSUMED;
static const char KEYS[] = "iam:ListAccessKeys";
static const char KEYS_ASSUMED[] = "iam:ListAccessKeys" ASSUMED;
static const char PASSWORD[] = "iam:GetLoginProfile" ASSUMED;
static const char CERTIFICATES[] = "iam:ListSigningCertificates" ASSUMED;

/* Those that root's devices decide. */
#define OF_DEVICES                                                             \
	(AUDIT_BIT(AUDIT_ROOT_MFA_VIRTUAL) | AUDIT_BIT(AUDIT_ROOT_ONE_DEVICE))

bool live_is_root(const struct live *l)
{
	return l->by_root || l->root_session;
}

const char *live_own_list(const struct live *l)
{
	return l->root_session ? DEVICES_ASSUMED : DEVICES;
}

const char *live_own_keys(const struct live *l)
{
	return l->root_session ? KEYS_ASSUMED : KEYS;
}

static struct aws_session *session_of_root(const struct live *l)
{
	return l->root_session ? l->root_session : l->s;
}

int live_become_root(struct live *l, struct error *err)
{
	struct error e;
	int r;

	if (l->by_root || !l->renewal->root || !live_has_root(l) ||
		(!audit_asks_any(l->a, LIVE_ROOT_CHECKS) && !live_compares(l)))
		return 0;
	r = l->renewal->root(l->renewal->self, &l->root_session, &e);
	if (r >= 0)
		return 0;
	if (e.code == ERROR_INTERRUPTED || e.code == ERROR_FAILED)
		return error_copy(err, &e);
	live_gap_set(&l->as_root_gap, &e);
	audit_note(l->a, "root was not asked by sts:AssumeRoot: %s", e.text);
	return 0;
}

/* The whole run is ended by no failure of the other session. */
static int asking_failed(struct live *l, const struct error *e,
	struct live_gap *ret, struct error *err)
{
	if (!l->root_session)
		return live_call_failed(l, e, ret, err);
	if (e->code == ERROR_INTERRUPTED || e->code == ERROR_FAILED)
		return error_copy(err, e);
	live_gap_set(ret, e);
	return 0;
}

static int ask_own_devices(struct live *l, struct error *err)
{
	struct live_asked asked = { .l = l, .owner = ROOT_OWNER };
	struct error e;
	int r;

	if (l->by_root && !live_compares(l) &&
		!audit_asks_any(l->a, OF_DEVICES))
		return 0;
	r = iam_list_mfa_devices(session_of_root(l), NULL, live_on_device,
		&asked, &e);
	if (r < 0)
		return asking_failed(l, &e, &l->root_devices_gap, err);
	l->root_listed = live_time(l);
	l->root_devices = asked.n;
	return 0;
}

static int on_root_key(void *data, const struct iam_access_key *key,
	struct error *err)
{
	struct live *l = data;

	(void)err;
	l->root_any_key = AUDIT_YES;
	if (key->active || l->root_key_state == AUDIT_KEY_NOT_TOLD)
		l->root_key_state = key->active ? AUDIT_KEY_ACTIVE :
			AUDIT_KEY_INACTIVE;
	return 0;
}

/* What fails here the summary still tells. */
static int ask_own_keys(struct live *l, struct error *err)
{
	struct live_gap g = { .there = false };
	struct error e;
	int r;

	if (l->by_root && !audit_asks(l->a, AUDIT_ROOT_ACCESS_KEY))
		return 0;
	r = iam_list_access_keys(session_of_root(l), NULL, on_root_key, l, &e);
	l->root_keys_listed = live_time(l);
	if (r >= 0 && l->root_any_key == AUDIT_NOT_KNOWN)
		l->root_any_key = AUDIT_NO;
	return r < 0 ? asking_failed(l, &e, &g, err) : 0;
}

static int on_certificate(void *data, const char id[IAM_CERTIFICATE_ID_MAX],
	struct error *err)
{
	(void)id;
	(void)err;
	*(bool *)data = true;
	return 0;
}

static int ask_own_certificates(struct live *l, struct error *err)
{
	struct live_gap g = { .there = false };
	bool any = false;
	struct error e;
	int r = iam_root_list_certificates(l->root_session, on_certificate,
		&any, &e);

	if (r < 0)
		return asking_failed(l, &e, &g, err);
	l->root_certificates = live_fact(any ? AUDIT_YES : AUDIT_NO,
		CERTIFICATES, live_time(l));
	return 0;
}

static int ask_own_password(struct live *l, struct error *err)
{
	struct live_gap g = { .there = false };
	bool there = false;
	struct error e;
	int r = iam_root_has_password(l->root_session, &there, &e);

	if (r < 0)
		return asking_failed(l, &e, &g, err);
	l->root_password = live_fact(there ? AUDIT_YES : AUDIT_NO, PASSWORD,
		live_time(l));
	return 0;
}

int live_ask_as_root(struct live *l, struct error *err)
{
	static int (*const steps[])(struct live *l, struct error *err) = {
		ask_own_devices, ask_own_keys,
		/* of who has other keys alone */
		ask_own_certificates, ask_own_password,
	};
	struct live_gap g;
	size_t i, n = l->root_session ? ARRAY_LEN(steps) : 2;
	int r = 0;

	if (!live_is_root(l))
		return 0;
	for (i = 0; r >= 0 && i < n; i++) {
		if (!l->root_session && live_no_more_calls(l, i == 0 ?
				&l->root_devices_gap : &g))
			continue;
		r = steps[i](l, err);
	}
	return r;
}
