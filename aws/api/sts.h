/* SPDX-License-Identifier: Apache-2.0 */
/* The Security Token Service, API version 2011-06-15. */
#ifndef AWS_API_STS_H
#define AWS_API_STS_H

#include "aws/config/arn.h"
#include "aws/query/session.h"

/* Who the credentials are. */
struct sts_identity {
	char account[ARN_ACCOUNT_LEN + 1];
	char arn[ARN_MAX + 1]; /* of the user, the role session, the root */
	char user_id[160];     /* AIDA..., AROA...:SESSION, the account id */
};

/* GetCallerIdentity: needs no permission. Errors as in aws/query/session.h. */
int sts_get_caller_identity(struct aws_session *s, struct sts_identity *ret,
	struct error *err);

/*
 * GetSessionToken by the caller's device and a code of it: whether STS takes
 * it. What it answers with is thrown away. ERROR_REMOTE with AccessDenied where
 * it does not, or not yet; a code that was taken is spent.
 */
int sts_check_code(struct aws_session *s, const char *serial,
	const char *code, struct error *err);

#endif
