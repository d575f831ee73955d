/* SPDX-License-Identifier: Apache-2.0 */
/* The Security Token Service. */
#include "aws/api/sts.h"

#include "aws/query/call.h"
#include "aws/query/field.h"

static const struct operation get_caller_identity = {
	.action = "GetCallerIdentity",
	.service = AWS_STS,
	.effect = CALL_READS,
};

int sts_get_caller_identity(struct aws_session *s, struct sts_identity *ret,
	struct error *err)
{
	CLEANUP(reply_done) struct reply reply = { .xml = NULL };
	struct sts_identity id;
	const struct field fields[] = {
		FIELD_STRING("Account", id.account, true),
		FIELD_STRING("Arn", id.arn, true),
		FIELD_STRING("UserId", id.user_id, true),
	};
	int r;

	r = call(s, &get_caller_identity, NULL, &reply, err);
	if (r < 0)
		return r;
	r = field_read(reply.result, fields, ARRAY_LEN(fields),
		&get_caller_identity, err);
	if (r < 0)
		return r;
	*ret = id;
	return 0;
}
