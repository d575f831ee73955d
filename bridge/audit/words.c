/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said for each reason. A new reason is an enumerator, a judge that
 * finds it, and its row here.
 */
#include "bridge/audit/words.h"

/* Said by more than one row. */
#define ROOT_REMEDY                                                            \
	"sign in as root and assign a security key under 'Security "           \
	"credentials' (AWS has no API for it), or have the organisation take " \
	"root's credentials away"
#define VIRTUAL_REMEDY                                                         \
	"sign in as root, assign a security key under 'Security "              \
	"credentials', then remove the virtual device there"
#define NOT_VIRTUAL                                                            \
	"not virtual: root has MFA and no virtual device of the account is "   \
	"root's"
#define NOT_BOUND                                                              \
	"{kind} device '{device}'; no binding in force of the registry names " \
	"it"
#define ROOT_OF_KEYS                                                           \
	"root of this partition has access keys only: no sign-in, and no MFA"
#define REVOKE "`tokenbridge revoke {USER} {DEVICE} --account {ACCOUNT}`"

const struct audit_words audit_words[AUDIT_REASONS] = {
	[AUDIT_HAS_MFA] = {
		AUDIT_USER_MFA_MISSING, AUDIT_PASS,
		.seen = "{devices}",
		.rests_on = { AUDIT_ON_MFA },
		.beside = AUDIT_BESIDE_CHANGE,
	},
	[AUDIT_NO_PASSWORD] = {
		AUDIT_USER_MFA_MISSING, AUDIT_PASS,
		.seen = "no console password",
		.rests_on = { AUDIT_ON_PASSWORD },
		.beside = AUDIT_BESIDE_CHANGE,
	},
	[AUDIT_PASSWORD_WITHOUT_MFA] = {
		AUDIT_USER_MFA_MISSING, AUDIT_FAIL,
		.seen = "console password and no MFA",
		.remedy = "`tokenbridge enroll {USER} --method totp --account "
			"{ACCOUNT}`, or take the password away: `aws iam "
			"delete-login-profile --user-name {USER}`",
		.kind = AUDIT_DECIDE,
		.rests_on = { AUDIT_ON_MFA, AUDIT_ON_PASSWORD },
		.beside = AUDIT_BESIDE_CHANGE,
	},
	[AUDIT_MFA_NOT_KNOWN] = {
		AUDIT_USER_MFA_MISSING, AUDIT_UNKNOWN,
		.seen = "console password; whether there is MFA is not known",
		.rests_on = { AUDIT_ON_MFA },
		.beside = AUDIT_BESIDE_NEWEST,
	},
	[AUDIT_PASSWORD_NOT_KNOWN] = {
		AUDIT_USER_MFA_MISSING, AUDIT_UNKNOWN,
		.seen = "no MFA; whether there is a console password is not "
			"known",
		.rests_on = { AUDIT_ON_PASSWORD },
		.beside = AUDIT_BESIDE_NEWEST,
	},
	[AUDIT_NEITHER_KNOWN] = {
		AUDIT_USER_MFA_MISSING, AUDIT_UNKNOWN,
		.seen = "whether there is a console password is not known "
			"either; whether there is MFA is not known",
		.rests_on = { AUDIT_ON_MFA },
		.beside = AUDIT_BESIDE_NEWEST,
	},
	[AUDIT_USER_GONE] = {
		AUDIT_USER_MFA_MISSING, AUDIT_NOT_APPLICABLE,
		.seen = "deleted: no longer at AWS",
		.rests_on = { AUDIT_ON_MFA },
		.beside = AUDIT_BESIDE_CHANGE,
	},
	[AUDIT_ROW_NOT_READ] = {
		AUDIT_USER_MFA_MISSING, AUDIT_UNKNOWN,
		.seen = "a row that cannot be read: {why}",
		.remedy = "get the report again: `aws iam "
			"get-credential-report`",
		.kind = AUDIT_COMMAND,
		.rests_on = { AUDIT_ON_MFA },
	},
	[AUDIT_NO_ROOT_USER] = {
		AUDIT_ROOT_MFA_MISSING, AUDIT_NOT_APPLICABLE,
		.seen = "this partition has no root user",
		.rests_on = { AUDIT_ON_MFA },
		.beside = AUDIT_BESIDE_CHANGE,
	},
	[AUDIT_ROOT_OF_KEYS] = {
		AUDIT_ROOT_MFA_MISSING, AUDIT_NOT_APPLICABLE,
		.seen = ROOT_OF_KEYS "{keys}",
		.rests_on = { AUDIT_ON_MFA },
	},
	[AUDIT_ROOT_HAS_MFA] = {
		AUDIT_ROOT_MFA_MISSING, AUDIT_PASS,
		.seen = "MFA is active",
		.rests_on = { AUDIT_ON_MFA },
		.beside = AUDIT_BESIDE_CHANGE,
	},
	[AUDIT_ROOT_NO_CREDENTIALS] = {
		AUDIT_ROOT_MFA_MISSING, AUDIT_PASS,
		.seen = "{credentials}, no MFA",
		.literal = "IAM-014 literal: FAIL; CIS 7.0 2.5: PASS, no root "
			"credentials",
		.rests_on = { AUDIT_ON_MFA, AUDIT_ON_PASSWORD },
		.beside = AUDIT_BESIDE_CHANGE,
	},
	[AUDIT_ROOT_NO_CREDENTIALS_ALONE] = {
		AUDIT_ROOT_MFA_MISSING, AUDIT_PASS,
		.seen = "{credentials}; whether there is MFA is not known",
		.rests_on = { AUDIT_ON_MFA, AUDIT_ON_PASSWORD },
		.beside = AUDIT_BESIDE_CHANGE,
	},
	[AUDIT_ROOT_WITHOUT_MFA] = {
		AUDIT_ROOT_MFA_MISSING, AUDIT_FAIL,
		.seen = "{credentials}, no MFA",
		.remedy = ROOT_REMEDY,
		.kind = AUDIT_STEPS,
		.rests_on = { AUDIT_ON_MFA, AUDIT_ON_PASSWORD },
		.beside = AUDIT_BESIDE_CHANGE,
	},
	[AUDIT_ROOT_KEYS_WITHOUT_MFA] = {
		AUDIT_ROOT_MFA_MISSING, AUDIT_FAIL,
		.seen = "{credentials}, no MFA",
		.remedy = ROOT_REMEDY,
		.kind = AUDIT_STEPS,
		.literal = "IAM-014 literal: FAIL; CIS 7.0 2.5: PASS, no root "
			"password",
		.rests_on = { AUDIT_ON_MFA, AUDIT_ON_PASSWORD },
		.beside = AUDIT_BESIDE_CHANGE,
	},
	[AUDIT_ROOT_MFA_NOT_KNOWN] = {
		AUDIT_ROOT_MFA_MISSING, AUDIT_UNKNOWN,
		.seen = "whether root has MFA is not known",
		.rests_on = { AUDIT_ON_MFA },
		.beside = AUDIT_BESIDE_NEWEST,
	},
	[AUDIT_VIRTUAL_NO_ROOT_USER] = {
		AUDIT_ROOT_MFA_VIRTUAL, AUDIT_NOT_APPLICABLE,
		.seen = "this partition has no root user",
	},
	[AUDIT_VIRTUAL_ROOT_OF_KEYS] = {
		AUDIT_ROOT_MFA_VIRTUAL, AUDIT_NOT_APPLICABLE,
		.seen = ROOT_OF_KEYS,
	},
	[AUDIT_VIRTUAL_NO_SIGN_IN] = {
		AUDIT_ROOT_MFA_VIRTUAL, AUDIT_NOT_APPLICABLE,
		.seen = "{credentials}",
		.rests_on = { AUDIT_ON_PASSWORD },
	},
	[AUDIT_VIRTUAL_NO_DEVICE] = {
		AUDIT_ROOT_MFA_VIRTUAL, AUDIT_NOT_APPLICABLE,
		.seen = "root has no MFA: see root-mfa-missing",
		.rests_on = { AUDIT_ON_MFA },
	},
	[AUDIT_VIRTUAL] = {
		AUDIT_ROOT_MFA_VIRTUAL, AUDIT_FAIL,
		.seen = "a virtual device is root's: '{device}'",
		.remedy = VIRTUAL_REMEDY,
		.kind = AUDIT_STEPS,
		.rests_on = { AUDIT_ON_VIRTUAL },
		.of_device = true,
	},
	[AUDIT_VIRTUAL_OTHER_NAME] = {
		AUDIT_ROOT_MFA_VIRTUAL, AUDIT_FAIL,
		.seen = "a virtual device is root's: '{device}'",
		.remedy = VIRTUAL_REMEDY,
		.kind = AUDIT_STEPS,
		.literal = "CIS 7.0 2.6 literal: PASS, the device is not named "
			"root-account-mfa-device",
		.rests_on = { AUDIT_ON_VIRTUAL },
		.of_device = true,
	},
	[AUDIT_NOT_VIRTUAL] = {
		AUDIT_ROOT_MFA_VIRTUAL, AUDIT_PASS,
		.seen = NOT_VIRTUAL,
		.rests_on = { AUDIT_ON_VIRTUAL, AUDIT_ON_MFA },
	},
	[AUDIT_NOT_VIRTUAL_NAMESAKE] = {
		AUDIT_ROOT_MFA_VIRTUAL, AUDIT_PASS,
		.seen = NOT_VIRTUAL,
		.literal = "CIS 7.0 2.6 literal: FAIL, a device of user "
			"'{namesake}' is named root-account-mfa-device",
		.rests_on = { AUDIT_ON_VIRTUAL, AUDIT_ON_MFA },
	},
	[AUDIT_VIRTUAL_NOT_KNOWN] = {
		AUDIT_ROOT_MFA_VIRTUAL, AUDIT_UNKNOWN,
		.seen = "root's virtual devices are not known",
		.rests_on = { AUDIT_ON_VIRTUAL },
		.beside = AUDIT_BESIDE_NEWEST,
	},
	[AUDIT_VIRTUAL_MFA_NOT_KNOWN] = {
		AUDIT_ROOT_MFA_VIRTUAL, AUDIT_UNKNOWN,
		.seen = "no virtual device is root's; whether root has MFA "
			"at all is not known",
		.rests_on = { AUDIT_ON_MFA },
		.beside = AUDIT_BESIDE_NEWEST,
	},
	[AUDIT_BOUND] = {
		AUDIT_DEVICE_UNKNOWN, AUDIT_PASS,
		.seen = "{kind} device '{device}', bound in the registry",
		.rests_on = { AUDIT_ON_AT_AWS, AUDIT_ON_BOUND },
		.of_device = true,
	},
	[AUDIT_NOT_BOUND] = {
		AUDIT_DEVICE_UNKNOWN, AUDIT_FAIL,
		.seen = NOT_BOUND,
		.remedy = "find out who has it; " REVOKE " takes it away",
		.kind = AUDIT_DECIDE,
		.rests_on = { AUDIT_ON_AT_AWS, AUDIT_ON_BOUND },
		.of_device = true,
	},
	[AUDIT_NOT_BOUND_ALONE] = {
		AUDIT_DEVICE_UNKNOWN, AUDIT_FAIL,
		.seen = NOT_BOUND "; it is the only one of the user",
		.remedy = "find out who has it; give the user another first, "
			"`tokenbridge enroll {USER} --method totp --account "
			"{ACCOUNT}`, then " REVOKE " takes it away; where AWS "
			"allows no second one, `tokenbridge revoke {USER} "
			"{DEVICE} --account {ACCOUNT} --last --reason REASON` "
			"comes first",
		.kind = AUDIT_DECIDE,
		.rests_on = { AUDIT_ON_AT_AWS, AUDIT_ON_BOUND },
		.of_device = true,
	},
	[AUDIT_NOT_BOUND_OF_ROOT] = {
		AUDIT_DEVICE_UNKNOWN, AUDIT_FAIL,
		.seen = NOT_BOUND,
		.remedy = "find out who has it; root removes it under "
			"'Security credentials'",
		.kind = AUDIT_STEPS,
		.rests_on = { AUDIT_ON_AT_AWS, AUDIT_ON_BOUND },
		.of_device = true,
	},
	[AUDIT_DEVICES_NOT_LISTED] = {
		AUDIT_DEVICE_UNKNOWN, AUDIT_UNKNOWN,
		.seen = "not all devices are known",
		.rests_on = { AUDIT_ON_AT_AWS },
		.of_device = true,
	},
	[AUDIT_BINDINGS_NOT_READ] = {
		AUDIT_DEVICE_UNKNOWN, AUDIT_UNKNOWN,
		.seen = "whether the registry knows the devices of this "
			"account is not known",
		.rests_on = { AUDIT_ON_BOUND },
		.of_device = true,
	},
	[AUDIT_AT_AWS] = {
		AUDIT_DEVICE_GONE, AUDIT_PASS,
		.seen = "'{device}' is at AWS",
		.rests_on = { AUDIT_ON_AT_AWS },
		.of_device = true,
	},
	[AUDIT_NOT_AT_AWS] = {
		AUDIT_DEVICE_GONE, AUDIT_FAIL,
		.seen = "'{device}' is bound in the registry and no user of "
			"the account has it",
		.remedy = "find out who removed it; " REVOKE " ends the "
			"binding",
		.kind = AUDIT_DECIDE,
		.rests_on = { AUDIT_ON_AT_AWS },
		.of_device = true,
	},
	[AUDIT_AT_AWS_NOT_KNOWN] = {
		AUDIT_DEVICE_GONE, AUDIT_UNKNOWN,
		.seen = "'{device}' was not seen and not all devices are "
			"known",
		.rests_on = { AUDIT_ON_AT_AWS },
		.of_device = true,
	},
	[AUDIT_BINDINGS_NOT_KNOWN] = {
		AUDIT_DEVICE_GONE, AUDIT_UNKNOWN,
		.seen = "not known",
		.rests_on = { AUDIT_ON_AT_AWS },
		.of_device = true,
	},
	[AUDIT_DEVICE_ERASED] = {
		AUDIT_DEVICE_GONE, AUDIT_UNKNOWN,
		.seen = "the registry has erased the name of this binding's "
			"device",
		.rests_on = { AUDIT_ON_AT_AWS },
		.of_device = true,
	},
	[AUDIT_NOT_MOVED] = {
		AUDIT_DEVICE_MOVED, AUDIT_PASS,
		.seen = "'{device}' is the same user's",
		.rests_on = { AUDIT_ON_MOVED },
		.of_device = true,
	},
	[AUDIT_MOVED] = {
		AUDIT_DEVICE_MOVED, AUDIT_FAIL,
		.seen = "'{device}' is enabled for '{owner}' at AWS, and bound "
			"to another user in the registry",
		.remedy = "find out who enabled it; `tokenbridge revoke "
			"{OWNER} {DEVICE} --account {ACCOUNT}` takes it away, "
			"and " REVOKE " then ends the binding",
		.kind = AUDIT_DECIDE,
		.rests_on = { AUDIT_ON_MOVED },
		.of_device = true,
	},
	[AUDIT_MOVED_NOT_KNOWN] = {
		AUDIT_DEVICE_MOVED, AUDIT_UNKNOWN,
		.seen = "who has '{device}' is not known",
		.rests_on = { AUDIT_ON_MOVED },
		.of_device = true,
	},
	[AUDIT_MOVED_NOWHERE] = {
		AUDIT_DEVICE_MOVED, AUDIT_NOT_APPLICABLE,
		.seen = "nobody has '{device}': see device-gone",
		.rests_on = { AUDIT_ON_AT_AWS },
		.of_device = true,
	},
	[AUDIT_RUN_LEFT] = {
		AUDIT_RUN_UNFINISHED, AUDIT_FAIL,
		.seen = "the {run} of '{device}' that began {age} ago is not "
			"finished: {why}",
		.remedy = "`{COMMAND}`",
		.kind = AUDIT_COMMAND,
		.rests_on = { AUDIT_ON_RUN },
		.of_device = true,
	},
	[AUDIT_RUN_NOT_READ] = {
		AUDIT_RUN_UNFINISHED, AUDIT_UNKNOWN,
		.seen = "not all unfinished runs could be read",
		.rests_on = { AUDIT_ON_RUN },
	},
	[AUDIT_MUTE_HOLDS] = {
		AUDIT_MUTE_EXPIRED, AUDIT_PASS,
		.seen = "a mute{owner}{day}: {why}",
		.rests_on = { AUDIT_ON_MUTE },
	},
	[AUDIT_MUTE_PAST] = {
		AUDIT_MUTE_EXPIRED, AUDIT_FAIL,
		.seen = "a mute{owner}{day}, which is past, still matches: "
			"{why}",
		.remedy = "do what the finding says that it matches, and take "
			"the mute out; or give it a new day and a reason that "
			"still holds",
		.kind = AUDIT_DECIDE,
		.rests_on = { AUDIT_ON_MUTE },
	},
	[AUDIT_MUTE_PAST_UNUSED] = {
		AUDIT_MUTE_EXPIRED, AUDIT_NOT_APPLICABLE,
		.seen = "a mute{owner}{day}, which is past, matches nothing: "
			"{why}",
		.rests_on = { AUDIT_ON_MUTE },
	},
};
