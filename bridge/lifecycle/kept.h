/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that others kept a list of: taken into the registry as the list says. */
#ifndef BRIDGE_LIFECYCLE_KEPT_H
#define BRIDGE_LIFECYCLE_KEPT_H

#include "bridge/lifecycle/delivery.h"
#include "bridge/registry/registry.h"
#include "bridge/run/run.h"

struct kept_request {
	struct registry *reg; /* writable */
	const char *path;     /* of a list of INTAKE_KEPT */
	bool only_look;
};

struct kept {
	size_t added;   /* or would be */
	size_t present; /* were there already, and as the list says */
	struct registry_head head;
};

/*
 * Each key becomes a row in the stock, or its holder's; nobody has seen it, and
 * it has no verdict: the first `verify --record` of the key with that number
 * joins the row. Nothing is written where a line cannot be read, or says
 * another label or holder than the registry: ERROR_MALFORMED, ERROR_CONFLICT
 * name it.
 */
int lifecycle_keep(const struct run *run, const struct kept_request *q,
	struct kept *ret, struct error *err);

#endif
