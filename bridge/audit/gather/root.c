/* SPDX-License-Identifier: Apache-2.0 */
/* The live audit's root user. */
#include "bridge/audit/gather/steps.h"

#include <stdio.h>
#include <string.h>

static const char OLD_NAME[] = ":mfa/root-account-mfa-device";

/* Those that root's devices decide. */
#define DEVICE_CHECKS                                                          \
	(AUDIT_BIT(AUDIT_ROOT_MFA_VIRTUAL) | AUDIT_BIT(AUDIT_ROOT_ONE_DEVICE))

static const char SUMMARY[] = "iam:GetAccountSummary";
static const char VIRTUALS[] = "iam:ListVirtualMFADevices";

static int ask_summary(struct live *l, struct error *err)
{
	struct error e;
	int r;

	if (!audit_asks_any(l->a, LIVE_ROOT_CHECKS) && !live_compares(l))
		return 0;
	if (l->root == ROOT_NONE || (!live_has_root(l) &&
			!audit_asks(l->a, AUDIT_ROOT_ACCESS_KEY)))
		return 0;
	if (live_no_more_calls(l, &l->summary_gap))
		return 0;
	r = iam_get_account_summary(l->s, &l->summary, &e);
	if (r < 0)
		return live_call_failed(l, &e, &l->summary_gap, err);
	l->summary_when = live_time(l);
	return 0;
}

static bool has_old_name(const char *serial)
{
	size_t n = strlen(serial), old = strlen(OLD_NAME);

	return n > old && strcmp(serial + n - old, OLD_NAME) == 0;
}

static int on_virtual(void *data, const struct iam_virtual_device *device,
	struct error *err)
{
	bool old_name = has_old_name(device->serial);
	struct live_held *held;
	struct live *l = data;
	int r;

	if (!device->assigned)
		return live_held_add(&l->unassigned, ROOT_OWNER,
			device->serial, "virtual", live_time(l), err);
	r = live_held_add(&l->virtuals, ROOT_OWNER, device->serial, "virtual",
		live_time(l), err);
	if (r >= 0 && device->user_id[0]) {
		held = &l->virtuals.p[l->virtuals.n - 1];
		held->user_id = strdup(device->user_id);
		r = held->user_id ? 0 : error_memory(err);
	}
	if (r < 0 || !device->of_root) {
		if (old_name)
			snprintf(l->namesake, sizeof(l->namesake), "%s",
				device->user);
		return r;
	}
	/* pages may overlap */
	if (strcmp(l->root_serial, device->serial) == 0)
		return 0;
	if (!l->root_serial[0])
		snprintf(l->root_serial, sizeof(l->root_serial), "%s",
			device->serial);
	l->root_old_name |= old_name;
	l->root_virtuals++;
	/* root itself lists all its devices: see live_ask_as_root */
	return live_is_root(l) ? 0 : live_held_add(&l->devices, ROOT_OWNER,
		device->serial, "virtual", live_time(l), err);
}

/* Whoever has a virtual device has MFA, and need not be asked about. */
static bool saves_asking_users(const struct live *l)
{
	return audit_asks(l->a, AUDIT_USER_MFA_MISSING) && !l->report_is_fresh;
}

static bool needs_virtuals(const struct live *l)
{
	if (live_compares(l) || saves_asking_users(l) ||
		audit_asks(l->a, AUDIT_VIRTUAL_ORPHAN))
		return true;
	return live_has_root(l) && audit_asks_any(l->a, DEVICE_CHECKS);
}

static int ask_virtual(struct live *l, struct error *err)
{
	struct error e;
	int r;

	if (!needs_virtuals(l) || live_no_more_calls(l, &l->virtual_gap))
		return 0;
	r = iam_list_virtual_mfa_devices(l->s,
		audit_asks(l->a, AUDIT_VIRTUAL_ORPHAN) ? IAM_ANY :
			IAM_ASSIGNED, on_virtual, l, &e);
	l->virtual_when = live_time(l);
	return r < 0 ? live_call_failed(l, &e, &l->virtual_gap, err) : 0;
}

/* ---- facts ---- */

static struct audit_fact fact_of_summary(const struct live *l, int64_t n)
{
	if (l->summary_gap.there)
		return live_gap_fact(&l->summary_gap, SUMMARY);
	if (n < 0)
		return (struct audit_fact){ AUDIT_NOT_KNOWN, SUMMARY,
			l->summary_when, "AWS did not say", false };
	return live_fact(n > 0 ? AUDIT_YES : AUDIT_NO, SUMMARY,
		l->summary_when);
}

static const struct live_held *own_virtual(const struct live *l)
{
	size_t i;

	for (i = 0; i < l->devices.n; i++)
		if (l->devices.p[i].owner == ROOT_OWNER &&
			strcmp(l->devices.p[i].kind, "virtual") == 0)
			return &l->devices.p[i];
	return NULL;
}

/* Root's own list is whole; a session of AssumeRoot may not ask for the other
 * one. */
static struct audit_fact fact_of_virtual(const struct live *l,
	const char **ret_serial, bool *ret_old_name)
{
	const struct live_held *h = l->root_listed ? own_virtual(l) : NULL;

	*ret_serial = h ? h->serial : l->root_serial[0] ? l->root_serial : NULL;
	*ret_old_name = h ? has_old_name(h->serial) : l->root_old_name;
	if (h)
		return live_fact(AUDIT_YES, live_own_list(l), h->when);
	if (l->root_serial[0])
		return live_fact(AUDIT_YES, VIRTUALS, l->virtual_when);
	if (l->root_listed)
		return live_fact(AUDIT_NO, live_own_list(l), l->root_listed);
	if (l->virtual_gap.there)
		return live_gap_fact(&l->virtual_gap, VIRTUALS);
	return live_fact(AUDIT_NO, VIRTUALS, l->virtual_when);
}

static struct audit_fact fact_of_second(const struct live *l, size_t *ret_n)
{
	*ret_n = l->root_listed ? l->root_devices : l->root_virtuals;
	if (l->root_listed)
		return live_fact(l->root_devices > 1 ? AUDIT_YES : AUDIT_NO,
			live_own_list(l), l->root_listed);
	if (l->root_virtuals > 1)
		return live_fact(AUDIT_YES, VIRTUALS, l->virtual_when);
	if (l->as_root_gap.there)
		return live_gap_fact(&l->as_root_gap, "sts:AssumeRoot");
	return live_gap_fact(&l->root_devices_gap, live_own_list(l));
}

/* Whoever is not root is told of virtual devices at most. */
static void leave_out_second(struct live *l, const struct audit_root *root)
{
	if (live_has_root(l) && !live_is_root(l) && !l->as_root_gap.there &&
		root->second.answer == AUDIT_NOT_KNOWN &&
		root->mfa.answer != AUDIT_NO)
		l->a->skipped[AUDIT_ROOT_ONE_DEVICE] = "root's devices are "
			"listed for root, or a session of AssumeRoot, only";
}

static struct audit_fact fact_of_any_key(const struct live *l,
	enum audit_key_state *ret_state)
{
	*ret_state = l->root_key_state;
	if (l->root_any_key != AUDIT_NOT_KNOWN)
		return live_fact(l->root_any_key, live_own_keys(l),
			l->root_keys_listed);
	/* the summary counts them, and a report of this run tells the rest */
	if (l->report_is_fresh)
		*ret_state = l->reported_root_key;
	return fact_of_summary(l, l->summary.root_access_keys);
}

static struct audit_fact fact_of_member(const struct live *l)
{
	static const char source[] = "organizations:DescribeOrganization";

	if (l->member == AUDIT_NOT_KNOWN)
		return live_gap_fact(&l->member_gap, source);
	return live_fact(l->member, source, l->summary_when);
}

/* An empty list where AWS counts a device is no list of now. */
static struct audit_fact fact_of_own_list(const struct live *l,
	const struct audit_root *root)
{
	struct audit_fact f = live_fact(l->root_devices ? AUDIT_YES : AUDIT_NO,
		live_own_list(l), l->root_listed);

	if (f.answer == AUDIT_NO && (root->mfa.answer == AUDIT_YES ||
			l->root_serial[0])) {
		f.answer = AUDIT_NOT_KNOWN;
		f.why = "root's own list is empty, and AWS says elsewhere that "
			"root has a device";
	}
	return f;
}

/* What a session of AssumeRoot told stands before what AWS counts. */
static void take_own(const struct live *l, struct audit_root *root)
{
	if (l->root_listed)
		root->mfa = fact_of_own_list(l, root);
	if (l->root_password.answer != AUDIT_NOT_KNOWN)
		root->password = l->root_password;
	if (l->root_certificates.answer != AUDIT_NOT_KNOWN)
		root->certificates = l->root_certificates;
	/* an inactive one is switched on again by who holds the account */
	if (l->root_any_key != AUDIT_NOT_KNOWN)
		root->keys = live_fact(l->root_any_key, live_own_keys(l),
			l->root_keys_listed);
}

static void take_facts(const struct live *l, struct audit_root *root)
{
	root->absent = l->root == ROOT_NONE;
	root->keys_only = l->root == ROOT_KEYS_ONLY;
	root->mfa = fact_of_summary(l, l->summary.root_mfa);
	root->password = fact_of_summary(l, l->summary.root_password);
	root->keys = fact_of_summary(l, l->summary.root_access_keys);
	root->certificates = fact_of_summary(l, l->summary.root_certificates);
	if (l->root_session)
		take_own(l, root);
	else if (l->root_listed && l->root_devices == 0)
		root->mfa = fact_of_own_list(l, root);
	root->is_virtual = fact_of_virtual(l, &root->serial, &root->old_name);
	root->namesake = l->namesake[0] ? l->namesake : NULL;
	root->any_key = fact_of_any_key(l, &root->key_state);
	root->second = fact_of_second(l, &root->devices);
	root->member = fact_of_member(l);
	root->no_member = l->no_member;
	root->reported = (struct audit_reported){ l->report_read,
		l->reported_root, false, l->reported_root_mfa,
		l->reported_root_password, l->a->report.generated,
		live_time(l), l->reported_root_active };
}

int live_ask_root(struct live *l, struct error *err)
{
	struct audit_root root = { .account = l->identity.account };
	int r;

	r = ask_summary(l, err);
	if (r >= 0)
		r = live_become_root(l, err);
	if (r >= 0)
		r = ask_virtual(l, err);
	if (r >= 0)
		r = live_ask_as_root(l, err);
	if (r >= 0)
		r = live_ask_member(l, err);
	if (r < 0)
		return r;
	take_facts(l, &root);
	leave_out_second(l, &root);
	l->root_mfa = !live_has_root(l) ? AUDIT_NO : root.mfa.answer;
	audit_root(l->a, &root);
	return 0;
}
