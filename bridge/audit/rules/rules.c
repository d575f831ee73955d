/* SPDX-License-Identifier: Apache-2.0 */
/* The audit's rules for users: facts in, a reason out. */
#include "bridge/audit/rules/rules.h"

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

enum audit_reason audit_judge_admin(const struct audit_user *u)
{
	enum audit_answer password = u->password.answer;
	enum audit_answer key = u->key.answer;

	if (u->gone)
		return AUDIT_ADMIN_GONE;
	if (u->mfa.answer == AUDIT_YES)
		return AUDIT_ADMIN_HAS_MFA;
	if (u->rights.answer == AUDIT_NO)
		return u->bounded ? AUDIT_ADMIN_BOUNDED : AUDIT_ADMIN_IS_NONE;
	if (password == AUDIT_NO && key == AUDIT_NO)
		return AUDIT_ADMIN_NO_CREDENTIALS;
	if (u->rights.answer == AUDIT_NOT_KNOWN)
		return AUDIT_ADMIN_RIGHTS_NOT_KNOWN;
	if (u->mfa.answer == AUDIT_NOT_KNOWN)
		return AUDIT_ADMIN_MFA_NOT_KNOWN;
	if (password == AUDIT_YES || key == AUDIT_YES)
		return AUDIT_ADMIN_WITHOUT_MFA;
	return key == AUDIT_NOT_KNOWN ? AUDIT_ADMIN_KEY_NOT_KNOWN :
		AUDIT_ADMIN_PASSWORD_NOT_KNOWN;
}

static enum audit_reason judge_kinds(const struct audit_user *u)
{
	if (u->listed.answer != AUDIT_YES)
		return AUDIT_RESISTANT_NOT_KNOWN;
	if (u->fido == u->devices)
		return AUDIT_RESISTANT;
	if (u->password.answer == AUDIT_NOT_KNOWN)
		return AUDIT_RESISTANT_PASSWORD_NOT_KNOWN;
	if (u->fido > 0)
		return u->seeded ? AUDIT_RESISTANT_BESIDE_SEEDED :
			AUDIT_RESISTANT_BESIDE;
	return u->seeded ? AUDIT_NOT_RESISTANT_SEEDED : AUDIT_NOT_RESISTANT;
}

enum audit_reason audit_judge_resistant(const struct audit_user *u)
{
	if (u->gone)
		return AUDIT_RESISTANT_GONE;
	if (u->no_fido)
		return AUDIT_RESISTANT_NO_FIDO;
	if (u->mfa.answer == AUDIT_NO)
		return AUDIT_RESISTANT_NO_DEVICE;
	if (u->password.answer == AUDIT_NO)
		return AUDIT_RESISTANT_NO_PASSWORD;
	return judge_kinds(u);
}

enum audit_reason audit_judge_one_device(const struct audit_user *u)
{
	if (u->gone)
		return AUDIT_ONE_GONE;
	if (u->one_allowed)
		return AUDIT_ONE_ALLOWED;
	if (u->mfa.answer == AUDIT_NO)
		return AUDIT_ONE_NO_DEVICE;
	if (u->listed.answer != AUDIT_YES)
		return AUDIT_ONE_NOT_KNOWN;
	return u->devices > 1 ? AUDIT_ONE_OF_MORE : AUDIT_ONE_DEVICE;
}

enum audit_reason audit_judge_muting(const struct audit_muting *m)
{
	if (!m->over)
		return AUDIT_MUTE_HOLDS;
	return m->matched ? AUDIT_MUTE_PAST : AUDIT_MUTE_PAST_UNUSED;
}
