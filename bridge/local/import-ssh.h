/* SPDX-License-Identifier: Apache-2.0 */
/* registry import: what stood in the files of others. */
#ifndef BRIDGE_LOCAL_IMPORT_SSH_H
#define BRIDGE_LOCAL_IMPORT_SSH_H

#include "bridge/login/user.h"
#include "bridge/registry/registry.h"
#include "bridge/run/run.h"

/* Everything is borrowed. */
struct import_request {
	struct registry *reg;  /* writable */
	const char *path;      /* of an authorized_keys file */
	const char *user;      /* local user, whose keys they are */
	const char *login_db;  /* where it is published; NULL: nowhere */
	bool only_look;
};

struct imported {
	size_t added;
	size_t present;  /* were there already */
	bool published;  /* in a login.db */
	struct local_user user; /* as recorded */
};

/*
 * Nothing of a file with a line that cannot be kept; ERROR_MALFORMED and
 * ERROR_UNSUPPORTED name the line. Keys that are there already are passed
 * over. Publishes; *ret is filled also where only that failed, and all zeros
 * before.
 */
int import_ssh(const struct run *run, const struct import_request *q,
	struct imported *ret, struct error *err);

#endif
