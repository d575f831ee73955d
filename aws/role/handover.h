/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A session given to another process of ours over a socket: where requests go,
 * and the keys that they are signed with. No argument and no variable holds a
 * key. The other side checks everything as if a person had typed it.
 */
#ifndef AWS_ROLE_HANDOVER_H
#define AWS_ROLE_HANDOVER_H

#include "aws/query/session.h"

/*
 * Settings of `s` and these keys (NULL: its own). ERROR_FAILED where nobody is
 * there to take it, ERROR_TIMEOUT.
 */
int aws_session_give(const struct aws_session *s,
	const struct aws_credentials *keys, int fd, deadline_t until,
	struct error *err);

/*
 * A new session out of what was given. cancel_fd is that of its calls; while
 * this waits nothing breaks it off but `until`.
 */
int aws_session_take(struct aws_session **ret, int fd, int cancel_fd,
	deadline_t until, struct error *err);

/*
 * Other keys for a session that was taken, out of the same. ERROR_REFUSED where
 * they come with other endpoints.
 */
int aws_session_take_keys(struct aws_session *s, int fd, deadline_t until,
	struct error *err);

#endif
