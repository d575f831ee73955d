/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit's checks, a row each: what it is called, which sets it is of, what
 * it needs, how bad it is. The rule itself is in rules.c, its words in words.c.
 */
#ifndef BRIDGE_AUDIT_RULES_CHECKS_H
#define BRIDGE_AUDIT_RULES_CHECKS_H

#include "base/error.h"

enum audit_check {
	AUDIT_ROOT_MFA_MISSING,
	AUDIT_ROOT_MFA_VIRTUAL,
	AUDIT_ROOT_ACCESS_KEY,
	AUDIT_ROOT_ONE_DEVICE,
	AUDIT_ROOT_REMOVABLE,
	AUDIT_USER_MFA_MISSING,
	AUDIT_ADMIN_MFA_MISSING,
	AUDIT_USER_NOT_RESISTANT,
	AUDIT_USER_UNCERTIFIED,
	AUDIT_USER_ONE_DEVICE,
	AUDIT_DEVICE_UNKNOWN,
	AUDIT_DEVICE_GONE,
	AUDIT_DEVICE_MOVED,
	AUDIT_TOKEN_VULNERABLE,
	AUDIT_TOKEN_UNVERIFIED,
	AUDIT_VIRTUAL_ORPHAN,
	AUDIT_RUN_UNFINISHED,
	AUDIT_MUTE_EXPIRED,
	AUDIT_CHECKS, /* how many */
};

#define AUDIT_BIT(check) (1u << (check))

enum audit_set {
	AUDIT_IN_BENCHMARK = 1 << 0, /* the rows that benchmarks know */
	AUDIT_IN_HOUSE = 1 << 1,     /* --checks house has benchmark, too */
	AUDIT_IN_CIS = 1 << 2,
};

/* Bits of what a check cannot be decided without. */
enum audit_need {
	AUDIT_NEEDS_AWS = 1 << 0, /* a report alone cannot tell */
	AUDIT_NEEDS_REGISTRY = 1 << 1,
	AUDIT_NEEDS_MUTES = 1 << 2,
};

enum audit_severity {
	AUDIT_SEVERITY_OF_CHECK, /* of a reason: what its check has */
	AUDIT_LOW,
	AUDIT_MEDIUM,
	AUDIT_HIGH,
	AUDIT_CRITICAL,
	AUDIT_SEVERITIES, /* how many */
};
extern const char *const audit_severity_names[AUDIT_SEVERITIES];

enum audit_status {
	AUDIT_PASS,
	AUDIT_FAIL,
	AUDIT_UNKNOWN,
	AUDIT_NOT_APPLICABLE,
	AUDIT_MUTED, /* the finding has the status that it mutes */
	AUDIT_STATUSES, /* how many */
};
extern const char *const audit_status_names[AUDIT_STATUSES];

#define AUDIT_NAMES_MAX 4

struct audit_check_row {
	const char *name;
	unsigned sets;
	unsigned needs;
	enum audit_severity severity; /* the worst, where it has several */
	const char *means;            /* what FAIL says */
	const char *permissions;      /* of the caller, between blanks; "" */
	const char *also_known_as[AUDIT_NAMES_MAX]; /* NULL behind the last */
	const char *as_root;          /* permissions with which --assume-root
	                                 decides it; NULL: it does not */
};
extern const struct audit_check_row audit_check_rows[AUDIT_CHECKS];

/* The bits of all checks that are in one of the sets, or have all the needs. */
unsigned audit_checks_in(unsigned sets);
unsigned audit_checks_needing(unsigned needs);

/* The check of this name; -1: there is none. */
int audit_check_of(const char *name, size_t n);

/*
 * The bits of "benchmark", "house", "cis" or names with commas. ERROR_USAGE for
 * anything else, naming it.
 */
int audit_checks_parse(const char *list, unsigned *ret, struct error *err);

#endif
