/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the person sits who wants to log in. Whoever is not known to be at
 * this machine could have a token touched by somebody who is.
 */
#ifndef BRIDGE_LOGIN_SEAT_SEAT_H
#define BRIDGE_LOGIN_SEAT_SEAT_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Whether the process belongs to a session at this machine. logind is asked
 * first: a session is local at a seat, unless it says that it is remote; a process of the user's
 * manager counts as local while the user has a session at a seat and none that
 * is remote. Who has no session (a login prompt, a display manager) is local
 * on a virtual console or a display of this machine. Everything else is not
 * known to be local. *ret_why gets a constant for the log.
 */
bool seat_is_local(pid_t pid, const char *tty, const char **ret_why);

/* "/dev/tty3" and ":0" are, "pts/1" and "localhost:10.0" are not. Pure. */
bool seat_tty_is_console(const char *tty);

#endif
