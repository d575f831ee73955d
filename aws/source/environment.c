/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials out of the environment. */
#include "aws/source/source.h"

#include "aws/keys/answer.h"

#include <string.h>

static const char origin[] = "environment";

/* Nothing rests on it: what cannot be read is not known. */
static time_t read_expiry(void)
{
	const char *s = config_getenv("AWS_CREDENTIAL_EXPIRATION");
	time_t t;

	return s && answer_parse_time(s, &t) == 0 ? t : 0;
}

static int half_a_key(const char *there, const char *not_there,
	struct error *err)
{
	return error_set(err, ERROR_USAGE, "%s is set and %s is not", there,
		not_there);
}

/* An explicit profile means that one, whatever the environment holds. */
static int load_environment(const struct source_request *q,
	struct aws_recipe *ret, bool *ret_found, struct error *err)
{
	static const char id_name[] = "AWS_ACCESS_KEY_ID";
	static const char key_name[] = "AWS_SECRET_ACCESS_KEY";
	const char *key_id = config_getenv(id_name);
	const char *key = config_getenv(key_name);
	/* the old name first, as in botocore */
	const char *token = config_getenv("AWS_SECURITY_TOKEN");
	struct aws_credentials c = { .expires = read_expiry() };
	int r;

	if (q->config->profile_explicit || (!key_id && !key))
		return 0;
	if (!key)
		return half_a_key(id_name, key_name, err);
	if (!key_id)
		return half_a_key(key_name, id_name, err);
	if (!token)
		token = config_getenv("AWS_SESSION_TOKEN");
	r = credentials_set(&c, key_id, key, strlen(key), token,
		token ? strlen(token) : 0, origin, err);
	if (r < 0)
		return r;
	ret->keys = c;
	*ret_found = true;
	return 0;
}

const struct credential_source source_environment = {
	.name = "environment",
	.load = load_environment,
};
