/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often a user's programs may ask. It is kept for each user by himself, so
 * that nobody asks away what is another's.
 */
#ifndef BRIDGE_LOGIN_PEER_LIMIT_H
#define BRIDGE_LOGIN_PEER_LIMIT_H

#include "base/error.h"

#include <stdint.h>
#include <sys/types.h>

#define LIMIT_TRIES 60       /* in any LIMIT_MS */
#define LIMIT_MS 60000
#define LIMIT_AT_ONCE 8      /* a desktop may ask by several services */

enum limit_word {
	LIMIT_FREE,
	LIMIT_REACHED, /* from now on for a while; this is to be logged */
	LIMIT_STANDS,  /* ... and that was logged already */
};

/* What is kept of a user; all zeros: nothing yet. */
struct limit_record {
	int64_t begun[LIMIT_TRIES]; /* ms since boot; 0: never */
	bool reached;
};

/* Takes one more, at `now`, where that is free. Pure. */
enum limit_word limit_judge(struct limit_record *r, int64_t now);

/*
 * The same of the user's file below `folder`, which is made where it is not
 * there. LIMIT_FREE: *ret_fd is to be kept until this process ends, for that it
 * is one of LIMIT_AT_ONCE is a lock on it (fcntl(2): no child inherits it).
 * Negative, ERROR_FAILED: it could not be counted.
 */
int limit_take(const char *folder, uid_t uid, int *ret_fd, struct error *err);

#endif
