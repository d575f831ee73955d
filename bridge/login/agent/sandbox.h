/* SPDX-License-Identifier: Apache-2.0 */
/* What the helper gives up before it reads the first byte from a token. */
#ifndef BRIDGE_LOGIN_AGENT_SANDBOX_H
#define BRIDGE_LOGIN_AGENT_SANDBOX_H

#include "base/error.h"

/* A user's ids, looked up while that is still possible; 0: not known. */
struct sandbox {
	unsigned uid, gid;
	struct sock_fprog *filter; /* of sandbox_prepare; NULL: made at
	                              entering; for seccomp(2) */
};

/* All zeros where NSS knows no such user, or it is root. */
void sandbox_look(const char *user, struct sandbox *ret);

/* ERROR_FAILED where there is nobody to become; `user` is for the text. */
int sandbox_check(const struct sandbox *s, const char *user,
	struct error *err);

/*
 * Makes the list of system calls ahead, once for this process and all that it
 * forks. What goes wrong is said by sandbox_enter. It is left to the end of the
 * process.
 */
void sandbox_prepare(struct sandbox *s);

/*
 * For good: the user's ids without any group, no new privileges, and of all
 * system calls only those that talking over open descriptors takes: no socket,
 * no program, no file opened for writing. `with_parent`: it is killed when its
 * parent dies.
 */
int sandbox_enter(const struct sandbox *s, bool with_parent,
	struct error *err);

#endif
