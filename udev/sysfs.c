/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes in sysfs. */
#include "udev/sysfs.h"

#include "base/util.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_LEN 640
#define TOP "/sys/"

static bool path_of(const char *folder, const char *name, char ret[PATH_LEN])
{
	return snprintf(ret, PATH_LEN, "%s/%s", folder, name) < PATH_LEN;
}

ssize_t sysfs_read(const char *folder, const char *name, void *ret,
	size_t size)
{
	CLEANUP(close_p) int fd = -1;
	char path[PATH_LEN];

	if (!path_of(folder, name, path))
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -1 : read(fd, ret, size);
}

bool sysfs_text(const char *folder, const char *name, char *ret, size_t size)
{
	ssize_t n = sysfs_read(folder, name, ret, size - 1);

	ret[n > 0 ? n : 0] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
	return n >= 0;
}

int sysfs_number(const char *folder, const char *name, int base)
{
	char text[32];

	if (!sysfs_text(folder, name, text, sizeof(text)))
		return -1;
	return (int)strtol(text, NULL, base);
}

void sysfs_read_uevent(const char *folder, char ret[SYSFS_UEVENT_MAX])
{
	ssize_t n = sysfs_read(folder, "uevent", ret, SYSFS_UEVENT_MAX - 1);

	ret[n > 0 ? n : 0] = '\0';
}

bool sysfs_uevent(const char *text, const char *key, char *ret, size_t size)
{
	size_t key_n = strlen(key);
	const char *line;

	ret[0] = '\0';
	for (line = text; *line; line += line[0] == '\n') {
		if (strncmp(line, key, key_n) == 0 && line[key_n] == '=') {
			line += key_n + 1;
			snprintf(ret, size, "%.*s", (int)strcspn(line, "\n"),
				line);
			return true;
		}
		line += strcspn(line, "\n");
	}
	return false;
}

bool sysfs_link(const char *folder, const char *name, char *ret, size_t size)
{
	char path[PATH_LEN], to[PATH_LEN], *end;
	const char *rest = to;
	ssize_t n;

	if (!path_of(folder, name, path))
		return false;
	n = readlink(path, to, sizeof(to) - 1);
	to[n > 0 ? n : 0] = '\0';
	end = strrchr(path, '/');
	for (; strncmp(rest, "../", 3) == 0 && end; rest += 3) {
		*end = '\0';
		end = strrchr(path, '/');
	}
	if (n <= 0 || !end)
		return false;
	*end = '\0';
	n = snprintf(ret, size, "%s/%s", path, rest);
	return n > 0 && (size_t)n < size;
}

bool sysfs_parent(char *folder, const char *name)
{
	char path[PATH_LEN], *end;

	do {
		end = strrchr(folder, '/');
		if (!end || strncmp(folder, TOP, strlen(TOP)) != 0)
			return false;
		*end = '\0';
	} while (!path_of(folder, name, path) || access(path, F_OK) < 0);
	return true;
}
