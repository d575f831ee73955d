/* SPDX-License-Identifier: Apache-2.0 */
/* An account of this machine. */
#ifndef BRIDGE_LOGIN_USER_H
#define BRIDGE_LOGIN_USER_H

#include "base/error.h"

#include <sys/types.h>

#define LOCAL_USER_LEN 257

struct local_user {
	char name[LOCAL_USER_LEN];
	uid_t uid;
	char uid_text[12];
};

/* ERROR_FAILED where the machine knows none of that name. */
int local_user_find(const char *name, struct local_user *ret,
	struct error *err);

#endif
