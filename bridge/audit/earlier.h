/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The findings of an earlier run beside those of this one: what is new, what
 * is as it was, what is resolved, and what nobody asked about this time. A
 * finding is known by account, check, subject and device. Pure.
 *
 * Resolved is only what was read: a row of this run says so, or, where the
 * device is not there any more, the subject was read by a check that needs no
 * more, and nothing of that check was left open.
 */
#ifndef BRIDGE_AUDIT_EARLIER_H
#define BRIDGE_AUDIT_EARLIER_H

#include "bridge/audit/finding.h"

#define EARLIER_FILE_MAX (256u << 20)
#define EARLIER_MAX 1000000 /* rows that did not pass */

enum audit_outcome {
	AUDIT_STILL,     /* a row of this run says the same */
	AUDIT_RESOLVED,
	AUDIT_NOT_ASKED,
	AUDIT_OUTCOMES, /* how many */
};
extern const char *const audit_outcome_names[AUDIT_OUTCOMES];

/* A row of then that was no PASS. Strings are owned. */
struct audit_past {
	int check;          /* enum audit_check; -1: of another version */
	char *check_name;
	char *account;      /* "" where not known */
	char *subject;
	char *device;       /* "" where there is none */
	char *severity;
	enum audit_status status; /* FAIL or UNKNOWN, muted or not */
	bool muted;
	/* of this run */
	bool met;           /* a row of the same name */
	enum audit_status now;
	bool subject_read;  /* some row about the subject is no UNKNOWN */
	bool subject_open;  /* the check has an UNKNOWN about it */
	enum audit_outcome outcome; /* by audit_earlier_end */
};

struct audit_earlier {
	char *name;         /* owned; of the file */
	time_t made;        /* 0: not told */
	bool was_complete;
	struct audit_past *p; /* owned; sorted by audit_earlier_sort */
	size_t n, size;
	unsigned open;      /* bits of checks that are open for whole accounts */
	uint64_t fresh, same; /* findings of this run: new, unchanged */
	uint64_t ended[AUDIT_OUTCOMES]; /* FAILs of then */
};

void audit_earlier_done(struct audit_earlier *e);
void audit_earlier_free(struct audit_earlier **e);

/* Takes the row over, and empties it. ERROR_MALFORMED: too many. */
int audit_earlier_add(struct audit_earlier *e, struct audit_past *row,
	struct error *err);
void audit_past_done(struct audit_past *p);
/* When all are there. */
void audit_earlier_sort(struct audit_earlier *e);

/* A row of this run, whatever its status: what it is beside the earlier one. */
enum audit_change audit_earlier_meet(struct audit_earlier *e,
	const struct audit_finding *f);

/* What this run covered. */
struct audit_covered {
	unsigned checks;      /* bits of those that were asked */
	bool complete;        /* it came to its end, and read all there is */
	const char *account;  /* whose users were all listed; NULL: none */
};

/* The outcome of each row of then. */
void audit_earlier_end(struct audit_earlier *e, const struct audit_covered *c);

#endif
