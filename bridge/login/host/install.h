/* SPDX-License-Identifier: Apache-2.0 */
/* login.db of a host, out of a file that its station published. */
#ifndef BRIDGE_LOGIN_HOST_INSTALL_H
#define BRIDGE_LOGIN_HOST_INSTALL_H

#include "base/encode.h"
#include "bridge/login/db.h"
#include "bridge/login/host/hostfile.h"

/* Everything is borrowed. */
struct install_request {
	const char *file;
	const char *login_db;
	const char *sha256;  /* of the file, in hex digits; NULL: any */
	const char *station; /* id of the registry that it must come from; NULL:
	                        of the one that login.db is from, if any */
	uint64_t max_age;    /* login_max_age in seconds; 0: no limit */
	bool dry_run;
};

struct installed {
	struct hostfile_info info;
	char sha256[HEX_LEN(SHA256_LEN)];
	bool changed;              /* with dry_run: would be */
	bool had;                  /* there was a login.db before ... */
	struct login_db_info before; /* ... and this was it */
	size_t credentials;
	size_t ssh_keys;
	bool group_missing;        /* see login_written */
};

/*
 * Reads and checks all of the file, then makes login.db anew out of its rows,
 * with counters' slots of this host: those that there are stay as they are.
 * What is installed already is left alone.
 *
 * The generation never goes back, nor within one generation the time of
 * publishing; another registry's file is refused where q->station does not name
 * it, one that is too old to let anybody in by login_max_age, and one of a
 * rehearsal where login_db is the system's: ERROR_REFUSED. A login.db that
 * cannot be read says no generation: ERROR_CORRUPT, ERROR_PERMISSION. Wrong
 * hash or bytes: ERROR_MALFORMED. On failure login.db is as it was.
 */
int login_install(const struct install_request *q, struct installed *ret,
	struct error *err);

#endif
