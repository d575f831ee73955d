/* SPDX-License-Identifier: Apache-2.0 */
/* The other end of a socket. */
#include "bridge/login/peer/peer.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77 /* Linux 6.5 */
#endif

static bool is_called(void)
{
	const char *count = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");
	char own[24];

	snprintf(own, sizeof(own), "%ld", (long)getpid());
	return count && pid && strcmp(count, "1") == 0 && strcmp(pid, own) == 0;
}

/* While its other end is open its number is nobody else's. */
static bool is_open(int socket)
{
	struct pollfd p = { .fd = socket, .events = POLLRDHUP };

	return poll(&p, 1, 0) == 0;
}

/*
 * The kernel's own, or one that is opened by the number: of our parent, at
 * whose death we die, or of who is seen to be there afterwards.
 */
static int open_process(int socket, const struct peer *p)
{
	socklen_t n = sizeof(int);
	int fd = -1;

	if (p->called && getsockopt(socket, SOL_SOCKET, SO_PEERPIDFD, &fd,
			&n) == 0)
		return fd;
	if (!p->called && getppid() != p->pid)
		return -1;
	fd = (int)syscall(SYS_pidfd_open, p->pid, 0);
	if (fd >= 0 && p->called && !is_open(socket)) {
		close(fd);
		return -1;
	}
	return fd;
}

bool peer_look(int socket, struct peer *ret)
{
	struct ucred peer = { 0 };
	socklen_t n = sizeof(peer);

	if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0 ||
		n != sizeof(peer))
		return false;
	ret->pid = peer.pid;
	ret->uid = peer.uid;
	ret->called = is_called();
	ret->fd = open_process(socket, ret);
	return true;
}
