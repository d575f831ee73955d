/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of a policy: verdicts, levels of certification, methods. Shared by
 * who reads the file and who decides; for these only.
 */
#ifndef BRIDGE_VERIFY_POLICY_WORDS_H
#define BRIDGE_VERIFY_POLICY_WORDS_H

#include "bridge/verify/policy.h"

/* The bit in policy.verdicts; 0: it may never be accepted, or is no verdict. */
unsigned policy_verdict_bit(enum verdict v);
unsigned policy_verdict_bit_of(const char *name);

/* NULL where a level has no name, false where a name is none. */
const char *policy_level_name(enum policy_certification level);
bool policy_level_of(const char *name, enum policy_certification *ret);

/* The bit in policy.methods, and the name as a constant; 0: none. */
unsigned policy_method_bit(const char *name, const char **ret);

#endif
