/* SPDX-License-Identifier: Apache-2.0 */
/* The Security Token Service. */
#include "aws/api/sts.h"

#include "aws/api/check.h"
#include "aws/api/sts-root.h"
#include "aws/query/call.h"
#include "aws/query/field.h"

#include <stdio.h>

/* What makes keys changes nothing: it may be sent again. A code may be used
 * once, and whoever repeats it is told so. */
#define READS(name)                                                            \
	{ .action = name, .service = AWS_STS, .effect = CALL_READS }
#define ONCE(name)                                                             \
	{ .action = name, .service = AWS_STS, .effect = CALL_CHANGES }

static const struct operation get_caller_identity =
	READS("GetCallerIdentity");
static const struct operation get_session_token = ONCE("GetSessionToken");
static const struct operation assume_role = READS("AssumeRole");
/* once more only makes other keys */
static const struct operation assume_root = READS("AssumeRoot");
static const struct operation assume_role_once = ONCE("AssumeRole");
static const struct operation assume_role_with_web_identity = {
	.action = "AssumeRoleWithWebIdentity",
	.service = AWS_STS,
	.effect = CALL_READS,
	.is_unsigned = true,
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

static int read_keys(const struct operation *op, const struct reply *reply,
	struct aws_credentials *ret, struct error *err)
{
	const struct xml_node *all = xml_child(reply->result, "Credentials");
	const struct xml_node *key = xml_child(all, "SecretAccessKey");
	const struct xml_node *token = xml_child(all, "SessionToken");
	char id[ACCESS_KEY_ID_MAX];
	time_t expires = 0;
	const struct field fields[] = {
		FIELD_STRING("AccessKeyId", id, true),
		FIELD_TIME("Expiration", &expires),
	};
	int r;

	if (!key || key->secret.n == 0 || !token || token->secret.n == 0)
		return call_lacks(op, "keys", err);
	r = field_read(all, fields, ARRAY_LEN(fields), op, err);
	if (r >= 0 && expires == 0)
		r = call_lacks(op, "Expiration", err);
	if (r >= 0)
		r = credentials_set(ret, id, key->secret.p, key->secret.n,
			token->secret.p, token->secret.n, op->action, err);
	if (r < 0)
		return r;
	ret->expires = expires;
	return 0;
}

static int ask_keys(struct aws_session *s, const struct operation *op,
	const struct sts_request *q, const char *web_token,
	struct aws_credentials *ret, struct error *err)
{
	CLEANUP(reply_done) struct reply reply = { .xml = NULL };
	char duration[16] = "";
	const struct param params[] = {
		{ "RoleArn", q->role },
		{ "RoleSessionName", q->session_name },
		{ "ExternalId", q->external_id },
		{ "SerialNumber", q->serial },
		{ "TokenCode", q->code },
		{ "DurationSeconds", q->duration ? duration : NULL },
		{ "WebIdentityToken", web_token },
		{ NULL, NULL },
	};
	int r;

	snprintf(duration, sizeof(duration), "%u", q->duration);
	r = call(s, op, params, &reply, err);
	return r < 0 ? r : read_keys(op, &reply, ret, err);
}

int sts_get_session_token(struct aws_session *s, const struct sts_request *q,
	struct aws_credentials *ret, struct error *err)
{
	return ask_keys(s, &get_session_token, q, NULL, ret, err);
}

int sts_assume_role(struct aws_session *s, const struct sts_request *q,
	struct aws_credentials *ret, struct error *err)
{
	return ask_keys(s, q->code ? &assume_role_once : &assume_role, q, NULL,
		ret, err);
}

int sts_assume_role_with_web_identity(struct aws_session *s,
	const struct sts_request *q, const struct secret *web_token,
	struct aws_credentials *ret, struct error *err)
{
	return ask_keys(s, &assume_role_with_web_identity, q,
		secret_str(web_token), ret, err);
}

int sts_check_code(struct aws_session *s, const char *serial,
	const char *code, struct error *err)
{
	CLEANUP(reply_done) struct reply reply = { .xml = NULL };
	const struct param params[] = { { "DurationSeconds", "900" },
		{ "SerialNumber", serial }, { "TokenCode", code },
		{ NULL, NULL } };
	int r = check_serial(serial, err);

	if (r == 0)
		r = check_code(code, err);
	/* the keys of the answer are nobody's: they go with it */
	return r < 0 ? r : call(s, &get_session_token, params, &reply, err);
}

/* ---- root of a member account ---- */

static const char *const tasks[] = {
	[STS_AUDIT_ROOT] = "IAMAuditRootUserCredentials",
	[STS_DELETE_ROOT] = "IAMDeleteRootUserCredentials",
};

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
	if (r >= 0)
		r = read_keys(&assume_root, &reply, ret, err);
	if (r >= 0)
		snprintf(ret->origin, sizeof(ret->origin), "root session of %s",
			account);
	return r;
}
