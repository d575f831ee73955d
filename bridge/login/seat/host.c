/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel and files tell of a program that has no session. */
#include "bridge/login/seat/word.h"

#include "base/buf.h"
#include "base/file.h"
#include "bridge/login/pam/lines.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FILE_MAX_BYTES 65536

bool seat_service_says(const char *service, enum seat_word word)
{
	CLEANUP(buf_done) struct buf b;
	char path[512];
	size_t i;

	buf_init(&b, FILE_MAX_BYTES);
	if (!service[0] || service[0] == '.' || strchr(service, '/'))
		return false;
	for (i = 0; i < PAM_FOLDERS; i++) {
		snprintf(path, sizeof(path), "%s/%s", pam_folders[i], service);
		if (access(path, F_OK) < 0)
			continue;
		/* the first one that is there counts, as for libpam */
		return file_read(path, FILE_TRUSTED, &b, NULL, NULL) == 0 &&
			seat_file_says(buf_str(&b), b.n, word);
	}
	return false;
}

/* While its other end is open its number is nobody else's. */
static bool is_connected(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLRDHUP };

	return poll(&p, 1, 0) == 0;
}

/* Who made the socket that is the program's descriptor 0, as the kernel knows. */
static void look_peer(int pidfd, struct seat_host *h)
{
	CLEANUP(close_p) int fd = -1, peer_fd = -1;
	struct ucred peer = { 0 };
	socklen_t n = sizeof(peer);

	fd = (int)syscall(SYS_pidfd_getfd, pidfd, 0, 0);
	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0 ||
		peer.pid <= 0)
		return;
	peer_fd = (int)syscall(SYS_pidfd_open, peer.pid, 0);
	seat_look(peer.pid, peer_fd, &h->peer);
	h->has_peer = is_connected(fd);
}

void seat_look_host(enum seat_word word, pid_t pid, int pidfd, uid_t uid,
	struct seat_host *ret)
{
	struct seat_host h = { .place = SEAT_NOWHERE };
	struct seat_facts own;

	seat_look(pid, pidfd, &own);
	h.place = own.place;
	if (word == SEAT_PEER)
		look_peer(pidfd, &h);
	else
		seat_ask_host(word, pid, uid, &h);
	seat_look(pid, pidfd, &own);
	h.lives = own.lives;
	*ret = h;
}
