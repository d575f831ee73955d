/* SPDX-License-Identifier: Apache-2.0 */
/* On whose behalf this process runs. */
#ifndef BASE_PERSON_H
#define BASE_PERSON_H

#include "base/error.h"

#include <stdint.h>
#include <sys/types.h>

#define PERSON_NAME_MAX 256
#define PERSON_HOME_MAX 4096

/* A line of the system's list of users. */
struct person {
	uid_t uid;
	gid_t gid;
	char name[PERSON_NAME_MAX];
	char home[PERSON_HOME_MAX];
};

/* ERROR_FAILED where there is no such user, or the list cannot be asked. */
int person_by_uid(uid_t uid, struct person *ret, struct error *err);

/*
 * Who called root: sudo's SUDO_UID, doas's DOAS_USER, polkit's PKEXEC_UID,
 * which count only where the real uid is 0, for everybody else can write them.
 * *ret_found is false where none is set or it was root. ERROR_USAGE where one
 * is no user of this machine, or two name different people.
 */
int person_who_called(struct person *ret, bool *ret_found, struct error *err);

/*
 * The uid that logged in, which sudo does not change (/proc/self/loginuid);
 * getuid() where nobody did.
 */
uid_t person_login_uid(void);

#endif
