/* SPDX-License-Identifier: Apache-2.0 */
/* Entering another account by a role. */
#include "bridge/member/visit.h"

#include <stdio.h>
#include <string.h>

static int assume_there(const struct account *from, const char *account,
	const char *role, struct aws_credentials *ret, struct error *err)
{
	char arn[ARN_MAX + 1];
	const struct sts_request q = { .role = arn,
		.session_name = "tokenbridge" };
	int r, n = snprintf(arn, sizeof(arn), "arn:%s:iam::%s:role/%s",
		aws_session_partition(from->session)->name, account, role);

	if (n < 0 || (size_t)n >= sizeof(arn))
		return error_set(err, ERROR_USAGE,
			"the role's name is too long");
	r = sts_assume_role(from->session, &q, ret, err);
	if (r == 0)
		snprintf(ret->origin, sizeof(ret->origin), "role '%.200s'",
			arn);
	return r;
}

int member_visit(const struct account *from, const char *account,
	const char *role, struct account *ret, struct error *err)
{
	CLEANUP(credentials_done) struct aws_credentials keys = { .expires =
		0 };
	bool own = strcmp(account, from->caller.account) == 0;
	int r = own ? 0 : assume_there(from, account, role, &keys, err);

	if (r == 0)
		r = aws_session_derive(&ret->session, from->session,
			own ? NULL : &keys, NULL, err);
	if (r < 0)
		return r;
	ret->iam = aws_session_endpoint(ret->session, AWS_IAM);
	r = sts_get_caller_identity(ret->session, &ret->caller, err);
	if (r == 0 && strcmp(ret->caller.account, account) != 0)
		r = error_set(err, ERROR_REFUSED, "role '%.120s' of account %s "
			"led to account %s: nothing was done there", role,
			account, ret->caller.account);
	return r < 0 ? r : iam_get_account_alias(ret->session, &ret->alias,
		err);
}
