/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verdicts, and the verification steps that lead to one.
 *
 * The numbers are the interface of scripts (exit status) and stand in events
 * and evidence: they never change.
 */
#ifndef TOKEN_ATTEST_VERDICT_H
#define TOKEN_ATTEST_VERDICT_H

#include "base/util.h"

#include <stddef.h>

enum verdict {
	VERDICT_GENUINE = 0,
	VERDICT_VULNERABLE = 20,
	VERDICT_UNKNOWN_VENDOR = 21,
	VERDICT_SELF_ATTESTED = 22,
	VERDICT_NOT_ATTESTED = 23,
	VERDICT_FORGED = 24,
	VERDICT_COMPROMISED = 25,
	VERDICT_UNDECIDED = 26,
	VERDICT_NOT_THIS_TOKEN = 27,
};

enum step_status {
	STEP_PASS,
	STEP_WARN,      /* passes, and somebody should know */
	STEP_FAIL,
	STEP_UNKNOWN,   /* could not be decided */
	STEP_SKIPPED, /* no input for it, and none is claimed */
};

struct step {
	const char *name; /* constant: "signature", "chain", ... */
	enum step_status status;
	enum verdict verdict; /* that it stands for; GENUINE: none */
	char text[320];   /* what was seen, and what it rests on */
};

#define STEPS_MAX 40

struct steps {
	struct step rows[STEPS_MAX];
	size_t n;
};

/*
 * Appends a step; its text is cut to fit and made clean (utf8_sanitise). A full
 * list keeps the verdict, in its last row, where that comes first.
 */
void steps_add(struct steps *s, const char *name, enum step_status status,
	enum verdict verdict, const char *fmt, ...) PRINTF(5, 6);

/*
 * The verdict of a list: of those that its steps name, the first in the order
 * 24, 25, 27, 23, 22, 26, 21, 20; GENUINE where none names any and at least
 * one step of each of `signature` and `chain` passed, else UNDECIDED.
 */
enum verdict steps_verdict(const struct steps *s);

/* "genuine-but-vulnerable"; never NULL. */
const char *verdict_name(enum verdict v);
/* What a person should make of it: one sentence. */
const char *verdict_meaning(enum verdict v);
const char *step_status_name(enum step_status status);

#endif
