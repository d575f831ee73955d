/* SPDX-License-Identifier: Apache-2.0 */
/* login.db as the system's settings say: for PAM's helper and for sshd. */
#ifndef BRIDGE_LOGIN_OPEN_H
#define BRIDGE_LOGIN_OPEN_H

#include "bridge/login/db.h"

/*
 * Opens `path`, or where it is "" the setting login_db, and holds it to
 * login_max_age. Errors of login_db_open, login_db_check_age and of the
 * system's file; *ret may be open then too and is freed as ever.
 */
int login_open(struct login_db **ret, const char *path, struct error *err);

/* Whether a list of words, by blanks or commas, has that one. */
bool login_list_has(const char *list, const char *word);

/* Whether greeter_units of the system's settings has the unit. */
int login_lists_unit(const char *unit, bool *ret, struct error *err);

/* ... and locker_services the service. */
int login_lists_locker(const char *service, bool *ret, struct error *err);

#endif
