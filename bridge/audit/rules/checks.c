/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the audit's checks, and choosing of it. */
#include "bridge/audit/rules/checks.h"

#include "base/util.h"

#include <string.h>

const char *const audit_status_names[AUDIT_STATUSES] = {
	[AUDIT_PASS] = "PASS",
	[AUDIT_FAIL] = "FAIL",
	[AUDIT_UNKNOWN] = "UNKNOWN",
	[AUDIT_NOT_APPLICABLE] = "NOT_APPLICABLE",
	[AUDIT_MUTED] = "MUTED",
};

const char *const audit_severity_names[AUDIT_SEVERITIES] = {
	[AUDIT_SEVERITY_OF_CHECK] = "",
	[AUDIT_LOW] = "low",
	[AUDIT_MEDIUM] = "medium",
	[AUDIT_HIGH] = "high",
	[AUDIT_CRITICAL] = "critical",
};

/* What asking for every user's devices takes. */
#define LISTS "iam:ListUsers iam:ListMFADevices"
#define ROOT "iam:GetAccountSummary"
#define AS_ROOT                                                                \
	"sts:AssumeRoot organizations:DescribeOrganization "                   \
	"iam:ListOrganizationsFeatures"
#define REPORT                                                                 \
	" iam:GenerateCredentialReport iam:GetCredentialReport"

const struct audit_check_row audit_check_rows[AUDIT_CHECKS] = {
	[AUDIT_ROOT_MFA_MISSING] = { "root-mfa-missing",
		AUDIT_IN_BENCHMARK, 0, AUDIT_HIGH,
		"root can sign in or make requests without MFA",
		ROOT REPORT,
		{ "Conformity IAM-014", "CIS 7.0 2.5", "Security Hub IAM.9" },
		AS_ROOT },
	[AUDIT_ROOT_MFA_VIRTUAL] = { "root-mfa-virtual",
		AUDIT_IN_BENCHMARK, AUDIT_NEEDS_AWS, AUDIT_HIGH,
		"a virtual device signs root in",
		ROOT " iam:ListVirtualMFADevices",
		{ "CIS 7.0 2.6", "Security Hub IAM.6" }, AS_ROOT },
	[AUDIT_ROOT_ACCESS_KEY] = { "root-access-key",
		AUDIT_IN_BENCHMARK, 0, AUDIT_CRITICAL,
		"root has an access key, and no MFA stands before it",
		ROOT REPORT,
		{ "Conformity IAM-015", "CIS 7.0 2.4", "Security Hub IAM.4" },
		AS_ROOT },
	[AUDIT_ROOT_ONE_DEVICE] = { "root-one-device",
		AUDIT_IN_HOUSE, AUDIT_NEEDS_AWS, AUDIT_LOW,
		"root has no second device",
		ROOT " iam:ListVirtualMFADevices", { NULL }, AS_ROOT },
	[AUDIT_ROOT_REMOVABLE] = { "root-credentials-removable",
		AUDIT_IN_CIS, AUDIT_NEEDS_AWS, AUDIT_LOW,
		"a member account keeps credentials of root, which the "
		"organisation can take away",
		ROOT " organizations:DescribeOrganization",
		{ "CIS 7.0 2.1.1" }, AS_ROOT },
	[AUDIT_USER_MFA_MISSING] = { "user-mfa-missing",
		AUDIT_IN_BENCHMARK, 0, AUDIT_HIGH,
		"console password and no MFA",
		LISTS " iam:GetLoginProfile" REPORT,
		{ "CIS 7.0 2.10", "CIS Controls v8 6.5",
			"Security Hub IAM.5" } },
	[AUDIT_ADMIN_MFA_MISSING] = { "admin-mfa-missing",
		AUDIT_IN_CIS, AUDIT_NEEDS_AWS, AUDIT_CRITICAL,
		"administrator's rights, a password or an active key, and no "
		"MFA",
		LISTS " iam:GetLoginProfile iam:ListAccessKeys iam:GetUser "
		"iam:GetAccountAuthorizationDetails",  { NULL } },
	[AUDIT_USER_NOT_RESISTANT] = { "user-not-phishing-resistant",
		AUDIT_IN_HOUSE, AUDIT_NEEDS_AWS, AUDIT_MEDIUM,
		"a device whose codes can be phished signs the user in",
		LISTS " iam:GetLoginProfile" REPORT,  { NULL } },
	[AUDIT_USER_UNCERTIFIED] = { "user-passkey-uncertified",
		AUDIT_IN_HOUSE, AUDIT_NEEDS_AWS, AUDIT_LOW,
		"a passkey or security key of which AWS holds no certification",
		LISTS " iam:GetMFADevice",  { NULL } },
	[AUDIT_USER_ONE_DEVICE] = { "user-one-device",
		AUDIT_IN_HOUSE, AUDIT_NEEDS_AWS, AUDIT_LOW,
		"a user has no second device",
		LISTS,  { NULL } },
	[AUDIT_DEVICE_UNKNOWN] = { "device-unknown",
		AUDIT_IN_HOUSE, AUDIT_NEEDS_AWS | AUDIT_NEEDS_REGISTRY,
		AUDIT_MEDIUM,
		"a device at AWS that the registry does not know",
		LISTS " iam:ListVirtualMFADevices", { NULL } },
	[AUDIT_DEVICE_GONE] = { "device-gone",
		AUDIT_IN_HOUSE, AUDIT_NEEDS_AWS | AUDIT_NEEDS_REGISTRY,
		AUDIT_MEDIUM,
		"a device of the registry that no user has at AWS",
		LISTS " iam:ListVirtualMFADevices", { NULL } },
	[AUDIT_DEVICE_MOVED] = { "device-moved",
		AUDIT_IN_HOUSE, AUDIT_NEEDS_AWS | AUDIT_NEEDS_REGISTRY,
		AUDIT_HIGH,
		"a device that another user has at AWS than the registry says",
		LISTS " iam:ListVirtualMFADevices", { NULL } },
	[AUDIT_TOKEN_VULNERABLE] = { "token-vulnerable",
		AUDIT_IN_HOUSE, AUDIT_NEEDS_REGISTRY, AUDIT_CRITICAL,
		"a registered token falls under an advisory", "", 
		{ NULL } },
	[AUDIT_TOKEN_UNVERIFIED] = { "token-unverified",
		AUDIT_IN_HOUSE, AUDIT_NEEDS_REGISTRY, AUDIT_MEDIUM,
		"a registered token without a verdict that the policy accepts",
		"",  { NULL } },
	[AUDIT_VIRTUAL_ORPHAN] = { "virtual-orphan",
		AUDIT_IN_HOUSE, AUDIT_NEEDS_AWS | AUDIT_NEEDS_REGISTRY,
		AUDIT_LOW, "a virtual device that nobody has",
		"iam:ListVirtualMFADevices",  { NULL } },
	[AUDIT_RUN_UNFINISHED] = { "run-unfinished",
		AUDIT_IN_HOUSE, AUDIT_NEEDS_AWS | AUDIT_NEEDS_REGISTRY,
		AUDIT_MEDIUM,
		"an enrollment or a revocation that could not be finished",
		"", { NULL } },
	[AUDIT_MUTE_EXPIRED] = { "mute-expired",
		AUDIT_IN_BENCHMARK | AUDIT_IN_HOUSE | AUDIT_IN_CIS,
		AUDIT_NEEDS_MUTES, AUDIT_LOW,
		"a mute past its date still matches", "", { NULL } },
};

unsigned audit_checks_in(unsigned sets)
{
	unsigned bits = 0;
	size_t i = AUDIT_CHECKS;

	while (i-- > 0)
		if (audit_check_rows[i].sets & sets)
			bits |= AUDIT_BIT(i);
	return bits;
}

unsigned audit_checks_needing(unsigned needs)
{
	unsigned bits = 0;
	size_t i = AUDIT_CHECKS;

	while (i-- > 0)
		if ((audit_check_rows[i].needs & needs) == needs)
			bits |= AUDIT_BIT(i);
	return bits;
}

/* ---- choosing ---- */

static bool is_word(const char *name, const char *p, size_t n)
{
	return strlen(name) == n && memcmp(name, p, n) == 0;
}

int audit_check_of(const char *name, size_t n)
{
	size_t i = AUDIT_CHECKS;

	while (i-- > 0)
		if (is_word(audit_check_rows[i].name, name, n))
			return (int)i;
	return -1;
}

static unsigned bits_of(const char *name, size_t n)
{
	static const struct {
		const char *name;
		unsigned sets;
	} sets[] = {
		{ "benchmark", AUDIT_IN_BENCHMARK },
		{ "house", AUDIT_IN_BENCHMARK | AUDIT_IN_HOUSE },
		{ "cis", AUDIT_IN_CIS },
	};
	size_t i = ARRAY_LEN(sets);
	int found;

	while (i-- > 0)
		if (is_word(sets[i].name, name, n))
			return audit_checks_in(sets[i].sets);
	found = audit_check_of(name, n);
	return found < 0 ? 0 : AUDIT_BIT(found);
}

int audit_checks_parse(const char *list, unsigned *ret, struct error *err)
{
	unsigned bits = 0, found;
	size_t n;

	for (;; list += n + 1) {
		n = strcspn(list, ",");
		found = bits_of(list, n);
		if (!found)
			return error_set(err, ERROR_USAGE,
				"--checks: '%.*s' is no check: benchmark, "
				"house, cis, or names of `tokenbridge audit "
				"--list-checks` with commas",
				(int)(n < 64 ? n : 64), list);
		bits |= found;
		if (!list[n])
			break;
	}
	*ret = bits;
	return 0;
}
