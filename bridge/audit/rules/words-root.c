/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of root. */
#include "bridge/audit/rules/words.h"

#include "base/util.h"

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
#define ROOT_OF_KEYS                                                           \
	"root of this partition has access keys only: no sign-in, and no MFA"
/* MFA does not stand before requests that a key signs. */
#define KEYS_REMEDY                                                            \
	"delete root's keys and certificates, before which no MFA stands: "    \
	"sign in as root, 'Security credentials', 'Access keys'; or have the " \
	"organisation take root's credentials away"

#define AT(reason) [(reason) - AUDIT_NO_ROOT_USER]

static const struct audit_words rows[] = {
	AT(AUDIT_NO_ROOT_USER) = {
		AUDIT_ROOT_MFA_MISSING, AUDIT_NOT_APPLICABLE,
		.seen = "this partition has no root user",
		.rests_on = { AUDIT_ON_MFA },
		.beside = AUDIT_BESIDE_CHANGE,
	},
	AT(AUDIT_ROOT_OF_KEYS) = {
		AUDIT_ROOT_MFA_MISSING, AUDIT_NOT_APPLICABLE,
		.seen = ROOT_OF_KEYS "{keys}",
		.rests_on = { AUDIT_ON_MFA },
	},
	AT(AUDIT_ROOT_HAS_MFA) = {
		AUDIT_ROOT_MFA_MISSING, AUDIT_PASS,
		.seen = "MFA is active",
		.rests_on = { AUDIT_ON_MFA },
		.beside = AUDIT_BESIDE_CHANGE,
	},
	AT(AUDIT_ROOT_NO_CREDENTIALS) = {
		AUDIT_ROOT_MFA_MISSING, AUDIT_PASS,
		.seen = "{credentials}, no MFA",
		.literal = "IAM-014 literal: FAIL; CIS 7.0 2.5: PASS, no root "
			"credentials",
		.rests_on = { AUDIT_ON_MFA, AUDIT_ON_PASSWORD },
		.beside = AUDIT_BESIDE_CHANGE,
	},
	AT(AUDIT_ROOT_NO_CREDENTIALS_ALONE) = {
		AUDIT_ROOT_MFA_MISSING, AUDIT_PASS,
		.seen = "{credentials}; whether there is MFA is not known",
		.rests_on = { AUDIT_ON_MFA, AUDIT_ON_PASSWORD },
		.beside = AUDIT_BESIDE_CHANGE,
	},
	AT(AUDIT_ROOT_WITHOUT_MFA) = {
		AUDIT_ROOT_MFA_MISSING, AUDIT_FAIL,
		.seen = "{credentials}, no MFA",
		.remedy = ROOT_REMEDY,
		.kind = AUDIT_STEPS,
		.rests_on = { AUDIT_ON_MFA, AUDIT_ON_PASSWORD },
		.beside = AUDIT_BESIDE_CHANGE,
	},
	AT(AUDIT_ROOT_KEYS_WITHOUT_MFA) = {
		AUDIT_ROOT_MFA_MISSING, AUDIT_FAIL,
		.seen = "{credentials}, no MFA",
		.remedy = KEYS_REMEDY,
		.kind = AUDIT_STEPS,
		.literal = "IAM-014 literal: FAIL; CIS 7.0 2.5: PASS, no root "
			"password",
		.rests_on = { AUDIT_ON_MFA, AUDIT_ON_PASSWORD },
		.beside = AUDIT_BESIDE_CHANGE,
	},
	AT(AUDIT_ROOT_MFA_NOT_KNOWN) = {
		AUDIT_ROOT_MFA_MISSING, AUDIT_UNKNOWN,
		.seen = "whether root has MFA is not known",
		.rests_on = { AUDIT_ON_MFA },
		.beside = AUDIT_BESIDE_NEWEST,
	},
	AT(AUDIT_VIRTUAL_NO_ROOT_USER) = {
		AUDIT_ROOT_MFA_VIRTUAL, AUDIT_NOT_APPLICABLE,
		.seen = "this partition has no root user",
	},
	AT(AUDIT_VIRTUAL_ROOT_OF_KEYS) = {
		AUDIT_ROOT_MFA_VIRTUAL, AUDIT_NOT_APPLICABLE,
		.seen = ROOT_OF_KEYS,
	},
	AT(AUDIT_VIRTUAL_NO_SIGN_IN) = {
		AUDIT_ROOT_MFA_VIRTUAL, AUDIT_NOT_APPLICABLE,
		.seen = "{credentials}",
		.rests_on = { AUDIT_ON_PASSWORD },
	},
	AT(AUDIT_VIRTUAL_NO_DEVICE) = {
		AUDIT_ROOT_MFA_VIRTUAL, AUDIT_NOT_APPLICABLE,
		.seen = "root has no MFA: see root-mfa-missing",
		.literal = "CIS 7.0 2.6 literal: FAIL, no MFA is enabled",
		.rests_on = { AUDIT_ON_MFA },
	},
	AT(AUDIT_VIRTUAL) = {
		AUDIT_ROOT_MFA_VIRTUAL, AUDIT_FAIL,
		.seen = "a virtual device is root's: '{device}'",
		.remedy = VIRTUAL_REMEDY,
		.kind = AUDIT_STEPS,
		.rests_on = { AUDIT_ON_VIRTUAL },
		.of_device = true,
	},
	AT(AUDIT_VIRTUAL_OTHER_NAME) = {
		AUDIT_ROOT_MFA_VIRTUAL, AUDIT_FAIL,
		.seen = "a virtual device is root's: '{device}'",
		.remedy = VIRTUAL_REMEDY,
		.kind = AUDIT_STEPS,
		.literal = "CIS 7.0 2.6 literal: PASS, the device is not named "
			"root-account-mfa-device",
		.rests_on = { AUDIT_ON_VIRTUAL },
		.of_device = true,
	},
	AT(AUDIT_NOT_VIRTUAL) = {
		AUDIT_ROOT_MFA_VIRTUAL, AUDIT_PASS,
		.seen = NOT_VIRTUAL,
		.rests_on = { AUDIT_ON_VIRTUAL, AUDIT_ON_MFA },
	},
	AT(AUDIT_NOT_VIRTUAL_NAMESAKE) = {
		AUDIT_ROOT_MFA_VIRTUAL, AUDIT_PASS,
		.seen = NOT_VIRTUAL,
		.literal = "CIS 7.0 2.6 literal: FAIL, a device of user "
			"'{namesake}' is named root-account-mfa-device",
		.rests_on = { AUDIT_ON_VIRTUAL, AUDIT_ON_MFA },
	},
	AT(AUDIT_VIRTUAL_NOT_KNOWN) = {
		AUDIT_ROOT_MFA_VIRTUAL, AUDIT_UNKNOWN,
		.seen = "root's virtual devices are not known",
		.rests_on = { AUDIT_ON_VIRTUAL },
		.beside = AUDIT_BESIDE_NEWEST,
	},
	AT(AUDIT_VIRTUAL_MFA_NOT_KNOWN) = {
		AUDIT_ROOT_MFA_VIRTUAL, AUDIT_UNKNOWN,
		.seen = "no virtual device is root's; whether root has MFA "
			"at all is not known",
		.rests_on = { AUDIT_ON_MFA },
		.beside = AUDIT_BESIDE_NEWEST,
	},
	AT(AUDIT_KEY_NO_ROOT_USER) = {
		AUDIT_ROOT_ACCESS_KEY, AUDIT_NOT_APPLICABLE,
		.seen = "this partition has no root user",
	},
	AT(AUDIT_KEY_NONE) = {
		AUDIT_ROOT_ACCESS_KEY, AUDIT_PASS,
		.seen = "root has no access key",
		.rests_on = { AUDIT_ON_ANY_KEY },
	},
	AT(AUDIT_KEY_THERE) = {
		AUDIT_ROOT_ACCESS_KEY, AUDIT_FAIL,
		.seen = "root has an access key ({state}): whoever has it can do "
			"everything, and no MFA stands before it",
		.remedy = "sign in as root, open 'Security credentials', and delete "
			"it under 'Access keys', or have the organisation "
			"take root's credentials away",
		.kind = AUDIT_STEPS,
		.rests_on = { AUDIT_ON_ANY_KEY },
	},
	AT(AUDIT_KEY_OF_KEYS) = {
		AUDIT_ROOT_ACCESS_KEY, AUDIT_FAIL,
		.seen = "root has an access key ({state}): whoever has it can do "
			"everything, and no MFA stands before it",
		.remedy = "with that key, `aws iam list-access-keys`, and `aws iam "
			"delete-access-key --access-key-id` with its id; AWS "
			"Support gives out a new one",
		.kind = AUDIT_STEPS,
		.rests_on = { AUDIT_ON_ANY_KEY },
	},
	AT(AUDIT_KEY_NOT_KNOWN) = {
		AUDIT_ROOT_ACCESS_KEY, AUDIT_UNKNOWN,
		.seen = "whether root has an access key is not known",
		.rests_on = { AUDIT_ON_ANY_KEY },
		.beside = AUDIT_BESIDE_KEY,
	},
	AT(AUDIT_SECOND_NO_ROOT_USER) = {
		AUDIT_ROOT_ONE_DEVICE, AUDIT_NOT_APPLICABLE,
		.seen = "this partition has no root user",
	},
	AT(AUDIT_SECOND_ROOT_OF_KEYS) = {
		AUDIT_ROOT_ONE_DEVICE, AUDIT_NOT_APPLICABLE,
		.seen = ROOT_OF_KEYS,
	},
	AT(AUDIT_SECOND_NO_MFA) = {
		AUDIT_ROOT_ONE_DEVICE, AUDIT_NOT_APPLICABLE,
		.seen = "root has no MFA: see root-mfa-missing",
		.rests_on = { AUDIT_ON_MFA },
	},
	AT(AUDIT_SECOND) = {
		AUDIT_ROOT_ONE_DEVICE, AUDIT_PASS,
		.seen = "root has {count} devices",
		.rests_on = { AUDIT_ON_SECOND },
	},
	AT(AUDIT_SECOND_NONE) = {
		AUDIT_ROOT_ONE_DEVICE, AUDIT_FAIL,
		.seen = "root has one device and no second one: when it is lost, "
			"only AWS Support opens the account",
		.remedy = "register a second key and keep it elsewhere: "
			"`tokenbridge root --method fido --account {ACCOUNT}`",
		.kind = AUDIT_STEPS,
		.rests_on = { AUDIT_ON_SECOND },
	},
	AT(AUDIT_SECOND_NOT_KNOWN) = {
		AUDIT_ROOT_ONE_DEVICE, AUDIT_UNKNOWN,
		.seen = "how many devices root has is not known",
		.remedy = "run it again as root, or in a session of AssumeRoot",
		.kind = AUDIT_STEPS,
		.rests_on = { AUDIT_ON_SECOND },
	},
	AT(AUDIT_REMOVABLE_NO_ROOT_USER) = {
		AUDIT_ROOT_REMOVABLE, AUDIT_NOT_APPLICABLE,
		.seen = "this partition has no root user",
	},
	AT(AUDIT_REMOVABLE_ROOT_OF_KEYS) = {
		AUDIT_ROOT_REMOVABLE, AUDIT_NOT_APPLICABLE,
		.seen = ROOT_OF_KEYS,
	},
	AT(AUDIT_REMOVABLE_NO_MEMBER) = {
		AUDIT_ROOT_REMOVABLE, AUDIT_NOT_APPLICABLE,
		.seen = "{member}",
		.rests_on = { AUDIT_ON_MEMBER },
	},
	AT(AUDIT_REMOVABLE_REMOVED) = {
		AUDIT_ROOT_REMOVABLE, AUDIT_PASS,
		.seen = "{credentials}",
		.rests_on = { AUDIT_ON_PASSWORD },
	},
	AT(AUDIT_REMOVABLE) = {
		AUDIT_ROOT_REMOVABLE, AUDIT_FAIL,
		.seen = "{credentials}: the organisation can take them away",
		.remedy = "in the management account, under IAM, 'Root access "
			"management': enable it, choose the account, 'Take "
			"privileged action', 'Delete root credentials'",
		.kind = AUDIT_STEPS,
		.rests_on = { AUDIT_ON_PASSWORD, AUDIT_ON_MEMBER },
	},
	AT(AUDIT_REMOVABLE_NOT_KNOWN) = {
		AUDIT_ROOT_REMOVABLE, AUDIT_UNKNOWN,
		.seen = "{credentials}; whether the organisation could take them "
			"away is not known",
		.rests_on = { AUDIT_ON_MEMBER },
	},
};

const struct audit_vocabulary audit_words_of_root = { AUDIT_NO_ROOT_USER,
	ARRAY_LEN(rows), rows };
