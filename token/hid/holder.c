/* SPDX-License-Identifier: Apache-2.0 */
/* Who holds the lock of a node. */
#include "token/hid/holder.h"

#include "base/error.h"
#include "base/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static void process_name(pid_t pid, char *ret, size_t size)
{
	CLEANUP(close_p) int fd = -1;
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%ld/comm", (long)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, ret, size - 1);
	ret[n > 0 ? n : 0] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
}

static pid_t holder_of(const struct stat *st, char *name, size_t size)
{
	unsigned maj, min;
	unsigned long long inode;
	char line[256];
	FILE *f;
	int pid = 0, p;

	f = fopen("/proc/locks", "re");
	while (f && pid == 0 && fgets(line, sizeof(line), f)) {
		/* "1: FLOCK  ADVISORY  WRITE 1234 00:05:678 0 EOF" */
		if (strstr(line, "->") ||
			sscanf(line, "%*d: FLOCK %*s %*s %d %x:%x:%llu", &p,
				&maj, &min, &inode) != 4)
			continue;
		if (inode == st->st_ino && maj == major(st->st_dev) &&
			min == minor(st->st_dev))
			pid = p;
	}
	if (f)
		fclose(f);
	if (pid > 0)
		process_name(pid, name, size);
	return pid > 0 ? pid : 0;
}

pid_t hid_holder(int fd, char *name, size_t size)
{
	struct stat st;

	name[0] = '\0';
	return fstat(fd, &st) < 0 ? 0 : holder_of(&st, name, size);
}

pid_t hid_holder_of_path(const char *path, char *name, size_t size)
{
	struct stat st;

	name[0] = '\0';
	return stat(path, &st) < 0 ? 0 : holder_of(&st, name, size);
}
