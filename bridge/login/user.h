/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A local user, by NSS. One user may be spelled in many ways (`Games`,
 * `CORP\games`, `games@corp.example`), and NSS alone knows that they are one:
 * so whatever is recorded or looked up by a user's name goes by these names,
 * and never by the spelling alone.
 */
#ifndef BRIDGE_LOGIN_USER_H
#define BRIDGE_LOGIN_USER_H

#include "base/error.h"

#include <stddef.h>
#include <sys/types.h>

#define LOCAL_USER_LEN 257
#define USER_NAMES_MAX 3

struct local_user {
	char asked[LOCAL_USER_LEN]; /* the spelling */
	char entry[LOCAL_USER_LEN]; /* what the entry for it says */
	char name[LOCAL_USER_LEN];  /* what the entry for its number says: the
	                               name under which it is recorded */
	uid_t uid;
	char uid_text[12];
};

/* Names that mean one user; borrowed, none twice. */
struct user_names {
	const char *p[USER_NAMES_MAX];
	size_t n;
};

/* A name that is one by itself: none is asked. */
#define USER_NAMED(name) (&(const struct user_names){ { name }, 1 })

/*
 * *ret_found = false, and *ret as it was, where NSS says that there is none.
 * A look-up that could not be made is never that: ERROR_FAILED, also where the
 * number that a name has belongs to nobody. ERROR_USAGE where `name` cannot be
 * a name. Waits as long as NSS does.
 */
int local_user_look(const char *name, struct local_user *ret, bool *ret_found,
	struct error *err);

/*
 * The same of a number. Its name has to have that number, too: what is recorded
 * under a name is for no other's.
 */
int local_user_look_number(uid_t uid, struct local_user *ret, bool *ret_found,
	struct error *err);

/* As local_user_look, and ERROR_FAILED where the machine knows none of that
 * name. */
int local_user_find(const char *name, struct local_user *ret,
	struct error *err);

/* All that a record of the user may go by. Valid as long as u is. */
struct user_names local_user_names(const struct local_user *u);

/* Whether a record under `name` is of a user with these names. */
bool user_names_have(const struct user_names *names, const char *name);

#endif
