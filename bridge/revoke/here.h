/* SPDX-License-Identifier: Apache-2.0 */
/* What lets somebody in at this host: bindings to local users. */
#ifndef BRIDGE_REVOKE_HERE_H
#define BRIDGE_REVOKE_HERE_H

#include "bridge/revoke/work.h"

/* Whether a binding is meant. */
typedef bool revoke_meant(const struct registry_binding *b, const void *arg);

/*
 * Removes those of the list that are meant, in force, and of a local user, and
 * tells of each; for an ssh key also the line by which ssh-keygen -k keeps it
 * out of hosts that this registry does not publish to.
 */
int revoke_here(struct revoke_work *w, const struct registry_bindings *list,
	revoke_meant *meant, const void *arg, struct error *err);

#endif
