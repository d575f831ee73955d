/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places of credentials that are recognised and not read here. Going past them
 * in silence would use other keys than the AWS command line does.
 */
#include "aws/config/credentials.h"

#include <string.h>

/*
 * `setting` asks for a place that is not supported; the way out is the command
 * that turns whatever it is into three variables.
 */
static int unsupported(const struct aws_config *config, const char *setting,
	const char *what, struct error *err)
{
	return error_set(err, ERROR_UNSUPPORTED,
		"profile '%s' wants credentials from %s ('%s'), which is not "
		"supported: run eval \"$(aws configure export-credentials "
		"--profile '%s' --format env)\" first, and leave out "
		"--profile",
		config->profile.name, what, setting, config->profile.name);
}

static int refuse_keys(const struct aws_config *config,
	const char *const *keys, const char *what, struct error *err)
{
	for (; *keys; keys++)
		if (config_profile_get(&config->profile, *keys))
			return unsupported(config, *keys, what, err);
	return 0;
}

static int load_role(const struct aws_config *config,
	struct aws_credentials *ret, bool *ret_found, struct error *err)
{
	static const char *const keys[] = { "role_arn", NULL };

	(void)ret;
	(void)ret_found;
	/* with a token file it is the next source's */
	if (config_profile_get(&config->profile, "web_identity_token_file"))
		return 0;
	return refuse_keys(config, keys, "a role", err);
}

static int load_web_identity(const struct aws_config *config,
	struct aws_credentials *ret, bool *ret_found, struct error *err)
{
	static const char *const keys[] = { "web_identity_token_file", NULL };
	static const char variable[] = "AWS_WEB_IDENTITY_TOKEN_FILE";

	(void)ret;
	(void)ret_found;
	if (!config->profile_explicit && config_getenv(variable))
		return unsupported(config, variable, "a web identity", err);
	return refuse_keys(config, keys, "a web identity", err);
}

static int load_sso(const struct aws_config *config,
	struct aws_credentials *ret, bool *ret_found, struct error *err)
{
	static const char *const keys[] = { "sso_session", "sso_start_url",
		"sso_account_id", NULL };

	(void)ret;
	(void)ret_found;
	return refuse_keys(config, keys, "IAM Identity Center", err);
}

static int load_login(const struct aws_config *config,
	struct aws_credentials *ret, bool *ret_found, struct error *err)
{
	static const char *const keys[] = { "login_session", NULL };

	(void)ret;
	(void)ret_found;
	return refuse_keys(config, keys, "'aws login'", err);
}

static int load_process(const struct aws_config *config,
	struct aws_credentials *ret, bool *ret_found, struct error *err)
{
	static const char *const keys[] = { "credential_process", NULL };

	(void)ret;
	(void)ret_found;
	return refuse_keys(config, keys, "a program", err);
}

static int load_container(const struct aws_config *config,
	struct aws_credentials *ret, bool *ret_found, struct error *err)
{
	static const char *const variables[] = {
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI", NULL };
	const char *const *v;

	(void)ret;
	(void)ret_found;
	for (v = variables; *v; v++)
		if (config_getenv(*v))
			return unsupported(config, *v, "its container", err);
	return 0;
}

const struct credential_source source_role = { "role", load_role };
const struct credential_source source_web_identity = { "web identity",
	load_web_identity };
const struct credential_source source_sso = { "IAM Identity Center",
	load_sso };
const struct credential_source source_login = { "login", load_login };
const struct credential_source source_process = { "process", load_process };
const struct credential_source source_container = { "container",
	load_container };
