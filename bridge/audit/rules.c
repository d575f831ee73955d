/* SPDX-License-Identifier: Apache-2.0 */
/* The audit's rules: facts in, a status and the reason for it out. */
#include "bridge/audit/rules.h"

#include <string.h>

const char *const audit_remedy_names[AUDIT_REMEDIES] = {
	[AUDIT_NO_REMEDY] = "",
	[AUDIT_COMMAND] = "command",
	[AUDIT_STEPS] = "steps",
	[AUDIT_DECIDE] = "decide",
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

enum audit_reason audit_judge_muting(const struct audit_muting *m)
{
	if (!m->over)
		return AUDIT_MUTE_HOLDS;
	return m->matched ? AUDIT_MUTE_PAST : AUDIT_MUTE_PAST_UNUSED;
}
