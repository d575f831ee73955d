/* SPDX-License-Identifier: Apache-2.0 */
/* Where a process runs, and what is in front, by systemd and logind. */
#include "bridge/login/seat/word.h"

#include "base/util.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-login.h>

static void strings_p(char ***list)
{
	char **p;

	for (p = *list; p && *p; p++)
		free(*p);
	free(*list);
}

/*
 * By its state: one that is closing, of which some process is left, is "active"
 * to sd_session_is_active while its console is in front.
 */
static bool is_in_state(const char *session, const char *wanted)
{
	CLEANUP(free_p) char *state = NULL;

	return sd_session_get_state(session, &state) >= 0 &&
		strcmp(state, wanted) == 0;
}

static void look_session(const char *session, struct seat_facts *f)
{
	CLEANUP(free_p) char *seat = NULL;

	f->known = true;
	f->is_local = sd_session_is_remote(session) == 0;
	f->has_seat = sd_session_get_seat(session, &seat) >= 0 && seat &&
		seat[0];
	f->active = is_in_state(session, "active");
}

/* One that has ended meanwhile is none; what is not known may be remote. */
static bool may_be_remote(const char *session)
{
	int remote = sd_session_is_remote(session);

	if (is_in_state(session, "closing"))
		return false;
	return remote != 0 && remote != -ENXIO;
}

static bool is_alone(uid_t uid)
{
	CLEANUP(strings_p) char **sessions = NULL;
	int i, n = sd_uid_get_sessions(uid, /* of any state */ -1, &sessions);

	for (i = 0; i < n; i++)
		if (may_be_remote(sessions[i]))
			return false;
	return n >= 0;
}

/* By logind's word for the first of the user's sessions: "display". */
static void look_user(uid_t uid, struct seat_facts *f)
{
	CLEANUP(free_p) char *session = NULL;

	f->alone = is_alone(uid);
	if (sd_uid_get_display(uid, &session) >= 0)
		look_session(session, f);
}

/* Any that is here will do; where none is, it is said of the first one why. */
void seat_ask_user(uid_t uid, struct seat_facts *f)
{
	CLEANUP(strings_p) char **sessions = NULL;
	int i, n = sd_uid_get_sessions(uid, /* of any state */ -1, &sessions);

	look_user(uid, f);
	for (i = 0; i < n && seat_judge(f); i++) {
		struct seat_facts one = { .place = f->place };

		look_session(sessions[i], &one);
		if (!seat_judge(&one))
			*f = one;
	}
}

static bool is_manager(const char *unit, uid_t uid)
{
	char name[64];

	snprintf(name, sizeof(name), "user@%lu.service", (unsigned long)uid);
	return strcmp(unit, name) == 0;
}

void seat_ask_logind(pid_t pid, struct seat_facts *f)
{
	CLEANUP(free_p) char *session = NULL, *unit = NULL;
	uid_t uid;

	if (sd_pid_get_session(pid, &session) >= 0) {
		f->place = SEAT_SESSION;
		look_session(session, f);
		f->alone = sd_session_get_uid(session, &uid) >= 0 &&
			is_alone(uid);
		return;
	}
	if (sd_pid_get_unit(pid, &unit) < 0)
		return;
	if (sd_pid_get_owner_uid(pid, &uid) >= 0 && is_manager(unit, uid)) {
		f->place = SEAT_MANAGER;
		look_user(uid, f);
		return;
	}
	if (strncmp(unit, "getty@", 6) == 0) {
		f->place = SEAT_GETTY;
		f->getty_vt = seat_parse_getty(unit);
	}
}

/* ---- programs that have no session ---- */

#define FIRST_SEAT "seat0"
#define BUS_US 3000000 /* for each question to logind over the bus */

static void look_greeter(struct seat_host *h)
{
	CLEANUP(free_p) char *session = NULL, *class = NULL;

	if (sd_seat_get_active(FIRST_SEAT, &session, NULL) < 0 || !session ||
		!is_in_state(session, "active"))
		return;
	h->known = true;
	h->is_local = sd_session_is_remote(session) == 0;
	h->is_greeter = sd_session_get_class(session, &class) >= 0 &&
		strcmp(class, "greeter") == 0;
}

static void bus_p(sd_bus **bus)
{
	sd_bus_flush_close_unref(*bus);
}

/* Only the bus tells it: LockedHint, org.freedesktop.login1(5). */
static bool is_locked(const char *session)
{
	CLEANUP(bus_p) sd_bus *bus = NULL;
	CLEANUP(free_p) char *path = NULL;
	int locked = 0;

	if (sd_bus_path_encode("/org/freedesktop/login1/session", session,
		    &path) < 0 || sd_bus_open_system(&bus) < 0 ||
		sd_bus_set_method_call_timeout(bus, BUS_US) < 0 ||
		sd_bus_get_property_trivial(bus, "org.freedesktop.login1", path,
			"org.freedesktop.login1.Session", "LockedHint", NULL,
			'b', &locked) < 0)
		return false;
	return locked;
}

static void look_users(uid_t uid, struct seat_host *h)
{
	CLEANUP(strings_p) char **sessions = NULL;
	int i, n = sd_uid_get_sessions(uid, /* active ones */ 1, &sessions);

	for (i = 0; i < n && !h->is_locked; i++) {
		struct seat_facts f = { .known = false };

		look_session(sessions[i], &f);
		if (!f.active || !f.has_seat)
			continue;
		h->known = true;
		h->is_local = f.is_local;
		h->is_locked = f.is_local && is_locked(sessions[i]);
	}
}

void seat_ask_host(enum seat_word word, pid_t pid, uid_t uid,
	struct seat_host *host)
{
	CLEANUP(free_p) char *unit = NULL;

	if (sd_pid_get_unit(pid, &unit) >= 0 && strlen(unit) < SEAT_UNIT_LEN)
		strcpy(host->unit, unit);
	if (word == SEAT_GREETER)
		look_greeter(host);
	else
		look_users(uid, host);
}
