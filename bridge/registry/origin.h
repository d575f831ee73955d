/* SPDX-License-Identifier: Apache-2.0 */
/* Which run wrote a binding down. */
#ifndef BRIDGE_REGISTRY_ORIGIN_H
#define BRIDGE_REGISTRY_ORIGIN_H

#include "bridge/registry/registry.h"

struct binding_origin {
	char binding[ID_LEN]; /* "": nothing fits */
	char journal[ID_LEN]; /* of the run */
};

/*
 * The first event that added a binding, of that run or with that id; NULL: of
 * any. Errors as registry_events.
 */
int registry_origin(struct registry *reg, const char *journal,
	const char *binding, struct binding_origin *ret, struct error *err);

#endif
