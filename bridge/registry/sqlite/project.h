/* SPDX-License-Identifier: Apache-2.0 */
/* Projections: what the events add up to, as rows. */
#ifndef BRIDGE_REGISTRY_SQLITE_PROJECT_H
#define BRIDGE_REGISTRY_SQLITE_PROJECT_H

#include "bridge/registry/sqlite/file/store.h"

/* Applies one event to the projections and moves the marker. */
int project_event(struct registry *reg, const struct event *event, int64_t pos,
	const unsigned char hash[SHA256_LEN], struct error *err);
/* Applies what the marker has not seen; see registry_open. */
int project_catch_up(struct registry *reg, struct error *err);
/*
 * Whether the stored rows were made by a version with other projections: nobody
 * reads them, and the next who writes makes them anew.
 */
int project_is_other(struct registry *reg, bool *ret, struct error *err);
/*
 * Makes the projections anew in "temp", where all names then lead: inside the
 * caller's transaction, and undone with it.
 */
int project_shadow(struct registry *reg, struct error *err);

#endif
