/* SPDX-License-Identifier: Apache-2.0 */
/* What is to be done about a root user, by what is known of it. Pure. */
#ifndef BRIDGE_ROOT_JUDGE_H
#define BRIDGE_ROOT_JUDGE_H

#include "bridge/audit/finding.h"
#include "bridge/root/sight.h"

#define ROOT_FINDINGS_MAX 4

struct root_finding {
	const char *check;    /* "root-mfa-missing"; constant */
	const char *severity; /* constant */
	enum audit_status status;
	char seen[AUDIT_TEXT];
	char source[128];
	time_t when;
	char remedy[AUDIT_TEXT]; /* "" where there is nothing to do */
};

/* What it comes to. */
enum root_outcome {
	ROOT_IN_ORDER,
	ROOT_NOTHING, /* no credentials, so that nothing is to be set up */
	ROOT_FAILS,
	ROOT_OPEN,    /* something that decides is not known */
};
extern const char *const root_outcome_names[];

struct root_judgement {
	enum root_outcome outcome;
	struct root_finding p[ROOT_FINDINGS_MAX];
	size_t n;
	bool one_device_asked; /* else only root's own list tells */
};

void root_judge(const struct root_sight *s, struct root_judgement *ret);

#endif
