/* SPDX-License-Identifier: Apache-2.0 */
/* The audit's rules for what the registry alone knows: facts in, a reason
 * out. */
#include "bridge/audit/rules/rules.h"

enum audit_reason audit_judge_vulnerable(const struct audit_token *t)
{
	if (!t->name)
		return AUDIT_VULNERABLE_NOT_READ;
	if (t->vulnerable.answer == AUDIT_YES)
		return AUDIT_VULNERABLE;
	return t->vulnerable.answer == AUDIT_NO ? AUDIT_NOT_VULNERABLE :
		AUDIT_VULNERABLE_NOT_KNOWN;
}

enum audit_reason audit_judge_verified(const struct audit_token *t)
{
	if (!t->name || t->accepted.answer == AUDIT_NOT_KNOWN)
		return AUDIT_VERIFIED_NOT_READ;
	if (t->accepted.answer == AUDIT_YES)
		return AUDIT_VERIFIED;
	return t->verdict ? AUDIT_NOT_ACCEPTED : AUDIT_NOT_VERIFIED;
}

enum audit_reason audit_judge_unfinished(const struct audit_unfinished *u)
{
	if (!u->device)
		return AUDIT_RUN_NOT_READ;
	return u->device[0] ? AUDIT_RUN_LEFT : AUDIT_RUN_LEFT_UNNAMED;
}
