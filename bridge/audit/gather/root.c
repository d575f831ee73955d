/* SPDX-License-Identifier: Apache-2.0 */
/* The live audit's root user. */
#include "bridge/audit/gather/steps.h"

#include <stdio.h>
#include <string.h>

static const char OLD_NAME[] = ":mfa/root-account-mfa-device";

static int ask_summary(struct live *l, struct error *err)
{
	struct error e;
	int r;

	if (!audit_asks(l->a, AUDIT_ROOT_MFA_MISSING) &&
		!audit_asks(l->a, AUDIT_ROOT_MFA_VIRTUAL) &&
		!live_asks_devices(l))
		return 0;
	if (!live_has_root(l) || live_no_more_calls(l, &l->summary_gap))
		return 0;
	r = iam_get_account_summary(l->s, &l->summary, &e);
	if (r < 0)
		return live_call_failed(l, &e, &l->summary_gap, err);
	l->summary_when = live_time(l);
	return 0;
}

static int on_virtual(void *data, const struct iam_virtual_device *device,
	struct error *err)
{
	size_t n = strlen(device->serial), old = strlen(OLD_NAME);
	bool old_name = n > old &&
		strcmp(device->serial + n - old, OLD_NAME) == 0;
	struct live_held *held;
	struct live *l = data;
	int r;

	if (!device->assigned)
		return 0;
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
	if (!l->root_serial[0])
		snprintf(l->root_serial, sizeof(l->root_serial), "%s",
			device->serial);
	l->root_old_name |= old_name;
	/* root itself lists all its devices: see ask_root_devices */
	return l->by_root ? 0 : live_held_add(&l->devices, ROOT_OWNER,
		device->serial, "virtual", live_time(l), err);
}

/* Whoever has a virtual device has MFA, and need not be asked about. */
static bool saves_asking_users(const struct live *l)
{
	return audit_asks(l->a, AUDIT_USER_MFA_MISSING) && !l->report_is_fresh;
}

static int ask_virtual(struct live *l, struct error *err)
{
	struct error e;
	int r;

	if (!live_asks_devices(l) && !saves_asking_users(l) &&
		(!live_has_root(l) ||
			!audit_asks(l->a, AUDIT_ROOT_MFA_VIRTUAL)))
		return 0;
	if (live_no_more_calls(l, &l->virtual_gap))
		return 0;
	r = iam_list_virtual_mfa_devices(l->s, IAM_ASSIGNED, on_virtual, l,
		&e);
	l->virtual_when = live_time(l);
	return r < 0 ? live_call_failed(l, &e, &l->virtual_gap, err) : 0;
}

static int ask_root_devices(struct live *l, struct error *err)
{
	struct live_asked asked = { .l = l, .owner = ROOT_OWNER };
	struct error e;
	int r;

	if (!l->by_root || !live_asks_devices(l) ||
		live_no_more_calls(l, &l->root_devices_gap))
		return 0;
	r = iam_list_mfa_devices(l->s, NULL, live_on_device, &asked, &e);
	return r < 0 ? live_call_failed(l, &e, &l->root_devices_gap, err) : 0;
}

static struct audit_fact fact_of_summary(const struct live *l, int64_t n)
{
	static const char source[] = "iam:GetAccountSummary";

	if (l->summary_gap.there)
		return live_gap_fact(&l->summary_gap, source);
	if (n < 0)
		return (struct audit_fact){ AUDIT_NOT_KNOWN, source,
			l->summary_when, "AWS did not say", false };
	return live_fact(n > 0 ? AUDIT_YES : AUDIT_NO, source, l->summary_when);
}

static struct audit_fact fact_of_virtual(const struct live *l)
{
	static const char source[] = "iam:ListVirtualMFADevices";

	if (l->root_serial[0])
		return live_fact(AUDIT_YES, source, l->virtual_when);
	if (l->virtual_gap.there)
		return live_gap_fact(&l->virtual_gap, source);
	return live_fact(AUDIT_NO, source, l->virtual_when);
}

int live_ask_root(struct live *l, struct error *err)
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
	root.absent = l->root == ROOT_NONE;
	root.keys_only = l->root == ROOT_KEYS_ONLY;
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
		l->reported_root_password, l->a->report.generated,
		live_time(l) };
	l->root_mfa = !live_has_root(l) ? AUDIT_NO : root.mfa.answer;
	audit_root(l->a, &root);
	return 0;
}
