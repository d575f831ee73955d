/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a token may be registered for anything. */
#ifndef BRIDGE_VERIFY_ADMISSION_H
#define BRIDGE_VERIFY_ADMISSION_H

#include "bridge/verify/policy.h"
#include "bridge/verify/verify.h"

/* The policy that holds: the setting's file, or the defaults. */
int admission_policy(const struct app *app, struct policy *ret,
	struct error *err);

/* The facts of a whole verification. method: NULL, none is asked for. */
struct policy_facts admission_facts(const struct verification *v,
	const char *method);

/*
 * The policy's word on a token before it is asked for anything, by what it
 * claims: refuses early what would be refused later. ERROR_REFUSED.
 */
int admission_check_claims(const struct app *app, const struct token *t,
	const char *method, struct error *err);

/*
 * The policy's word on a verified token; what it refuses --force accepts, but
 * forged, compromised and not-this-token never. ERROR_VERDICT where the
 * verdict alone forbids it, ERROR_REFUSED where a line of the policy does.
 */
int admission_check_token(const struct app *app, const struct verification *v,
	const char *method, struct error *err);

/*
 * The same on one more statement of a token that was admitted: its verdict,
 * and the flags that it signs.
 */
int admission_check_statement(const struct app *app, enum verdict v,
	const struct attest_facts *facts, struct error *err);

/* Steps "policy", where there is a file: they have no verdict. */
void admission_steps(const struct policy *p, const struct policy_refusals *r,
	struct steps *steps);
/* {"file", "accepted", "refusals"} of --json. New object. */
json_t *admission_json(const struct policy *p,
	const struct policy_refusals *r);

/*
 * Whether the registry lets a token's row go to this holder: not lost, not
 * retired, nobody else's. ERROR_REFUSED.
 */
int admission_check_row(const struct registry_token *row, const char *holder,
	struct error *err);

#endif
