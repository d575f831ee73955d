/* SPDX-License-Identifier: Apache-2.0 */
/* The Security Token Service, API version 2011-06-15. */
#ifndef AWS_API_STS_H
#define AWS_API_STS_H

#include "aws/config/arn.h"
#include "aws/query/session.h"

#define STS_CODE_LEN 6 /* digits of an MFA device's code */

/* Who the credentials are. */
struct sts_identity {
	char account[ARN_ACCOUNT_LEN + 1];
	char arn[ARN_MAX + 1]; /* of the user, the role session, the root */
	char user_id[160];     /* AIDA..., AROA...:SESSION, the account id */
};

/* GetCallerIdentity: needs no permission. Errors as in aws/query/session.h. */
int sts_get_caller_identity(struct aws_session *s, struct sts_identity *ret,
	struct error *err);

/* NULL and 0: not said. */
struct sts_request {
	const char *role;         /* ARN */
	const char *session_name;
	const char *external_id;
	const char *serial;       /* of the MFA device that `code` is of */
	const char *code;
	unsigned duration;        /* seconds */
};

/*
 * Temporary keys, into *ret, which has to be all zero; the caller fills in
 * ->origin and ends it by credentials_done.
 */
int sts_get_session_token(struct aws_session *s, const struct sts_request *q,
	struct aws_credentials *ret, struct error *err);
int sts_assume_role(struct aws_session *s, const struct sts_request *q,
	struct aws_credentials *ret, struct error *err);
/* Not signed: the token says who it is. */
int sts_assume_role_with_web_identity(struct aws_session *s,
	const struct sts_request *q, const struct secret *web_token,
	struct aws_credentials *ret, struct error *err);

/*
 * GetSessionToken by the caller's device and a code of it: whether STS takes
 * it. What it answers with is thrown away. ERROR_REMOTE with AccessDenied where
 * it does not, or not yet; a code that was taken is spent.
 */
int sts_check_code(struct aws_session *s, const char *serial,
	const char *code, struct error *err);

#endif
