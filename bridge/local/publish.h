/* SPDX-License-Identifier: Apache-2.0 */
/* Making login.db from the registry. */
#ifndef BRIDGE_LOCAL_PUBLISH_H
#define BRIDGE_LOCAL_PUBLISH_H

#include "base/encode.h"
#include "bridge/registry/registry.h"
#include "bridge/run/run.h"

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
 * Writes login.db to path, and its file of counters beside it. path NULL: this
 * registry publishes nowhere, and ret->path stays NULL. A binding counts while
 * it is in force and its token is neither lost nor retired. On failure the old
 * login.db stays.
 */
int login_publish(struct registry *reg, const char *path,
	struct login_published *ret, struct error *err);

struct login_published_file {
	struct registry_head head;
	char sha256[HEX_LEN(SHA256_LEN)];
	size_t users;
	size_t credentials; /* of PAM */
	size_t ssh_keys;
};

/*
 * Writes the same rows for other hosts to the file at path, 0600,
 * which appears whole; no login.db and no counters. On failure the old file
 * stays.
 */
int login_publish_file(struct registry *reg, const char *path,
	struct login_published_file *ret, struct error *err);

/*
 * The same as login_publish behind a change, and told. 1 where it was published, 0 where this
 * registry publishes nowhere.
 */
int login_publish_change(const struct run *run, struct registry *reg,
	const char *path, struct error *err);

/* The lines for people. */
void login_published_say(const struct run *run,
	const struct login_published *p);

#endif
