/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The actor of an event, made of names, for a store that writes an event
 * itself; everybody else takes registry_actor.
 */
#ifndef BRIDGE_REGISTRY_ACTOR_H
#define BRIDGE_REGISTRY_ACTOR_H

#include "bridge/registry/registry.h"

/* registry_name_put, or one that is inside a transaction. */
typedef int actor_put_fn(struct registry *reg, const char *kind,
	const char *value, char ret_id[ID_LEN], struct error *err);

/* registry_actor with another way to put a name. */
int actor_make(struct registry *reg, actor_put_fn *put_name,
	const char *caller_arn, const char *ticket, struct event_actor *ret,
	struct error *err);

#endif
