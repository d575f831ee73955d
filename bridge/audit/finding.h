/* SPDX-License-Identifier: Apache-2.0 */
/* A finding of the audit: what was judged, in words. */
#ifndef BRIDGE_AUDIT_FINDING_H
#define BRIDGE_AUDIT_FINDING_H

#include "bridge/audit/rules/rules.h"

/* Longest sentence of a finding, with NUL: why, and what the report says. */
#define AUDIT_TEXT (ERROR_TEXT_MAX + 512)
#define AUDIT_SUBJECT 132
#define AUDIT_ACCOUNT 65 /* twelve digits, or what a report has there */

/* Why a finding does not count as FAIL or UNKNOWN; all strings owned by the
 * list of mutes. */
struct audit_mute {
	const char *reason;
	const char *owner;   /* "": not told */
	const char *source;  /* file and line */
	time_t expires;      /* 0: never */
};

/* Beside the findings of an earlier run. */
enum audit_change {
	AUDIT_NOT_COMPARED,
	AUDIT_NEW,
	AUDIT_UNCHANGED,
	AUDIT_CHANGES, /* how many */
};
extern const char *const audit_change_names[AUDIT_CHANGES];

/* A row of the result. Borrowed strings live as long as the facts. */
struct audit_finding {
	enum audit_check check;
	enum audit_reason reason;
	enum audit_status status;
	enum audit_severity severity;
	enum audit_status mutes;       /* of MUTED: what it would be */
	const struct audit_mute *mute; /* of MUTED; else NULL; borrowed */
	enum audit_change change;
	char account[AUDIT_ACCOUNT];  /* "" where not known */
	char subject[AUDIT_SUBJECT];  /* user, "<root_account>", "line 7" */
	const char *device;           /* serial or ARN; NULL: not of a device */
	const char *kinds;            /* of a user's devices, "fido, virtual";
	                                 NULL: not known */
	char seen[AUDIT_TEXT];
	char source[128];             /* "" where nobody said anything */
	time_t when;                  /* 0: not known */
	char remedy[AUDIT_TEXT];      /* "" where there is nothing to do */
	enum audit_remedy remedy_kind;
	char literal[AUDIT_TEXT];     /* what benchmarks' words come to where
	                                 they differ; "" where they do not */
	char missing[64];             /* permission that is missing, or "" */
	uint64_t line;                /* of the report's file; 0: none */
};

/*
 * The words for what was judged; `reason` is what one of its judges found: a
 * subject may have several.
 */
void audit_say_user(const struct audit_user *u, enum audit_reason reason,
	struct audit_finding *ret);
void audit_say_root(const struct audit_root *root, enum audit_reason reason,
	struct audit_finding *ret);
void audit_say_device(const struct audit_device *d, enum audit_reason reason,
	struct audit_finding *ret);
void audit_say_binding(const struct audit_binding *b, enum audit_reason reason,
	struct audit_finding *ret);
void audit_say_orphan(const struct audit_orphan *o, enum audit_reason reason,
	struct audit_finding *ret);
/* Of a token that is vulnerable the finding is as severe as its advisory. */
void audit_say_token(const struct audit_token *t, enum audit_reason reason,
	struct audit_finding *ret);
void audit_say_unfinished(const struct audit_unfinished *u,
	enum audit_reason reason, struct audit_finding *ret);
void audit_say_bad_row(const struct audit_bad_row *b,
	struct audit_finding *ret);
void audit_say_muting(const struct audit_muting *m, enum audit_reason reason,
	struct audit_finding *ret);

/* Whether the subject is no single one, "(users not listed)", "line 7": no
 * name of a user has a blank or a parenthesis. */
bool audit_is_of_several(const struct audit_finding *f);

#endif
