/* SPDX-License-Identifier: Apache-2.0 */
/* What a verification found, as JSON and as text. */
#ifndef BRIDGE_SHOW_VERIFY_H
#define BRIDGE_SHOW_VERIFY_H

#include "bridge/verify/verify.h"

#include <jansson.h>

/* Members of --json: verdict, code, steps ... New object. */
json_t *show_verification_json(const struct verification *v);
/* Steps and verdict on standard output. */
void show_verification(const struct verification *v);

/* Steps as in --json. New array. */
json_t *show_steps_json(const struct steps *s);
/* The tables' dates, a member of --json. New object. */
json_t *show_advisories_json(const struct advisories *t);
/* {"file", "accepted", "refusals"} of --json. New object. */
json_t *show_policy_json(const struct policy *p,
	const struct policy_refusals *r);

#endif
