/* SPDX-License-Identifier: Apache-2.0 */
/* What only making and restoring a registry may write to the ledger. */
#ifndef BRIDGE_REGISTRY_SQLITE_EVENTS_H
#define BRIDGE_REGISTRY_SQLITE_EVENTS_H

#include "bridge/registry/sqlite/file/store.h"

/*
 * Puts an event as it is behind the head, with its projection: inside the
 * caller's transaction.
 */
int events_put(struct registry *reg, const struct event *event,
	const unsigned char hash[SHA256_LEN], const void *p, size_t n,
	struct error *err);
/* Event 0 of a new registry. */
int events_zero(struct registry *reg, bool rehearsal, struct error *err);

#endif
