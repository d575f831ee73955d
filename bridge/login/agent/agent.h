/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process of one token: it gets one descriptor, gives up root, enters the
 * sandbox, and only then reads from the token. libfido2 has no assertion that
 * can be begun and ended, so each token has a process of its own; which of them
 * is meant, and whether anybody gets in, is not theirs to say.
 */
#ifndef BRIDGE_LOGIN_AGENT_AGENT_H
#define BRIDGE_LOGIN_AGENT_AGENT_H

#include "base/node.h"
#include "bridge/login/agent/sandbox.h"
#include "bridge/login/db.h"

#define AGENT_CLOSE_MAX 96

/* What the process of a token takes from the one that starts it. */
struct agent_setting {
	const struct sandbox *sandbox;
	const struct login_credentials *credentials;
	int close_fds[AGENT_CLOSE_MAX]; /* that it must not have */
	size_t close_n;
};

/*
 * Opens the node and starts its process; *ret_socket is our end of the line to
 * it, to be closed: then it tells the token to stop, and ends. *ret_fd is the
 * node, which has to stay open here as long. *ret_socket is -1 where the node
 * cannot be opened: that token is none.
 */
int agent_start(const struct agent_setting *setting, const struct node *node,
	int *ret_socket, int *ret_fd, struct error *err);

#endif
