/* SPDX-License-Identifier: Apache-2.0 */
/* Where the person sits, by logind. */
#include "bridge/login/seat/seat.h"

#include "base/util.h"

#include <stdlib.h>
#include <systemd/sd-login.h>

static void strings_p(char ***list)
{
	char **p;

	for (p = *list; p && *p; p++)
		free(*p);
	free(*list);
}

static bool is_remote(const char *session)
{
	return sd_session_is_remote(session) != 0;
}

/* Sessions of cron and the like have none, and are not remote either. */
static bool has_seat(const char *session)
{
	CLEANUP(free_p) char *seat = NULL;

	return sd_session_get_seat(session, &seat) >= 0 && seat && seat[0];
}

/* A process of user@.service: terminals of a desktop, but also what a remote
 * session of the same user has started there. */
static bool manager_is_local(pid_t pid)
{
	CLEANUP(strings_p) char **sessions = NULL;
	bool seated = false;
	uid_t uid;
	int i, n;

	if (sd_pid_get_owner_uid(pid, &uid) < 0)
		return false;
	n = sd_uid_get_sessions(uid, /* require_active= */ 0, &sessions);
	for (i = 0; i < n; i++) {
		if (is_remote(sessions[i]))
			return false;
		seated = seated || has_seat(sessions[i]);
	}
	return seated;
}

bool seat_is_local(pid_t pid, const char *tty, const char **ret_why)
{
	CLEANUP(free_p) char *session = NULL, *unit = NULL;

	if (sd_pid_get_session(pid, &session) >= 0) {
		*ret_why = "the session is remote, or has no seat";
		return !is_remote(session) && has_seat(session);
	}
	if (sd_pid_get_user_unit(pid, &unit) >= 0) {
		*ret_why = "the user is not, or not only, at a seat here";
		return manager_is_local(pid);
	}
	*ret_why = "nothing says that the person is at this machine";
	return seat_tty_is_console(tty);
}
