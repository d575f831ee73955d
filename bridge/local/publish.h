/* SPDX-License-Identifier: Apache-2.0 */
/* Making login.db from the registry. */
#ifndef BRIDGE_LOCAL_PUBLISH_H
#define BRIDGE_LOCAL_PUBLISH_H

#include "bridge/command/command.h"
#include "bridge/registry/registry.h"

struct login_published {
	char *path;         /* owned; NULL: nothing was published */
	size_t users;
	size_t credentials; /* of PAM */
	size_t ssh_keys;
	uint64_t generation;
	bool group_missing; /* only root can read it: there is no LOGIN_GROUP */
};

void login_published_done(struct login_published *p);

/*
 * Writes login.db and its file of counters where this registry may publish:
 * the system's to the setting login_db, any to an explicit --login-db that is
 * not the system's own (ERROR_REFUSED). Where it may not, ret->path stays NULL:
 * `registry publish` makes that an error.
 * A binding counts while it is in force and its token is neither lost nor
 * retired. On failure the old login.db stays.
 */
int login_publish(const struct app *app, struct registry *reg,
	struct login_published *ret, struct error *err);

/*
 * The same behind a change, told in a line on standard error. 1 where it was
 * published, 0 where this registry publishes nowhere.
 */
int login_publish_change(const struct app *app, struct registry *reg,
	struct error *err);

/* The lines for people. */
void login_published_say(const struct login_published *p);

#endif
