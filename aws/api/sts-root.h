/* SPDX-License-Identifier: Apache-2.0 */
/* The Security Token Service: a member account's root, for one task. */
#ifndef AWS_API_STS_ROOT_H
#define AWS_API_STS_ROOT_H

#include "aws/query/session.h"

/* What a session of root is for: a policy of AWS's own that is its ceiling. */
enum sts_task {
	STS_AUDIT_ROOT,  /* IAMAuditRootUserCredentials: looks */
	STS_DELETE_ROOT, /* IAMDeleteRootUserCredentials: takes away */
};

#define STS_ROOT_SECONDS 900 /* the longest there is */

/*
 * AssumeRoot for a member account of the caller's organization: temporary keys
 * into *ret, which has to be all zero and is ended by credentials_done. What
 * is done with them appears in the member's log as done by Root.
 */
int sts_assume_root(struct aws_session *s, const char *account,
	enum sts_task task, struct aws_credentials *ret, struct error *err);

#endif
