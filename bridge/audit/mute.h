/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mutes: findings that somebody decided to live with, and which of them match.
 * Pure; lists are made of files by bridge/audit/lists/.
 *
 * A rule mutes only what it certainly means. A finding about more than one
 * subject ("(users not listed)") is matched by its very words, never by a
 * pattern: it says that something was not read.
 */
#ifndef BRIDGE_AUDIT_MUTE_H
#define BRIDGE_AUDIT_MUTE_H

#include "bridge/audit/finding.h"

#include <regex.h>

#define MUTE_RULES_MAX 10000
#define MUTE_PATTERN_MAX 256 /* bytes */

/* A text of which `*` is any part, or (has_re) a pattern that is searched. */
struct mute_pattern {
	char *text;  /* owned */
	bool has_re;
	regex_t re;  /* owned */
};

struct mute_patterns {
	struct mute_pattern *p; /* owned */
	size_t n;
};

struct mute_rule {
	struct audit_mute says;  /* its strings are owned */
	unsigned checks;         /* bits of what it is about */
	unsigned mutes;          /* of these: where not, only its exceptions
	                            count */
	unsigned statuses;       /* bits of enum audit_status */
	unsigned block;          /* from 1: of rules that one exception ends */
	char *account;           /* owned; NULL: any */
	struct mute_patterns subjects;
	char *device;            /* owned; as mute_pattern.text; NULL: any or none */
	bool excepts;            /* and what is not known of them is met */
	struct mute_patterns not_accounts, not_subjects; /* none: any */
	uint64_t matched;
};

struct audit_mutes {
	char *name;              /* owned; of the file */
	struct mute_rule *rules; /* owned */
	size_t n, size;
	char *left_out;          /* owned; why some mute nothing; NULL: none do */
	size_t left_out_n;
};

void mute_patterns_done(struct mute_patterns *p);
void mute_rule_done(struct mute_rule *r);
void audit_mutes_done(struct audit_mutes *m);
void audit_mutes_free(struct audit_mutes **m);

/* A copy of n bytes; the pattern is borrowed nowhere. */
int mute_pattern_add(struct mute_patterns *list, const char *p, size_t n,
	struct mute_pattern **ret, struct error *err);

/* Takes the rule over, and empties it. ERROR_USAGE: too many. */
int audit_mutes_add(struct audit_mutes *m, struct mute_rule *rule,
	struct error *err);

/* Whether `*` of the pattern may stand for what the text has there. */
bool mute_glob_fits(const char *pattern, const char *text);

/*
 * Which mute holds for a finding that is not MUTED yet; NULL: none. Counts all
 * rules that match, those past their date, too.
 */
const struct audit_mute *audit_mutes_find(struct audit_mutes *m,
	const struct audit_finding *f, time_t now);

/* Whether the rule's day is over. */
bool mute_is_over(const struct audit_mute *mute, time_t now);

/* Checks of which a mute has to say reason, owner and expiry. */
bool mute_needs_all(enum audit_check check);

#endif
