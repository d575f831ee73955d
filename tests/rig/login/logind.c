/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logind.so: preloaded into tokenbridge-auth where no logind runs. What
 * sd-login(3) would say stands in the file that LOGIND names, one line each:
 *
 *   unit NAME                     the unit of the process that asks
 *   peer NAME                     ... of any other process
 *   owner UID                     ... whose slice it is in
 *   display ID                    the user's first session
 *   session ID UID SEAT STATE remote|local      SEAT may be "-"
 *   front ID                      the session in front at seat0
 *   class ID CLASS                of a session; else "user"
 *   locked ID                     a session that is locked
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-login.h>
#include <unistd.h>

#define SESSIONS_MAX 8

struct session {
	char id[64], seat[64], state[64], place[64];
	unsigned uid;
};

static struct {
	char unit[256], peer[256], display[64], front[64], locked[64], classed[64],
		class[64];
	long owner;
	struct session sessions[SESSIONS_MAX];
	int n;
} told;

__attribute__((constructor)) static void read_file(void)
{
	const char *path = getenv("LOGIND");
	FILE *f = path ? fopen(path, "re") : NULL;
	char line[512];

	told.owner = -1;
	while (f && fgets(line, sizeof(line), f)) {
		struct session *s = &told.sessions[told.n];

		sscanf(line, "unit %255s", told.unit);
		sscanf(line, "peer %255s", told.peer);
		sscanf(line, "owner %ld", &told.owner);
		sscanf(line, "display %63s", told.display);
		sscanf(line, "front %63s", told.front);
		sscanf(line, "locked %63s", told.locked);
		sscanf(line, "class %63s %63s", told.classed, told.class);
		if (told.n < SESSIONS_MAX && sscanf(line,
				"session %63s %u %63s %63s %63s", s->id,
				&s->uid, s->seat, s->state, s->place) == 5)
			told.n++;
	}
	if (f)
		fclose(f);
}

static const struct session *find(const char *id)
{
	int i;

	for (i = 0; i < told.n; i++)
		if (strcmp(told.sessions[i].id, id) == 0)
			return &told.sessions[i];
	return NULL;
}

static int give(const char *text, int otherwise, char **ret)
{
	if (!text || !text[0])
		return otherwise;
	*ret = strdup(text);
	return *ret ? 0 : -ENOMEM;
}

static const char *unit_of(pid_t pid)
{
	return pid == getppid() ? told.unit : told.peer;
}

int sd_pid_get_unit(pid_t pid, char **ret)
{
	return give(unit_of(pid), -ENODATA, ret);
}

int sd_pid_get_session(pid_t pid, char **ret)
{
	char id[256];
	size_t n;

	if (sscanf(unit_of(pid), "session-%255s", id) != 1)
		return -ENODATA;
	n = strlen(id);
	if (n < 6 || strcmp(id + n - 6, ".scope") != 0)
		return -ENODATA;
	id[n - 6] = '\0';
	return give(id, -ENODATA, ret);
}

int sd_pid_get_owner_uid(pid_t pid, uid_t *ret)
{
	(void)pid;
	if (told.owner < 0)
		return -ENODATA;
	*ret = (uid_t)told.owner;
	return 0;
}

int sd_session_get_uid(const char *id, uid_t *ret)
{
	const struct session *s = find(id);

	if (!s)
		return -ENXIO;
	*ret = s->uid;
	return 0;
}

int sd_session_get_seat(const char *id, char **ret)
{
	const struct session *s = find(id);

	if (!s)
		return -ENXIO;
	return give(strcmp(s->seat, "-") == 0 ? NULL : s->seat, -ENODATA, ret);
}

int sd_session_get_state(const char *id, char **ret)
{
	const struct session *s = find(id);

	return s ? give(s->state, -EIO, ret) : -ENXIO;
}

int sd_session_is_remote(const char *id)
{
	const struct session *s = find(id);

	return s ? strcmp(s->place, "local") != 0 : -ENXIO;
}

int sd_uid_get_display(uid_t uid, char **ret)
{
	(void)uid;
	return give(told.display, -ENODATA, ret);
}

int sd_uid_get_sessions(uid_t uid, int require_active, char ***ret)
{
	char **list = calloc(SESSIONS_MAX + 1, sizeof(*list));
	int i, n = 0;

	if (!list)
		return -ENOMEM;
	for (i = 0; i < told.n; i++) {
		const struct session *s = &told.sessions[i];

		if (s->uid != uid ||
			(require_active > 0 && strcmp(s->state, "active")) ||
			(require_active == 0 && !strcmp(s->state, "closing")))
			continue;
		list[n++] = strdup(s->id);
	}
	*ret = list;
	return n;
}

int sd_seat_get_active(const char *seat, char **ret, uid_t *uid)
{
	(void)uid;
	return give(strcmp(seat, "seat0") == 0 ? told.front : NULL, -ENXIO,
		ret);
}

int sd_session_get_class(const char *id, char **ret)
{
	if (!find(id))
		return -ENXIO;
	return give(strcmp(told.classed, id) == 0 ? told.class : "user",
		-ENODATA, ret);
}

/* ---- of the bus, LockedHint alone ---- */

int sd_bus_open_system(sd_bus **ret)
{
	*ret = NULL;
	return 0;
}

sd_bus *sd_bus_flush_close_unref(sd_bus *bus)
{
	return bus;
}

int sd_bus_set_method_call_timeout(sd_bus *bus, uint64_t usec)
{
	(void)bus;
	(void)usec;
	return 0;
}

int sd_bus_get_property_trivial(sd_bus *bus, const char *destination,
	const char *path, const char *interface, const char *member,
	sd_bus_error *error, char type, void *ret)
{
	const char *id = strrchr(path, '/');

	(void)bus;
	(void)error;
	if (type != 'b' || strcmp(destination, "org.freedesktop.login1") != 0 ||
		strcmp(interface, "org.freedesktop.login1.Session") != 0 ||
		strcmp(member, "LockedHint") != 0 || !id || !find(id + 1))
		return -EIO;
	*(int *)ret = strcmp(told.locked, id + 1) == 0;
	return 0;
}
