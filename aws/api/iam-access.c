/* SPDX-License-Identifier: Apache-2.0 */
/* IAM: taking a user's access away. */
#include "aws/api/iam.h"

#include "aws/api/check.h"
#include "aws/query/call.h"

#define CHANGES(name)                                                          \
	{ .action = name, .service = AWS_IAM, .effect = CALL_CHANGES }

static const struct operation put_user_policy = CHANGES("PutUserPolicy");
static const struct operation update_access_key = CHANGES("UpdateAccessKey");
static const struct operation delete_login_profile =
	CHANGES("DeleteLoginProfile");

/* An operation on a user, whose answer holds nothing. */
static int change_user(struct aws_session *s, const struct operation *op,
	const char *user, const struct param *params, struct error *err)
{
	CLEANUP(reply_done) struct reply reply = { .xml = NULL };
	int r = check_user(user, false, err);

	return r < 0 ? r : call(s, op, params, &reply, err);
}

int iam_put_user_policy(struct aws_session *s, const char *user,
	const char *name, const char *document, struct error *err)
{
	const struct param params[] = { { "UserName", user },
		{ "PolicyName", name }, { "PolicyDocument", document },
		{ NULL, NULL } };
	int r = check_policy_name(name, err);

	return r < 0 ? r : change_user(s, &put_user_policy, user, params, err);
}

int iam_update_access_key(struct aws_session *s, const char *user,
	const char *id, bool active, struct error *err)
{
	const struct param params[] = { { "UserName", user },
		{ "AccessKeyId", id },
		{ "Status", active ? "Active" : "Inactive" }, { NULL, NULL } };
	int r = check_key_id(id, err);

	return r < 0 ? r : change_user(s, &update_access_key, user, params,
		err);
}

int iam_delete_login_profile(struct aws_session *s, const char *user,
	struct error *err)
{
	const struct param params[] = { { "UserName", user }, { NULL, NULL } };

	return change_user(s, &delete_login_profile, user, params, err);
}
