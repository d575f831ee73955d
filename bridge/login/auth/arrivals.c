/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens that come later. */
#include "bridge/login/auth/arrivals.h"

#include "udev/nodes.h"

#include "base/deadline.h"
#include "base/util.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define POLL_MS 250

/* What is said of a token beside the descriptor; both ends are one program. */
struct arrival {
	char path[NODE_PATH_LEN];
	char product[PLUGGED_NAME_LEN];
};

/* Room for one descriptor. */
union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

/* ---- the process that stays root ---- */

struct watcher {
	const struct node *known; /* those of the last look */
	size_t known_n;
	struct node *mine; /* owned; what `known` is from the first look on */
	struct agent_setting setting;
	int socket;
};

static bool is_known(const struct watcher *w, const struct node *node)
{
	size_t i;

	for (i = 0; i < w->known_n; i++)
		if (strcmp(w->known[i].syspath, node->syspath) == 0 &&
			w->known[i].usb_dev == node->usb_dev)
			return true;
	return false;
}

static int hand_on(const struct watcher *w, const struct node *node, int fd)
{
	struct arrival arrival = { "", "" };
	struct iovec part = { &arrival, sizeof(arrival) };
	union control control = { .bytes = "" };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&message);

	snprintf(arrival.path, sizeof(arrival.path), "%s", node->path);
	snprintf(arrival.product, sizeof(arrival.product), "%.*s",
		(int)sizeof(arrival.product) - 1, node->product_name);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	return sendmsg(w->socket, &message, MSG_NOSIGNAL) ==
		(ssize_t)sizeof(arrival) ? 0 : -1;
}

/* The node stays open here as long as this process lives. */
static void greet(const struct watcher *w, const struct node *node)
{
	int socket, fd;

	if (agent_start(&w->setting, node, &socket, &fd, NULL) < 0 ||
		socket < 0)
		return;
	(void)hand_on(w, node, socket);
	close(socket);
}

static void look_round(struct watcher *w)
{
	struct node *now;
	size_t i, n;

	if (nodes_enumerate(&now, &n, NULL) < 0)
		return;
	for (i = 0; i < n; i++)
		if (now[i].fido && !is_known(w, &now[i]))
			greet(w, &now[i]);
	free(w->mine);
	w->known = w->mine = now;
	w->known_n = n;
}

/* Until the helper hangs up; the tokens' processes see that themselves. */
static void watch_for_tokens(struct watcher *w)
{
	while (!deadline_sleep(deadline_in(POLL_MS), w->socket))
		look_round(w);
}

/* Nothing of the tokens that were there before concerns it. */
static void live_as_watcher(struct watcher *w)
{
	size_t i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (i = 0; i < w->setting.close_n; i++)
		close(w->setting.close_fds[i]);
	w->setting.close_fds[0] = w->socket;
	w->setting.close_n = 1;
	watch_for_tokens(w);
}

int arrivals_start(const struct plugged_list *there,
	const struct agent_setting *setting, int *ret_socket,
	struct error *err)
{
	struct watcher w = {
		.known = there->nodes,
		.known_n = there->nodes_n,
		.setting = *setting,
	};
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot make a socket");
	w.socket = pair[1];
	pid = fork();
	if (pid == 0) {
		close(pair[0]);
		live_as_watcher(&w);
		_exit(0);
	}
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return error_errno(err, ERROR_FAILED, errno,
			"cannot start a process");
	}
	*ret_socket = pair[0];
	return 0;
}

/* ---- the helper's end ---- */

static int take_descriptor(struct msghdr *message)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(message);
	int fd;

	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS ||
		c->cmsg_len != CMSG_LEN(sizeof(int)))
		return -1;
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

int arrivals_take(int socket, struct plugged_list *list, struct plugged **ret,
	struct error *err)
{
	struct arrival arrival;
	struct iovec part = { &arrival, sizeof(arrival) };
	union control control;
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	int fd = n == (ssize_t)sizeof(arrival) ? take_descriptor(&message) : -1;

	if (fd < 0)
		return error_set(err, ERROR_FAILED,
			"the process that waits for tokens has ended");
	*ret = plugged_add(list, fd, -1, arrival.path, arrival.product);
	if (!*ret)
		close(fd);
	return 0;
}
