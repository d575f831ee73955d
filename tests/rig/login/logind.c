/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logind.so: preloaded into tokenbridge-auth where no logind runs. What
 * sd-login(3) would say stands in the file that LOGIND names, one line each:
 *
 *   unit NAME                     the unit of the process that asks
 *   owner UID                     ... whose slice it is in
 *   display ID                    the user's first session
 *   session ID UID SEAT STATE remote|local      SEAT may be "-"
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-login.h>

#define SESSIONS_MAX 8

struct session {
	char id[64], seat[64], state[64], place[64];
	unsigned uid;
};

static struct {
	char unit[256], display[64];
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
		sscanf(line, "owner %ld", &told.owner);
		sscanf(line, "display %63s", told.display);
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

int sd_pid_get_unit(pid_t pid, char **ret)
{
	(void)pid;
	return give(told.unit, -ENODATA, ret);
}

int sd_pid_get_session(pid_t pid, char **ret)
{
	char id[256];
	size_t n;

	(void)pid;
	if (sscanf(told.unit, "session-%255s", id) != 1)
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

int sd_session_is_active(const char *id)
{
	const struct session *s = find(id);

	return s ? strcmp(s->state, "active") == 0 : -ENXIO;
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
