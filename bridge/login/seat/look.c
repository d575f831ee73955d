/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel tells of a process and of consoles. */
#include "bridge/login/seat/seat.h"

#include "base/util.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define VT_MAJOR 4
#define ACTIVE "/sys/class/tty/tty0/active"

/* The first line of a file of the kernel's; "" where there is none. */
static void read_line(const char *path, char *ret, size_t size)
{
	CLEANUP(close_p) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n = fd < 0 ? -1 : read(fd, ret, size - 1);

	ret[n > 0 ? n : 0] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
}

static void look_terminal(pid_t pid, struct seat_facts *f)
{
	char path[64], line[1024];

	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	read_line(path, line, sizeof(line));
	if (!seat_parse_stat(line, &f->tty))
		f->place = SEAT_NOWHERE;
}

static bool is_roots_console(unsigned vt)
{
	char path[32];
	struct stat st;

	snprintf(path, sizeof(path), "/dev/tty%u", vt);
	return lstat(path, &st) == 0 && S_ISCHR(st.st_mode) &&
		st.st_rdev == makedev(VT_MAJOR, vt) && st.st_uid == 0;
}

static void look_console(struct seat_facts *f)
{
	char line[32];

	read_line(ACTIVE, line, sizeof(line));
	f->active_vt = seat_parse_vt(line);
	f->node_is_roots = is_roots_console(f->getty_vt);
}

/* Its descriptor is readable once it has ended: then the number may be
 * another's by now. */
static bool lives_still(int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	return pidfd >= 0 && poll(&p, 1, 0) == 0;
}

void seat_look(pid_t pid, int pidfd, struct seat_facts *ret)
{
	struct seat_facts f = { .place = SEAT_NOWHERE };

	seat_ask_logind(pid, &f);
	look_terminal(pid, &f);
	if (f.place == SEAT_GETTY)
		look_console(&f);
	f.lives = lives_still(pidfd);
	*ret = f;
}

/* No process: a peer's number is of no matter here, and may be another's. */
void seat_look_user(uid_t uid, struct seat_facts *ret)
{
	struct seat_facts f = { .place = SEAT_USER };

	seat_ask_user(uid, &f);
	*ret = f;
}
