/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who wants to log in, by NSS. Its modules (sssd, winbind, LDAP) wait for
 * daemons and networks, and bring code and descriptors of their own: so they
 * are asked in a process that ends with its answer, and nothing of them is in
 * the helper.
 */
#ifndef BRIDGE_LOGIN_AUTH_WHO_H
#define BRIDGE_LOGIN_AUTH_WHO_H

#include "base/deadline.h"
#include "bridge/login/agent/sandbox.h"
#include "bridge/login/user.h"
#include "bridge/login/wire.h"

struct who {
	struct local_user user;
	struct sandbox sandbox; /* of LOGIN_USER, whom the helper becomes */
};

/* Whom a name or a number means. */
struct who_asked {
	const char *name; /* NULL: the number's */
	uid_t uid;
};

/* A question that is on its way. */
struct who_call {
	struct who_asked asked; /* borrowed */
	int socket;             /* owned */
	pid_t pid;
};

/* Starts the process that asks. ERROR_FAILED where there can be none. */
int who_begin(const struct who_asked *asked, struct who_call *ret,
	struct error *err);

/*
 * Hears it until the deadline, and ends it. LOGIN_READY: *ret is filled.
 * LOGIN_UNKNOWN_USER: NSS says that there is no such user.
 * LOGIN_NO_RECORD: a look-up failed or did not end in time, and whether the
 * user has a token cannot be known.
 */
enum login_result who_end(struct who_call *call, deadline_t until,
	struct who *ret, struct error *err);

/* Both; LOGIN_NO_RECORD where nobody could be asked. */
enum login_result who_look(const struct who_asked *asked, deadline_t until,
	struct who *ret, struct error *err);

#endif
