/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of devices and bindings. */
#include "bridge/audit/rules/words.h"

#include "base/util.h"

/* Said by more than one row. */
#define NOT_BOUND                                                              \
	"{kind} device '{device}'; no binding in force of the registry names " \
	"it"
#define REVOKE "`tokenbridge revoke {USER} {DEVICE} --account {ACCOUNT}`"
#define ADOPT                                                                  \
	"find out who has it; `tokenbridge registry adopt --from-aws "         \
	"--account {ACCOUNT}` records it as it is, with all others that the "  \
	"registry does not know"

#define AT(reason) [(reason) - AUDIT_BOUND]

static const struct audit_words rows[] = {
	AT(AUDIT_BOUND) = {
		AUDIT_DEVICE_UNKNOWN, AUDIT_PASS,
		.seen = "{kind} device '{device}', bound in the registry",
		.rests_on = { AUDIT_ON_AT_AWS, AUDIT_ON_BOUND },
		.of_device = true,
	},
	AT(AUDIT_NOT_BOUND) = {
		AUDIT_DEVICE_UNKNOWN, AUDIT_FAIL,
		.seen = NOT_BOUND,
		.remedy = ADOPT "; " REVOKE " takes it away",
		.kind = AUDIT_DECIDE,
		.rests_on = { AUDIT_ON_AT_AWS, AUDIT_ON_BOUND },
		.of_device = true,
	},
	AT(AUDIT_NOT_BOUND_ALONE) = {
		AUDIT_DEVICE_UNKNOWN, AUDIT_FAIL,
		.seen = NOT_BOUND "; it is the only one of the user",
		.remedy = ADOPT "; to take it away, give the user another "
			"first, `tokenbridge enroll {USER} --method totp "
			"--account {ACCOUNT}`, then " REVOKE "; where AWS "
			"allows no second one, `tokenbridge revoke {USER} "
			"{DEVICE} --account {ACCOUNT} --last --reason REASON` "
			"comes first",
		.kind = AUDIT_DECIDE,
		.rests_on = { AUDIT_ON_AT_AWS, AUDIT_ON_BOUND },
		.of_device = true,
	},
	AT(AUDIT_NOT_BOUND_OF_ROOT) = {
		AUDIT_DEVICE_UNKNOWN, AUDIT_FAIL,
		.seen = NOT_BOUND,
		.remedy = "find out who has it; root removes it under "
			"'Security credentials'",
		.kind = AUDIT_STEPS,
		.rests_on = { AUDIT_ON_AT_AWS, AUDIT_ON_BOUND },
		.of_device = true,
	},
	AT(AUDIT_BOUND_SOON) = {
		AUDIT_DEVICE_UNKNOWN, AUDIT_PASS,
		.seen = "{kind} device '{device}', of the {run} of ours that is "
			"not finished",
		.rests_on = { AUDIT_ON_AT_AWS, AUDIT_ON_BOUND },
		.of_device = true,
	},
	AT(AUDIT_DEVICES_NOT_LISTED) = {
		AUDIT_DEVICE_UNKNOWN, AUDIT_UNKNOWN,
		.seen = "not all devices are known",
		.rests_on = { AUDIT_ON_AT_AWS },
		.of_device = true,
	},
	AT(AUDIT_BINDINGS_NOT_READ) = {
		AUDIT_DEVICE_UNKNOWN, AUDIT_UNKNOWN,
		.seen = "whether the registry knows the devices of this "
			"account is not known",
		.rests_on = { AUDIT_ON_BOUND },
		.of_device = true,
	},
	AT(AUDIT_AT_AWS) = {
		AUDIT_DEVICE_GONE, AUDIT_PASS,
		.seen = "'{device}' is at AWS",
		.rests_on = { AUDIT_ON_AT_AWS },
		.of_device = true,
	},
	AT(AUDIT_NOT_AT_AWS) = {
		AUDIT_DEVICE_GONE, AUDIT_FAIL,
		.seen = "'{device}' is bound in the registry and no user of "
			"the account has it",
		.remedy = "find out who removed it; " REVOKE " ends the "
			"binding",
		.kind = AUDIT_DECIDE,
		.rests_on = { AUDIT_ON_AT_AWS },
		.of_device = true,
	},
	AT(AUDIT_GOING) = {
		AUDIT_DEVICE_GONE, AUDIT_NOT_APPLICABLE,
		.seen = "'{device}': the {run} of ours that is not finished takes "
			"it away",
		.rests_on = { AUDIT_ON_AT_AWS },
		.of_device = true,
	},
	AT(AUDIT_AT_AWS_NOT_KNOWN) = {
		AUDIT_DEVICE_GONE, AUDIT_UNKNOWN,
		.seen = "'{device}' was not seen and not all devices are "
			"known",
		.rests_on = { AUDIT_ON_AT_AWS },
		.of_device = true,
	},
	AT(AUDIT_BINDINGS_NOT_KNOWN) = {
		AUDIT_DEVICE_GONE, AUDIT_UNKNOWN,
		.seen = "not known",
		.rests_on = { AUDIT_ON_AT_AWS },
		.of_device = true,
	},
	AT(AUDIT_DEVICE_ERASED) = {
		AUDIT_DEVICE_GONE, AUDIT_UNKNOWN,
		.seen = "the registry has erased the name of this binding's "
			"device",
		.rests_on = { AUDIT_ON_AT_AWS },
		.of_device = true,
	},
	AT(AUDIT_NOT_MOVED) = {
		AUDIT_DEVICE_MOVED, AUDIT_PASS,
		.seen = "'{device}' is the same user's",
		.rests_on = { AUDIT_ON_MOVED },
		.of_device = true,
	},
	AT(AUDIT_MOVED) = {
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
	AT(AUDIT_MOVED_NOT_KNOWN) = {
		AUDIT_DEVICE_MOVED, AUDIT_UNKNOWN,
		.seen = "who has '{device}' is not known",
		.rests_on = { AUDIT_ON_MOVED },
		.of_device = true,
	},
	AT(AUDIT_MOVED_NOWHERE) = {
		AUDIT_DEVICE_MOVED, AUDIT_NOT_APPLICABLE,
		.seen = "nobody has '{device}': see device-gone",
		.rests_on = { AUDIT_ON_AT_AWS },
		.of_device = true,
	},
	AT(AUDIT_CERTIFIED) = {
		AUDIT_USER_UNCERTIFIED, AUDIT_PASS,
		.seen = "'{device}': {certifications}",
		.rests_on = { AUDIT_ON_CERTIFIED },
		.of_device = true,
	},
	AT(AUDIT_CERTIFIED_BY_US) = {
		AUDIT_USER_UNCERTIFIED, AUDIT_PASS,
		.seen = "'{device}' is bound to a token whose verdict the policy "
			"accepts (by our registry, not by AWS)",
		.rests_on = { AUDIT_ON_BOUND, AUDIT_ON_CERTIFIED },
		.of_device = true,
	},
	AT(AUDIT_NOT_CERTIFIED) = {
		AUDIT_USER_UNCERTIFIED, AUDIT_FAIL,
		.seen = "'{device}': AWS holds no certification of it, and "
			"nothing follows from that: it may be a synced "
			"passkey, or a key that was not attested",
		.remedy = "ask who has it, and leave it, or let a verified key take "
			"its place: `tokenbridge enroll {USER} --method fido "
			"--account {ACCOUNT}`, then "
			REVOKE,
		.kind = AUDIT_DECIDE,
		.rests_on = { AUDIT_ON_CERTIFIED },
		.of_device = true,
	},
	AT(AUDIT_CERTIFIED_NOT_KNOWN) = {
		AUDIT_USER_UNCERTIFIED, AUDIT_UNKNOWN,
		.seen = "'{device}': whether AWS holds a certification of it is "
			"not known",
		.rests_on = { AUDIT_ON_CERTIFIED },
		.of_device = true,
	},
	AT(AUDIT_CERTIFIED_NOT_LISTED) = {
		AUDIT_USER_UNCERTIFIED, AUDIT_UNKNOWN,
		.seen = "the user's devices are not known",
		.rests_on = { AUDIT_ON_AT_AWS },
		.of_device = true,
	},
	AT(AUDIT_ORPHAN_IN_RUN) = {
		AUDIT_VIRTUAL_ORPHAN, AUDIT_NOT_APPLICABLE,
		.seen = "'{device}': of the {run} of ours that is not finished",
		.rests_on = { AUDIT_ON_UNASSIGNED },
		.of_device = true,
	},
	AT(AUDIT_ORPHAN) = {
		AUDIT_VIRTUAL_ORPHAN, AUDIT_FAIL,
		.seen = "'{device}' is nobody's, and was not {age} before",
		.remedy = "`aws iam list-virtual-mfa-devices --assignment-status "
			"Unassigned --query "
			"'VirtualMFADevices[].[SerialNumber]' --output text | "
			"grep -Fx {DEVICE} && aws iam "
			"delete-virtual-mfa-device --serial-number {DEVICE}`",
		.kind = AUDIT_COMMAND,
		.rests_on = { AUDIT_ON_UNASSIGNED },
		.of_device = true,
	},
	AT(AUDIT_ORPHAN_SEEN_ONCE) = {
		AUDIT_VIRTUAL_ORPHAN, AUDIT_UNKNOWN,
		.seen = "'{device}' is nobody's now; whether it stays so is not "
			"known",
		.remedy = "run it again ten minutes later: somebody may be "
			"registering it",
		.kind = AUDIT_STEPS,
		.rests_on = { AUDIT_ON_UNASSIGNED },
		.of_device = true,
	},
	AT(AUDIT_ORPHAN_NOT_KNOWN) = {
		AUDIT_VIRTUAL_ORPHAN, AUDIT_UNKNOWN,
		.seen = "the unassigned virtual devices are not known",
		.rests_on = { AUDIT_ON_UNASSIGNED },
		.of_device = true,
	},
};

const struct audit_vocabulary audit_words_of_devices = { AUDIT_BOUND,
	ARRAY_LEN(rows), rows };
