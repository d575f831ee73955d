/* SPDX-License-Identifier: Apache-2.0 */
/* The audit's words: one row for each reason, and nothing else decides. */
#ifndef BRIDGE_AUDIT_WORDS_H
#define BRIDGE_AUDIT_WORDS_H

#include "bridge/audit/rules.h"

/* The facts that a finding may rest on. */
enum audit_basis {
	AUDIT_ON_NOTHING,
	AUDIT_ON_MFA,
	AUDIT_ON_PASSWORD,
	AUDIT_ON_VIRTUAL, /* root's virtual devices */
	AUDIT_ON_AT_AWS,
	AUDIT_ON_BOUND,
	AUDIT_ON_MOVED,
	AUDIT_ON_RUN,    /* a sequence's journal */
	AUDIT_ON_MUTE,   /* the mute list */
	AUDIT_BASES, /* how many */
};

/* What the credential report says of MFA beside AWS. */
enum audit_beside {
	AUDIT_BESIDE_NOTHING, /* it is not told */
	AUDIT_BESIDE_CHANGE,  /* told where AWS says otherwise by now */
	AUDIT_BESIDE_NEWEST,  /* told, of all that AWS did not say now, as the
	                         newest that is known */
};

/*
 * Texts have places in braces for what the finding is about: {devices} {kind}
 * {device} {credentials} {keys} {namesake} {owner} {run} {age} {why} {day}; in commands {USER}
 * {DEVICE} {ACCOUNT} {OWNER}, which are the words themselves where a shell would
 * read the name as more than a name, and {COMMAND} as a whole. NULL: nothing to say.
 */
struct audit_words {
	enum audit_check check;
	enum audit_status status;
	const char *seen;
	const char *remedy;
	enum audit_remedy kind;       /* of the remedy */
	enum audit_severity severity; /* where it is not the check's */
	const char *literal;          /* benchmarks' words, where they differ */
	/* The older time of the two counts. UNKNOWN: the first one is what is
	   missing; why is told, and what would give it. */
	enum audit_basis rests_on[2];
	enum audit_beside beside;
	bool of_device;               /* the finding names one */
};

extern const struct audit_words audit_words[AUDIT_REASONS];

static inline enum audit_status audit_status_of(enum audit_reason reason)
{
	return audit_words[reason].status;
}

#endif
