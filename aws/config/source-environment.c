/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials out of the environment. */
#include "aws/config/credentials.h"

#include "base/text.h"

#include <string.h>

static const char origin[] = "environment";

static int load_expiry(struct aws_credentials *ret, struct error *err)
{
	const char *s = config_getenv("AWS_CREDENTIAL_EXPIRATION");

	if (!s || text_parse_time(s, strlen(s), &ret->expires) == 0)
		return 0;
	return error_set(err, ERROR_MALFORMED,
		"AWS_CREDENTIAL_EXPIRATION is '%s', which is not a time like "
		"2026-01-31T23:59:59Z", s);
}

/* An explicit profile means that one, whatever the environment holds. */
static int load_environment(const struct aws_config *config,
	struct aws_credentials *ret, bool *ret_found, struct error *err)
{
	const char *key_id = config_getenv("AWS_ACCESS_KEY_ID");
	const char *key = config_getenv("AWS_SECRET_ACCESS_KEY");
	const char *token = config_getenv("AWS_SESSION_TOKEN");
	struct aws_credentials c = { .expires = 0 };
	int r;

	if (config->profile_explicit || !key_id)
		return 0;
	if (!key)
		return error_set(err, ERROR_USAGE,
			"AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY "
			"is not");
	if (!token)
		token = config_getenv("AWS_SECURITY_TOKEN");
	r = load_expiry(&c, err);
	if (r >= 0)
		r = credentials_set(&c, key_id, key, strlen(key), token,
			token ? strlen(token) : 0, origin, err);
	if (r < 0)
		return r;
	*ret = c;
	*ret_found = true;
	return 0;
}

const struct credential_source source_environment = {
	.name = "environment",
	.load = load_environment,
};
