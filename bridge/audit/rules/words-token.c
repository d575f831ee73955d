/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of what the registry alone knows: tokens, and runs of ours. */
#include "bridge/audit/rules/words.h"

#include "base/util.h"

#define AT(reason) [(reason) - AUDIT_NOT_VULNERABLE]

static const struct audit_words rows[] = {
	AT(AUDIT_NOT_VULNERABLE) = {
		AUDIT_TOKEN_VULNERABLE, AUDIT_PASS,
		.seen = "{firmware}: no advisory",
		.rests_on = { AUDIT_ON_VULNERABLE },
	},
	AT(AUDIT_VULNERABLE) = {
		AUDIT_TOKEN_VULNERABLE, AUDIT_FAIL,
		.seen = "{firmware}: {advisories}",
		.remedy = "replace it: `tokenbridge replace` for each binding, then "
			"`tokenbridge registry move` to retired; `tokenbridge "
			"verify` tells what the advisory says",
		.kind = AUDIT_STEPS,
		.rests_on = { AUDIT_ON_VULNERABLE },
	},
	AT(AUDIT_VULNERABLE_NOT_KNOWN) = {
		AUDIT_TOKEN_VULNERABLE, AUDIT_UNKNOWN,
		.seen = "whether an advisory is about it is not known",
		.remedy = "plug it in: `tokenbridge verify` tells and records it",
		.kind = AUDIT_STEPS,
		.rests_on = { AUDIT_ON_VULNERABLE },
	},
	AT(AUDIT_VULNERABLE_NOT_READ) = {
		AUDIT_TOKEN_VULNERABLE, AUDIT_UNKNOWN,
		.seen = "the tokens of the registry are not known",
		.remedy = "`tokenbridge doctor` tells what is in the way",
		.kind = AUDIT_STEPS,
		.rests_on = { AUDIT_ON_VULNERABLE },
	},
	AT(AUDIT_VERIFIED) = {
		AUDIT_TOKEN_UNVERIFIED, AUDIT_PASS,
		.seen = "verdict {verdict}",
		.rests_on = { AUDIT_ON_ACCEPTED },
	},
	AT(AUDIT_NOT_ACCEPTED) = {
		AUDIT_TOKEN_UNVERIFIED, AUDIT_FAIL,
		.seen = "verdict {verdict}, which the policy does not accept",
		.remedy = "replace it, or have the policy accept it",
		.kind = AUDIT_DECIDE,
		.rests_on = { AUDIT_ON_ACCEPTED },
	},
	AT(AUDIT_NOT_VERIFIED) = {
		AUDIT_TOKEN_UNVERIFIED, AUDIT_FAIL,
		.seen = "it was never verified",
		.remedy = "plug it in: `tokenbridge verify`",
		.kind = AUDIT_STEPS,
		.rests_on = { AUDIT_ON_ACCEPTED },
	},
	AT(AUDIT_VERIFIED_NOT_READ) = {
		AUDIT_TOKEN_UNVERIFIED, AUDIT_UNKNOWN,
		.seen = "the tokens of the registry, or what the policy accepts, "
			"are not known",
		.remedy = "`tokenbridge doctor` tells what is in the way",
		.kind = AUDIT_STEPS,
		.rests_on = { AUDIT_ON_ACCEPTED },
	},
	AT(AUDIT_RUN_LEFT) = {
		AUDIT_RUN_UNFINISHED, AUDIT_FAIL,
		.seen = "the {run} of '{device}' that began {age} ago is not "
			"finished: {why}",
		.remedy = "`{COMMAND}`",
		.kind = AUDIT_COMMAND,
		.rests_on = { AUDIT_ON_RUN },
		.of_device = true,
	},
	AT(AUDIT_RUN_LEFT_UNNAMED) = {
		AUDIT_RUN_UNFINISHED, AUDIT_FAIL,
		.seen = "the {run} that began {age} ago is not finished: {why}",
		.remedy = "`{COMMAND}`",
		.kind = AUDIT_COMMAND,
		.rests_on = { AUDIT_ON_RUN },
	},
	AT(AUDIT_RUN_NOT_READ) = {
		AUDIT_RUN_UNFINISHED, AUDIT_UNKNOWN,
		.seen = "not all unfinished runs could be read",
		.rests_on = { AUDIT_ON_RUN },
	},
	AT(AUDIT_MUTE_HOLDS) = {
		AUDIT_MUTE_EXPIRED, AUDIT_PASS,
		.seen = "a mute{owner}{day}: {why}",
		.rests_on = { AUDIT_ON_MUTE },
	},
	AT(AUDIT_MUTE_PAST) = {
		AUDIT_MUTE_EXPIRED, AUDIT_FAIL,
		.seen = "a mute{owner}{day}, which is past, still matches: "
			"{why}",
		.remedy = "do what the finding says that it matches, and take "
			"the mute out; or give it a new day and a reason that "
			"still holds",
		.kind = AUDIT_DECIDE,
		.rests_on = { AUDIT_ON_MUTE },
	},
	AT(AUDIT_MUTE_PAST_UNUSED) = {
		AUDIT_MUTE_EXPIRED, AUDIT_NOT_APPLICABLE,
		.seen = "a mute{owner}{day}, which is past, matches nothing: "
			"{why}",
		.rests_on = { AUDIT_ON_MUTE },
	},
};

const struct audit_vocabulary audit_words_of_tokens = { AUDIT_NOT_VULNERABLE,
	ARRAY_LEN(rows), rows };
