/* SPDX-License-Identifier: Apache-2.0 */
/* The audit's words: one row for each reason, and nothing else decides. */
#ifndef BRIDGE_AUDIT_RULES_WORDS_H
#define BRIDGE_AUDIT_RULES_WORDS_H

#include "bridge/audit/rules/rules.h"

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
	AUDIT_ON_ANY_KEY,
	AUDIT_ON_SECOND, /* root's devices */
	AUDIT_ON_MEMBER, /* of an organisation */
	AUDIT_ON_RIGHTS,
	AUDIT_ON_KEY,    /* a user's access keys */
	AUDIT_ON_LISTED, /* a user's devices, all of them */
	AUDIT_ON_CERTIFIED,
	AUDIT_ON_VULNERABLE,
	AUDIT_ON_ACCEPTED, /* a verdict */
	AUDIT_ON_UNASSIGNED,
	AUDIT_ON_MUTE,   /* the mute list */
	AUDIT_BASES, /* how many */
};

/* What the credential report says beside AWS of MFA and the password. */
enum audit_beside {
	AUDIT_BESIDE_NOTHING, /* it is not told */
	AUDIT_BESIDE_CHANGE,  /* told where AWS says otherwise by now */
	AUDIT_BESIDE_NEWEST,  /* told, of all that AWS did not say now, as the
	                         newest that is known */
	AUDIT_BESIDE_ALL,     /* the same, and of access keys */
	AUDIT_BESIDE_KEY,     /* the same, of access keys alone */
};

/*
 * Texts have places in braces for what the finding is about, see finding.c; in
 * commands {USER} {DEVICE} {ACCOUNT} {OWNER}, which are the words themselves
 * where a shell would read the name as more than a name, and {COMMAND} as a
 * whole. NULL: nothing to say.
 */
struct audit_words {
	enum audit_check check;
	enum audit_status status;
	const char *seen;
	const char *remedy;           /* UNKNOWN: what would make it certain */
	enum audit_remedy kind;       /* of the remedy */
	enum audit_severity severity; /* where it is not the check's */
	const char *literal;          /* benchmarks' words, where they differ */
	/* The older time of the two counts. UNKNOWN: the first one is what is
	   missing; why is told, and what would give it. */
	enum audit_basis rests_on[2];
	enum audit_beside beside;
	bool of_device;               /* the finding names one */
};

/* Rows of one subject, of the reasons from the first one on. */
struct audit_vocabulary {
	enum audit_reason first;
	size_t n;
	const struct audit_words *words;
};
extern const struct audit_vocabulary audit_words_of_users, audit_words_of_root,
	audit_words_of_devices, audit_words_of_tokens;

const struct audit_words *audit_words_of(enum audit_reason reason);

static inline enum audit_status audit_status_of(enum audit_reason reason)
{
	return audit_words_of(reason)->status;
}

#endif
