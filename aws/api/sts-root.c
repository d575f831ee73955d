/* SPDX-License-Identifier: Apache-2.0 */
/* AssumeRoot. */
#include "aws/api/sts-root.h"

#include "aws/query/call.h"
#include "aws/query/field.h"

#include <stdio.h>

static const struct operation assume_root = {
	.action = "AssumeRoot",
	.service = AWS_STS,
	.effect = CALL_READS, /* once more only makes other keys */
};

static const char *const tasks[] = {
	[STS_AUDIT_ROOT] = "IAMAuditRootUserCredentials",
	[STS_DELETE_ROOT] = "IAMDeleteRootUserCredentials",
};

/* The parser keeps both halves that are secret apart. */
static int read_root_keys(const struct xml_node *node, const char *account,
	struct aws_credentials *ret, struct error *err)
{
	const struct xml_node *key = xml_child(node, "SecretAccessKey");
	const struct xml_node *token = xml_child(node, "SessionToken");
	char id[ACCESS_KEY_ID_MAX], origin[sizeof(ret->origin)];
	time_t expires = 0;
	const struct field fields[] = {
		FIELD_STRING("AccessKeyId", id, true),
		FIELD_TIME("Expiration", &expires),
	};
	int r;

	if (!key || key->secret.n == 0 || !token || token->secret.n == 0)
		return call_lacks(&assume_root, "keys", err);
	r = field_read(node, fields, ARRAY_LEN(fields), &assume_root, err);
	if (r < 0)
		return r;
	snprintf(origin, sizeof(origin), "root session of %s", account);
	r = credentials_set(ret, id, key->secret.p, key->secret.n,
		token->secret.p, token->secret.n, origin, err);
	if (r == 0)
		ret->expires = expires;
	return r;
}

int sts_assume_root(struct aws_session *s, const char *account,
	enum sts_task task, struct aws_credentials *ret, struct error *err)
{
	CLEANUP(reply_done) struct reply reply = { .xml = NULL };
	char policy[128], seconds[8];
	const struct param params[] = {
		{ "TargetPrincipal", account },
		{ "TaskPolicyArn.arn", policy },
		{ "DurationSeconds", seconds },
		{ NULL, NULL },
	};
	int r;

	snprintf(policy, sizeof(policy), "arn:%s:iam::aws:policy/root-task/%s",
		aws_session_partition(s)->name, tasks[task]);
	snprintf(seconds, sizeof(seconds), "%d", STS_ROOT_SECONDS);
	r = call(s, &assume_root, params, &reply, err);
	return r < 0 ? r : read_root_keys(xml_child(reply.result, "Credentials"),
		account, ret, err);
}
