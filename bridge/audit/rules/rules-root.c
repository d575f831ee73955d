/* SPDX-License-Identifier: Apache-2.0 */
/* The audit's rules for root: facts in, a reason out. */
#include "bridge/audit/rules/rules.h"

enum audit_answer audit_root_credentials(const struct audit_root *root)
{
	enum audit_answer password = root->password.answer;
	enum audit_answer keys = root->keys.answer;
	enum audit_answer certificates = root->certificates.answer;

	if (password == AUDIT_YES || keys == AUDIT_YES ||
		certificates == AUDIT_YES)
		return AUDIT_YES;
	return password == AUDIT_NO && keys == AUDIT_NO &&
		certificates == AUDIT_NO ? AUDIT_NO : AUDIT_NOT_KNOWN;
}

enum audit_reason audit_judge_root(const struct audit_root *root)
{
	if (root->absent)
		return AUDIT_NO_ROOT_USER;
	if (root->keys_only)
		return AUDIT_ROOT_OF_KEYS;
	if (root->mfa.answer == AUDIT_YES)
		return AUDIT_ROOT_HAS_MFA;
	if (audit_root_credentials(root) == AUDIT_NO)
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
	if (audit_root_credentials(root) == AUDIT_NO)
		return AUDIT_VIRTUAL_NO_SIGN_IN;
	/* one that was seen is there, whatever the rest of the list is */
	if (root->is_virtual.answer == AUDIT_YES)
		return root->old_name ? AUDIT_VIRTUAL :
			AUDIT_VIRTUAL_OTHER_NAME;
	return judge_no_virtual(root);
}

enum audit_reason audit_judge_root_key(const struct audit_root *root)
{
	if (root->absent)
		return AUDIT_KEY_NO_ROOT_USER;
	if (root->any_key.answer == AUDIT_NOT_KNOWN)
		return AUDIT_KEY_NOT_KNOWN;
	if (root->any_key.answer == AUDIT_NO)
		return AUDIT_KEY_NONE;
	return root->keys_only ? AUDIT_KEY_OF_KEYS : AUDIT_KEY_THERE;
}

enum audit_reason audit_judge_root_second(const struct audit_root *root)
{
	if (root->absent)
		return AUDIT_SECOND_NO_ROOT_USER;
	if (root->keys_only)
		return AUDIT_SECOND_ROOT_OF_KEYS;
	if (root->second.answer == AUDIT_YES)
		return AUDIT_SECOND;
	if (root->mfa.answer == AUDIT_NO)
		return AUDIT_SECOND_NO_MFA;
	return root->second.answer == AUDIT_NO ? AUDIT_SECOND_NONE :
		AUDIT_SECOND_NOT_KNOWN;
}

enum audit_reason audit_judge_root_removable(const struct audit_root *root)
{
	enum audit_answer has = audit_root_credentials(root);

	if (root->absent)
		return AUDIT_REMOVABLE_NO_ROOT_USER;
	if (root->keys_only)
		return AUDIT_REMOVABLE_ROOT_OF_KEYS;
	if (root->member.answer == AUDIT_NO)
		return AUDIT_REMOVABLE_NO_MEMBER;
	if (has == AUDIT_NO)
		return AUDIT_REMOVABLE_REMOVED;
	if (has == AUDIT_NOT_KNOWN || root->member.answer == AUDIT_NOT_KNOWN)
		return AUDIT_REMOVABLE_NOT_KNOWN;
	return AUDIT_REMOVABLE;
}
