/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a token may be registered for anything. */
#ifndef BRIDGE_VERIFY_ADMISSION_H
#define BRIDGE_VERIFY_ADMISSION_H

#include "bridge/verify/policy.h"
#include "bridge/verify/verify.h"

/* What a token is to be admitted for; everything is borrowed. */
struct admission {
	const struct trust *trust;
	const char *method; /* NULL: none is asked for */
	const char *force;  /* the reason of --force; NULL: not given */
};

/* The facts of a whole verification. method: NULL, none is asked for. */
struct policy_facts admission_facts(const struct verification *v,
	const char *method);

/*
 * The policy's word on a token before it is asked for anything, by what it
 * claims: refuses early what would be refused later. ERROR_REFUSED.
 */
int admission_check_claims(const struct run *run, const struct admission *a,
	const struct token *t, struct error *err);

/*
 * The policy's word on a method for which no token is verified; --force accepts
 * what it refuses. ERROR_REFUSED.
 */
int admission_check_method(const struct run *run, const struct admission *a,
	struct error *err);

/*
 * The policy's word on a verified token; what it refuses --force accepts, but
 * forged, compromised and not-this-token never. ERROR_VERDICT where the
 * verdict alone forbids it, ERROR_REFUSED where a line of the policy does.
 */
int admission_check_token(const struct run *run, const struct admission *a,
	const struct verification *v, struct error *err);

/*
 * The same on one more statement of a token that was admitted: its verdict,
 * and the flags that it signs.
 */
int admission_check_statement(const struct run *run,
	const struct admission *a, enum verdict v,
	const struct attest_facts *facts, struct error *err);

/* Steps "policy", where there is a file: they have no verdict. */
void admission_steps(const struct policy *p, const struct policy_refusals *r,
	struct steps *steps);

/*
 * Whether the registry lets a token's row go to this holder: not lost, not
 * retired, nobody else's. ERROR_REFUSED.
 */
int admission_check_row(const struct registry_token *row, const char *holder,
	struct error *err);

#endif
