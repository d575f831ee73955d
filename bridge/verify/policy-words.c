/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a policy: verdicts, levels of certification, methods. */
#include "bridge/verify/policy-words.h"

#include <string.h>

static const enum verdict verdicts[] = { VERDICT_GENUINE, VERDICT_VULNERABLE,
	VERDICT_UNKNOWN_VENDOR, VERDICT_SELF_ATTESTED, VERDICT_NOT_ATTESTED,
	VERDICT_UNDECIDED };
static const char *const methods[] = { "fido", "totp", "hardware-totp",
	"virtual" };
static const struct {
	enum policy_certification level;
	const char *name;
} levels[] = {
	{ POLICY_FIDO_CERTIFIED, "fido-certified" },
	{ POLICY_L1, "L1" },
	{ POLICY_L1_PLUS, "L1+" },
	{ POLICY_L2, "L2" },
	{ POLICY_L2_PLUS, "L2+" },
	{ POLICY_L3, "L3" },
	{ POLICY_L3_PLUS, "L3+" },
};

bool policy_is_never(enum verdict v)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(verdicts); i++)
		if (verdicts[i] == v)
			return false;
	return true;
}

unsigned policy_verdict_bit(enum verdict v)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(verdicts); i++)
		if (verdicts[i] == v)
			return 1u << i;
	return 0;
}

unsigned policy_verdict_bit_of(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(verdicts); i++)
		if (strcmp(name, verdict_name(verdicts[i])) == 0)
			return policy_verdict_bit(verdicts[i]);
	return 0;
}

const char *policy_level_name(enum policy_certification level)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(levels); i++)
		if (levels[i].level == level)
			return levels[i].name;
	return NULL;
}

bool policy_level_of(const char *name, enum policy_certification *ret)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(levels); i++)
		if (strcmp(levels[i].name, name) == 0) {
			*ret = levels[i].level;
			return true;
		}
	return false;
}

unsigned policy_method_bit(const char *name, const char **ret)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(methods); i++)
		if (strcmp(name, methods[i]) == 0) {
			*ret = methods[i];
			return 1u << i;
		}
	return 0;
}
