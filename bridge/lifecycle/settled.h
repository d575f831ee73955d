/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a run at AWS is not finished that concerns a token. */
#ifndef BRIDGE_LIFECYCLE_SETTLED_H
#define BRIDGE_LIFECYCLE_SETTLED_H

#include "bridge/registry/registry.h"
#include "bridge/run/run.h"

/*
 * ERROR_REFUSED, naming it and the command that ends it, where an enrollment or
 * a revocation that concerns the token is running or was left: it would go on
 * with a token that is in other hands. `insist`: it is a warning. An orphan at
 * AWS concerns no token, and what cannot be read is said.
 */
int lifecycle_check_settled(const struct run *run, struct registry *reg,
	const struct registry_token *row, bool insist, struct error *err);

#endif
