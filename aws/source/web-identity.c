/* SPDX-License-Identifier: Apache-2.0 */
/* A role that is assumed with the token of an identity provider. */
#include "aws/source/source.h"

#include "base/buf.h"
#include "base/file.h"

#include <stdio.h>
#include <string.h>

/*
 * The variable where it is set, also to nothing, and no profile was named; else
 * the profile's. *ret_found as source_setting has it.
 */
static int identity_setting(const struct source_request *q, const char *variable,
	const char *key, char *ret, size_t size, bool *ret_found,
	struct error *err)
{
	const char *value = q->config->profile_explicit ? NULL :
		config_variable(variable);

	if (!value)
		return source_setting(&q->config->profile, key, ret, size,
			ret_found, err);
	if (strlen(value) >= size)
		return error_set(err, ERROR_USAGE,
			"%s is longer than %zu bytes", variable, size - 1);
	snprintf(ret, size, "%s", value);
	*ret_found = *value != '\0';
	return 0;
}

/* A JWT; whoever wrote the file may have ended the line. */
static int read_token(const char *path, struct secret *ret, struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	size_t i, n;
	int r;

	buf_init(&b, WEB_TOKEN_MAX + 2);
	r = file_read(path, FILE_ANY, &b, NULL, err);
	if (r < 0)
		return r;
	for (n = b.n; n > 0 && strchr("\r\n", b.p[n - 1]); n--)
		;
	for (i = 0; i < n; i++)
		if (b.p[i] <= ' ' || b.p[i] > '~')
			break;
	if (n < 4 || n > WEB_TOKEN_MAX || i < n)
		return error_set(err, ERROR_MALFORMED,
			"'%.200s' holds no token of a web identity: 4 to %d "
			"printable characters", path, WEB_TOKEN_MAX);
	return secret_set(ret, b.p, n, err);
}

/* One that is empty names none, as in botocore. */
static int find_path(const struct source_request *q, char *ret, size_t size,
	bool *ret_found, struct error *err)
{
	static const char variable[] = "AWS_WEB_IDENTITY_TOKEN_FILE";
	static const char key[] = "web_identity_token_file";

	*ret_found = false;
	if ((q->config->profile_explicit || !config_variable(variable)) &&
		!config_profile_get(&q->config->profile, key))
		return 0;
	return identity_setting(q, variable, key, ret, size, ret_found, err);
}

static int load_web_identity(const struct source_request *q,
	struct aws_recipe *ret, bool *ret_found, struct error *err)
{
	struct role_step step = { .duration = 0 };
	char path[4096] = "";
	bool has_path, found = false;
	int r;

	r = find_path(q, path, sizeof(path), &has_path, err);
	if (r < 0 || !has_path)
		return r;
	r = identity_setting(q, "AWS_ROLE_ARN", "role_arn", step.arn, sizeof(step.arn),
		&found, err);
	if (r >= 0 && !found)
		return error_set(err, ERROR_USAGE,
			"there is a token file of a web identity ('%.200s') "
			"and no role: set AWS_ROLE_ARN or role_arn", path);
	if (r >= 0)
		r = identity_setting(q, "AWS_ROLE_SESSION_NAME", "role_session_name",
			step.session_name, sizeof(step.session_name), &found,
			err);
	if (r >= 0)
		r = read_token(path, &ret->web_token, err);
	if (r >= 0)
		r = recipe_add(ret, &step, "the web identity", err);
	*ret_found = r >= 0;
	return r;
}

const struct credential_source source_web_identity = { "web identity",
	load_web_identity };
