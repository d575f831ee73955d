/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the audit's checks, and choosing of it. */
#include "bridge/audit/checks.h"

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

const struct audit_check_row audit_check_rows[AUDIT_CHECKS] = {
	[AUDIT_ROOT_MFA_MISSING] = { "root-mfa-missing",
		AUDIT_IN_BENCHMARK, 0, AUDIT_HIGH,
		"root can sign in or make requests without MFA",
		{ "Conformity IAM-014", "CIS 7.0 2.5", "Security Hub IAM.9" } },
	[AUDIT_ROOT_MFA_VIRTUAL] = { "root-mfa-virtual",
		AUDIT_IN_BENCHMARK, AUDIT_NEEDS_AWS, AUDIT_HIGH,
		"a virtual device signs root in",
		{ "CIS 7.0 2.6", "Security Hub IAM.6" } },
	[AUDIT_USER_MFA_MISSING] = { "user-mfa-missing",
		AUDIT_IN_BENCHMARK, 0, AUDIT_HIGH,
		"console password and no MFA",
		{ "CIS 7.0 2.10", "CIS Controls v8 6.5",
			"Security Hub IAM.5" } },
	[AUDIT_DEVICE_UNKNOWN] = { "device-unknown",
		AUDIT_IN_HOUSE, AUDIT_NEEDS_AWS | AUDIT_NEEDS_REGISTRY,
		AUDIT_MEDIUM,
		"a device at AWS that the registry does not know", { NULL } },
	[AUDIT_DEVICE_GONE] = { "device-gone",
		AUDIT_IN_HOUSE, AUDIT_NEEDS_AWS | AUDIT_NEEDS_REGISTRY,
		AUDIT_MEDIUM,
		"a device of the registry that no user has at AWS", { NULL } },
	[AUDIT_DEVICE_MOVED] = { "device-moved",
		AUDIT_IN_HOUSE, AUDIT_NEEDS_AWS | AUDIT_NEEDS_REGISTRY,
		AUDIT_HIGH,
		"a device that another user has at AWS than the registry says",
		{ NULL } },
	[AUDIT_RUN_UNFINISHED] = { "run-unfinished",
		AUDIT_IN_HOUSE, AUDIT_NEEDS_AWS | AUDIT_NEEDS_REGISTRY,
		AUDIT_MEDIUM,
		"an enrollment or a revocation that could not be finished",
		{ NULL } },
	[AUDIT_MUTE_EXPIRED] = { "mute-expired",
		AUDIT_IN_BENCHMARK | AUDIT_IN_HOUSE | AUDIT_IN_CIS,
		AUDIT_NEEDS_MUTES, AUDIT_LOW,
		"a mute past its date still matches", { NULL } },
};

unsigned audit_checks_in(unsigned sets)
{
	unsigned bits = 0;
	size_t i;

	for (i = 0; i < AUDIT_CHECKS; i++)
		if (audit_check_rows[i].sets & sets)
			bits |= AUDIT_BIT(i);
	return bits;
}

unsigned audit_checks_needing(unsigned needs)
{
	unsigned bits = 0;
	size_t i;

	for (i = 0; i < AUDIT_CHECKS; i++)
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
	size_t i;

	for (i = 0; i < AUDIT_CHECKS; i++)
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
	int found;
	size_t i;

	for (i = 0; i < ARRAY_LEN(sets); i++)
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
