/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of users. */
#include "bridge/audit/rules/words.h"

#include "base/util.h"

/* What no answer of IAM about a user holds. */
#define UNREAD                                                                 \
	" (policies of the organisation, and roles that he may assume, are "   \
	"not read)"

#define AT(reason) [(reason) - AUDIT_HAS_MFA]

static const struct audit_words rows[] = {
	AT(AUDIT_HAS_MFA) = {
		AUDIT_USER_MFA_MISSING, AUDIT_PASS,
		.seen = "{devices}",
		.rests_on = { AUDIT_ON_MFA },
		.beside = AUDIT_BESIDE_CHANGE,
	},
	AT(AUDIT_NO_PASSWORD) = {
		AUDIT_USER_MFA_MISSING, AUDIT_PASS,
		.seen = "no console password",
		.rests_on = { AUDIT_ON_PASSWORD },
		.beside = AUDIT_BESIDE_CHANGE,
	},
	AT(AUDIT_PASSWORD_WITHOUT_MFA) = {
		AUDIT_USER_MFA_MISSING, AUDIT_FAIL,
		.seen = "console password and no MFA",
		.remedy = "`tokenbridge enroll {USER} --method totp --account "
			"{ACCOUNT}`, or take the password away: `aws iam "
			"delete-login-profile --user-name {USER}`",
		.kind = AUDIT_DECIDE,
		.rests_on = { AUDIT_ON_MFA, AUDIT_ON_PASSWORD },
		.beside = AUDIT_BESIDE_CHANGE,
	},
	AT(AUDIT_MFA_NOT_KNOWN) = {
		AUDIT_USER_MFA_MISSING, AUDIT_UNKNOWN,
		.seen = "console password; whether there is MFA is not known",
		.rests_on = { AUDIT_ON_MFA },
		.beside = AUDIT_BESIDE_NEWEST,
	},
	AT(AUDIT_PASSWORD_NOT_KNOWN) = {
		AUDIT_USER_MFA_MISSING, AUDIT_UNKNOWN,
		.seen = "no MFA; whether there is a console password is not "
			"known",
		.rests_on = { AUDIT_ON_PASSWORD },
		.beside = AUDIT_BESIDE_NEWEST,
	},
	AT(AUDIT_NEITHER_KNOWN) = {
		AUDIT_USER_MFA_MISSING, AUDIT_UNKNOWN,
		.seen = "whether there is a console password is not known "
			"either; whether there is MFA is not known",
		.rests_on = { AUDIT_ON_MFA },
		.beside = AUDIT_BESIDE_NEWEST,
	},
	AT(AUDIT_USER_GONE) = {
		AUDIT_USER_MFA_MISSING, AUDIT_NOT_APPLICABLE,
		.seen = "deleted: no longer at AWS",
		.rests_on = { AUDIT_ON_MFA },
		.beside = AUDIT_BESIDE_CHANGE,
	},
	AT(AUDIT_ROW_NOT_READ) = {
		AUDIT_USER_MFA_MISSING, AUDIT_UNKNOWN,
		.seen = "a row that cannot be read: {why}",
		.remedy = "get the report again: `aws iam "
			"get-credential-report`",
		.kind = AUDIT_STEPS,
		.rests_on = { AUDIT_ON_MFA },
	},
	AT(AUDIT_ADMIN_GONE) = {
		AUDIT_ADMIN_MFA_MISSING, AUDIT_NOT_APPLICABLE,
		.seen = "deleted: no longer at AWS",
		.rests_on = { AUDIT_ON_MFA },
	},
	AT(AUDIT_ADMIN_HAS_MFA) = {
		AUDIT_ADMIN_MFA_MISSING, AUDIT_PASS,
		.seen = "{devices}",
		.rests_on = { AUDIT_ON_MFA },
	},
	AT(AUDIT_ADMIN_IS_NONE) = {
		AUDIT_ADMIN_MFA_MISSING, AUDIT_PASS,
		.seen = "no administrator's rights by his own policies and those "
			"of his groups"
			UNREAD,
		.rests_on = { AUDIT_ON_RIGHTS },
	},
	AT(AUDIT_ADMIN_BOUNDED) = {
		AUDIT_ADMIN_MFA_MISSING, AUDIT_PASS,
		.seen = "administrator's rights, which the permissions boundary "
			"takes away"
			UNREAD,
		.rests_on = { AUDIT_ON_RIGHTS },
	},
	AT(AUDIT_ADMIN_NO_CREDENTIALS) = {
		AUDIT_ADMIN_MFA_MISSING, AUDIT_NOT_APPLICABLE,
		.seen = "no console password and no active access key",
		.rests_on = { AUDIT_ON_PASSWORD, AUDIT_ON_KEY },
	},
	AT(AUDIT_ADMIN_WITHOUT_MFA) = {
		AUDIT_ADMIN_MFA_MISSING, AUDIT_FAIL,
		.seen = "administrator's rights, {credentials}, no MFA"
			UNREAD,
		.remedy = "`tokenbridge enroll {USER} --method totp --account "
			"{ACCOUNT}`, or take the password away, `aws iam "
			"delete-login-profile --user-name {USER}`, and the "
			"keys, `aws iam update-access-key --user-name {USER} "
			"--status Inactive --access-key-id` with each id of "
			"`aws iam list-access-keys --user-name {USER}`",
		.kind = AUDIT_DECIDE,
		.rests_on = { AUDIT_ON_MFA, AUDIT_ON_RIGHTS },
	},
	AT(AUDIT_ADMIN_RIGHTS_NOT_KNOWN) = {
		AUDIT_ADMIN_MFA_MISSING, AUDIT_UNKNOWN,
		.seen = "no MFA is known; whether there are administrator's "
			"rights is not known",
		.rests_on = { AUDIT_ON_RIGHTS },
		.beside = AUDIT_BESIDE_ALL,
	},
	AT(AUDIT_ADMIN_MFA_NOT_KNOWN) = {
		AUDIT_ADMIN_MFA_MISSING, AUDIT_UNKNOWN,
		.seen = "administrator's rights; whether there is MFA is not "
			"known",
		.rests_on = { AUDIT_ON_MFA },
		.beside = AUDIT_BESIDE_ALL,
	},
	AT(AUDIT_ADMIN_PASSWORD_NOT_KNOWN) = {
		AUDIT_ADMIN_MFA_MISSING, AUDIT_UNKNOWN,
		.seen = "administrator's rights and no MFA; whether there is a "
			"console password is not known",
		.rests_on = { AUDIT_ON_PASSWORD },
		.beside = AUDIT_BESIDE_ALL,
	},
	AT(AUDIT_ADMIN_KEY_NOT_KNOWN) = {
		AUDIT_ADMIN_MFA_MISSING, AUDIT_UNKNOWN,
		.seen = "administrator's rights and no MFA; whether there is an "
			"active access key is not known",
		.rests_on = { AUDIT_ON_KEY },
		.beside = AUDIT_BESIDE_ALL,
	},
	AT(AUDIT_RESISTANT_GONE) = {
		AUDIT_USER_NOT_RESISTANT, AUDIT_NOT_APPLICABLE,
		.seen = "deleted: no longer at AWS",
		.rests_on = { AUDIT_ON_MFA },
	},
	AT(AUDIT_RESISTANT_NO_FIDO) = {
		AUDIT_USER_NOT_RESISTANT, AUDIT_NOT_APPLICABLE,
		.seen = "this partition has virtual devices only",
	},
	AT(AUDIT_RESISTANT_NO_DEVICE) = {
		AUDIT_USER_NOT_RESISTANT, AUDIT_NOT_APPLICABLE,
		.seen = "no MFA: see user-mfa-missing",
		.rests_on = { AUDIT_ON_MFA },
	},
	AT(AUDIT_RESISTANT_NO_PASSWORD) = {
		AUDIT_USER_NOT_RESISTANT, AUDIT_NOT_APPLICABLE,
		.seen = "no console password",
		.rests_on = { AUDIT_ON_PASSWORD },
	},
	AT(AUDIT_RESISTANT) = {
		AUDIT_USER_NOT_RESISTANT, AUDIT_PASS,
		.seen = "{devices}",
		.rests_on = { AUDIT_ON_LISTED },
	},
	AT(AUDIT_NOT_RESISTANT) = {
		AUDIT_USER_NOT_RESISTANT, AUDIT_FAIL,
		.seen = "{devices}: none is a passkey or security key",
		.remedy = "`tokenbridge enroll {USER} --method fido --account "
			"{ACCOUNT}`, then `tokenbridge revoke {USER} DEVICE "
			"--account {ACCOUNT}` for each device that is none",
		.kind = AUDIT_STEPS,
		.rests_on = { AUDIT_ON_LISTED, AUDIT_ON_PASSWORD },
	},
	AT(AUDIT_NOT_RESISTANT_SEEDED) = {
		AUDIT_USER_NOT_RESISTANT, AUDIT_FAIL,
		.seen = "{devices}: none is a passkey or security key; {seeded}: "
			"the seed sits in a token (by our registry, not by "
			"AWS)",
		.remedy = "`tokenbridge enroll {USER} --method fido --account "
			"{ACCOUNT}`, then `tokenbridge revoke {USER} DEVICE "
			"--account {ACCOUNT}` for each device that is none",
		.kind = AUDIT_STEPS,
		.rests_on = { AUDIT_ON_LISTED, AUDIT_ON_PASSWORD },
	},
	AT(AUDIT_RESISTANT_BESIDE) = {
		AUDIT_USER_NOT_RESISTANT, AUDIT_FAIL,
		.seen = "{devices}: whoever signs in may choose one whose codes "
			"can be phished",
		.remedy = "take the others away: `tokenbridge revoke {USER} DEVICE "
			"--account {ACCOUNT}`",
		.kind = AUDIT_STEPS,
		.severity = AUDIT_LOW,
		.rests_on = { AUDIT_ON_LISTED, AUDIT_ON_PASSWORD },
	},
	AT(AUDIT_RESISTANT_BESIDE_SEEDED) = {
		AUDIT_USER_NOT_RESISTANT, AUDIT_FAIL,
		.seen = "{devices}: whoever signs in may choose one whose codes "
			"can be phished; {seeded}: the seed sits in a token "
			"(by our registry, not by AWS)",
		.remedy = "take the others away: `tokenbridge revoke {USER} DEVICE "
			"--account {ACCOUNT}`",
		.kind = AUDIT_STEPS,
		.severity = AUDIT_LOW,
		.rests_on = { AUDIT_ON_LISTED, AUDIT_ON_PASSWORD },
	},
	AT(AUDIT_RESISTANT_PASSWORD_NOT_KNOWN) = {
		AUDIT_USER_NOT_RESISTANT, AUDIT_UNKNOWN,
		.seen = "{devices}; whether there is a console password is not "
			"known",
		.rests_on = { AUDIT_ON_PASSWORD },
		.beside = AUDIT_BESIDE_NEWEST,
	},
	AT(AUDIT_RESISTANT_NOT_KNOWN) = {
		AUDIT_USER_NOT_RESISTANT, AUDIT_UNKNOWN,
		.seen = "the kinds of the user's devices are not known",
		.rests_on = { AUDIT_ON_LISTED },
		.beside = AUDIT_BESIDE_NEWEST,
	},
	AT(AUDIT_ONE_GONE) = {
		AUDIT_USER_ONE_DEVICE, AUDIT_NOT_APPLICABLE,
		.seen = "deleted: no longer at AWS",
		.rests_on = { AUDIT_ON_MFA },
	},
	AT(AUDIT_ONE_ALLOWED) = {
		AUDIT_USER_ONE_DEVICE, AUDIT_NOT_APPLICABLE,
		.seen = "this partition allows a user one device",
	},
	AT(AUDIT_ONE_NO_DEVICE) = {
		AUDIT_USER_ONE_DEVICE, AUDIT_NOT_APPLICABLE,
		.seen = "no MFA: see user-mfa-missing",
		.rests_on = { AUDIT_ON_MFA },
	},
	AT(AUDIT_ONE_OF_MORE) = {
		AUDIT_USER_ONE_DEVICE, AUDIT_PASS,
		.seen = "{devices}",
		.rests_on = { AUDIT_ON_LISTED },
	},
	AT(AUDIT_ONE_DEVICE) = {
		AUDIT_USER_ONE_DEVICE, AUDIT_FAIL,
		.seen = "{devices}: whoever loses it needs an administrator",
		.remedy = "`tokenbridge enroll {USER} --method totp --account "
			"{ACCOUNT}`",
		.kind = AUDIT_COMMAND,
		.rests_on = { AUDIT_ON_LISTED },
	},
	AT(AUDIT_ONE_NOT_KNOWN) = {
		AUDIT_USER_ONE_DEVICE, AUDIT_UNKNOWN,
		.seen = "how many devices the user has is not known",
		.rests_on = { AUDIT_ON_LISTED },
		.beside = AUDIT_BESIDE_NEWEST,
	},
};

const struct audit_vocabulary audit_words_of_users = { AUDIT_HAS_MFA,
	ARRAY_LEN(rows), rows };
