/* SPDX-License-Identifier: Apache-2.0 */
/* The audit's rules: facts in, a status and the reason for it out. */
#include "bridge/audit/rules.h"

#include <string.h>

const char *const audit_status_names[AUDIT_STATUSES] = {
	[AUDIT_PASS] = "PASS",
	[AUDIT_FAIL] = "FAIL",
	[AUDIT_UNKNOWN] = "UNKNOWN",
	[AUDIT_NOT_APPLICABLE] = "NOT_APPLICABLE",
};

const struct audit_check_row audit_check_rows[AUDIT_CHECKS] = {
	[AUDIT_ROOT_MFA_MISSING] = { "root-mfa-missing", "high",
		"root can sign in or make requests without MFA",
		{ "Conformity IAM-014", "CIS 7.0 2.5", "Security Hub IAM.9" } },
	[AUDIT_ROOT_MFA_VIRTUAL] = { "root-mfa-virtual", "high",
		"a virtual device signs root in",
		{ "CIS 7.0 2.6", "Security Hub IAM.6" } },
	[AUDIT_USER_MFA_MISSING] = { "user-mfa-missing", "high",
		"console password and no MFA",
		{ "CIS 7.0 2.10", "CIS Controls v8 6.5",
			"Security Hub IAM.5" } },
	[AUDIT_DEVICE_UNKNOWN] = { "device-unknown", "medium",
		"a device at AWS that the registry does not know", { NULL } },
	[AUDIT_DEVICE_GONE] = { "device-gone", "medium",
		"a device of the registry that no user has at AWS", { NULL } },
	[AUDIT_DEVICE_MOVED] = { "device-moved", "high",
		"a device that another user has at AWS than the registry says",
		{ NULL } },
	[AUDIT_RUN_UNFINISHED] = { "run-unfinished", "medium",
		"an enrollment or a revocation that could not be finished",
		{ NULL } },
};

enum audit_reason audit_judge_user(const struct audit_user *u)
{
	enum audit_answer password = u->password.answer;

	if (u->gone)
		return AUDIT_USER_GONE;
	if (u->mfa.answer == AUDIT_YES)
		return AUDIT_HAS_MFA;
	/* without a password it does not matter what the devices are */
	if (password == AUDIT_NO)
		return AUDIT_NO_PASSWORD;
	if (u->mfa.answer == AUDIT_NOT_KNOWN)
		return password == AUDIT_YES ? AUDIT_MFA_NOT_KNOWN :
			AUDIT_NEITHER_KNOWN;
	return password == AUDIT_YES ? AUDIT_PASSWORD_WITHOUT_MFA :
		AUDIT_PASSWORD_NOT_KNOWN;
}

/* NO only where all three are known to be absent. */
static enum audit_answer has_credentials(const struct audit_root *root)
{
	enum audit_answer all[] = { root->password.answer, root->keys.answer,
		root->certificates.answer };
	enum audit_answer answer = AUDIT_NO;
	size_t i;

	for (i = 0; i < ARRAY_LEN(all); i++) {
		if (all[i] == AUDIT_YES)
			return AUDIT_YES;
		if (all[i] == AUDIT_NOT_KNOWN)
			answer = AUDIT_NOT_KNOWN;
	}
	return answer;
}

enum audit_reason audit_judge_root(const struct audit_root *root)
{
	if (root->absent)
		return AUDIT_NO_ROOT_USER;
	if (root->keys_only)
		return AUDIT_ROOT_OF_KEYS;
	if (root->mfa.answer == AUDIT_YES)
		return AUDIT_ROOT_HAS_MFA;
	if (has_credentials(root) == AUDIT_NO)
		return root->mfa.answer == AUDIT_NO ?
			AUDIT_ROOT_NO_CREDENTIALS :
			AUDIT_ROOT_NO_CREDENTIALS_ALONE;
	if (root->mfa.answer == AUDIT_NOT_KNOWN)
		return AUDIT_ROOT_MFA_NOT_KNOWN;
	/* credentials that are not known count as there */
	return root->password.answer == AUDIT_NO ?
		AUDIT_ROOT_KEYS_WITHOUT_MFA : AUDIT_ROOT_WITHOUT_MFA;
}

static enum audit_reason judge_no_virtual(const struct audit_root *root)
{
	if (root->mfa.answer == AUDIT_NO)
		return AUDIT_VIRTUAL_NO_DEVICE;
	if (root->is_virtual.answer == AUDIT_NOT_KNOWN)
		return AUDIT_VIRTUAL_NOT_KNOWN;
	if (root->mfa.answer == AUDIT_NOT_KNOWN)
		return AUDIT_VIRTUAL_MFA_NOT_KNOWN;
	return root->namesake ? AUDIT_NOT_VIRTUAL_NAMESAKE : AUDIT_NOT_VIRTUAL;
}

enum audit_reason audit_judge_root_virtual(const struct audit_root *root)
{
	if (root->absent)
		return AUDIT_VIRTUAL_NO_ROOT_USER;
	if (root->keys_only)
		return AUDIT_VIRTUAL_ROOT_OF_KEYS;
	if (has_credentials(root) == AUDIT_NO)
		return AUDIT_VIRTUAL_NO_SIGN_IN;
	/* one that was seen is there, whatever the rest of the list is */
	if (root->is_virtual.answer == AUDIT_YES)
		return root->old_name ? AUDIT_VIRTUAL :
			AUDIT_VIRTUAL_OTHER_NAME;
	return judge_no_virtual(root);
}

enum audit_reason audit_judge_device(const struct audit_device *d)
{
	if (d->bound.answer == AUDIT_NOT_KNOWN)
		return AUDIT_BINDINGS_NOT_READ;
	if (!d->serial)
		return AUDIT_DEVICES_NOT_LISTED;
	if (d->bound.answer == AUDIT_YES)
		return AUDIT_BOUND;
	if (strcmp(d->user, AUDIT_ROOT_SUBJECT) == 0)
		return AUDIT_NOT_BOUND_OF_ROOT;
	return d->alone ? AUDIT_NOT_BOUND_ALONE : AUDIT_NOT_BOUND;
}

enum audit_reason audit_judge_binding(const struct audit_binding *b)
{
	if (b->at_aws.answer == AUDIT_YES)
		return AUDIT_AT_AWS;
	if (b->at_aws.answer == AUDIT_NO)
		return AUDIT_NOT_AT_AWS;
	if (b->erased)
		return AUDIT_DEVICE_ERASED;
	return b->device ? AUDIT_AT_AWS_NOT_KNOWN : AUDIT_BINDINGS_NOT_KNOWN;
}

enum audit_reason audit_judge_moved(const struct audit_binding *b)
{
	if (b->at_aws.answer == AUDIT_NO)
		return AUDIT_MOVED_NOWHERE;
	if (b->at_aws.answer == AUDIT_NOT_KNOWN ||
		b->moved.answer == AUDIT_NOT_KNOWN)
		return AUDIT_MOVED_NOT_KNOWN;
	return b->moved.answer == AUDIT_YES ? AUDIT_MOVED : AUDIT_NOT_MOVED;
}

enum audit_reason audit_judge_unfinished(const struct audit_unfinished *u)
{
	return u->device ? AUDIT_RUN_LEFT : AUDIT_RUN_NOT_READ;
}

/* ---- which checks ---- */

static unsigned bits_of(const char *name, size_t n)
{
	static const struct {
		const char *name;
		unsigned bits;
	} sets[] = {
		{ "benchmark", AUDIT_BENCHMARK },
		{ "house", AUDIT_HOUSE },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(sets); i++)
		if (strlen(sets[i].name) == n &&
			memcmp(sets[i].name, name, n) == 0)
			return sets[i].bits;
	for (i = 0; i < AUDIT_CHECKS; i++)
		if (strlen(audit_check_rows[i].name) == n &&
			memcmp(audit_check_rows[i].name, name, n) == 0)
			return AUDIT_BIT(i);
	return 0;
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
				"house, root-mfa-missing, root-mfa-virtual, "
				"user-mfa-missing, device-unknown, "
				"device-gone, device-moved or run-unfinished",
				(int)(n < 64 ? n : 64), list);
		bits |= found;
		if (!list[n])
			break;
	}
	*ret = bits;
	return 0;
}
