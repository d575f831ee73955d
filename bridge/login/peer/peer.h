/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is at the other end of the helper's socket: what the kernel says of whoever
 * made it or connected to it, and nothing that he says himself.
 */
#ifndef BRIDGE_LOGIN_PEER_PEER_H
#define BRIDGE_LOGIN_PEER_PEER_H

#include <stdbool.h>
#include <sys/types.h>

struct peer {
	pid_t pid;
	uid_t uid;    /* effective, when the socket was made */
	int fd;       /* owned; of the process (pidfd_open(2)), which a number
	                 alone is not; -1: there is none */
	bool called;  /* by a socket of systemd's, and not by who started us */
};

#define PEER_INIT { 0, (uid_t)-1, -1, false }

/*
 * False where the kernel does not say it. That the socket is one that systemd
 * has accepted is told as in sd_listen_fds(3), by who has started us.
 */
bool peer_look(int socket, struct peer *ret);

#endif
