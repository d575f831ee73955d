/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens that are plugged in while the helper waits in its sandbox: a process
 * that stays root opens their nodes and starts their processes. It reads no
 * byte of any token, and none of the processes that do.
 */
#ifndef BRIDGE_LOGIN_AUTH_ARRIVALS_H
#define BRIDGE_LOGIN_AUTH_ARRIVALS_H

#include "bridge/login/auth/plugged.h"

/*
 * Starts it; *ret_socket (to be closed: then it ends) becomes readable when a
 * token has come that is not in `there`.
 */
int arrivals_start(const struct plugged_list *there,
	const struct agent_setting *setting, int *ret_socket,
	struct error *err);

/* Adds the token that has come. *ret is NULL where there are too many. */
int arrivals_take(int socket, struct plugged_list *list, struct plugged **ret,
	struct error *err);

#endif
