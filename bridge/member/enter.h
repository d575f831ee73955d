/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Being root of a member account of the organization, for one task and a
 * quarter of an hour at a time. Whatever is done then stands in the member's
 * log as done by Root.
 */
#ifndef BRIDGE_MEMBER_ENTER_H
#define BRIDGE_MEMBER_ENTER_H

#include "aws/api/sts-root.h"
#include "bridge/run/run.h"

#define MEMBER_LEFT_MIN 120 /* seconds; less is left to no act */

struct member {
	struct aws_session *from;    /* of the management account or its
	                                delegate; borrowed */
	const char *account;         /* borrowed */
	enum sts_task task;
	struct aws_session *session; /* owned; NULL: outside */
	deadline_t until;
};

/*
 * Enters, or does so anew where less than MEMBER_LEFT_MIN is left; to be called
 * before each act. Errors as of every call.
 */
int member_enter(struct member *m, struct error *err);
void member_leave(struct member *m);

/* One question or act. Both may be done twice. */
typedef int member_fn(void *data, struct aws_session *s, struct error *err);

/*
 * Enters and does it; where AWS says that the session is over, once more in a
 * new one.
 */
int member_do(struct member *m, member_fn *fn, void *data, struct error *err);

#endif
