/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that stand in a profile of the credentials or the config file. */
#include "aws/config/credentials.h"

#include <stdio.h>

static int load_from(const struct aws_config *config, enum config_file file,
	struct aws_credentials *ret, bool *ret_found, struct error *err)
{
	const struct config_profile *p = &config->profile;
	const struct config_entry *id, *key, *token;
	char origin[96];
	int r;

	id = config_profile_entry(p, file, "aws_access_key_id");
	key = config_profile_entry(p, file, "aws_secret_access_key");
	token = config_profile_entry(p, file, "aws_session_token");
	if (!token)
		token = config_profile_entry(p, file, "aws_security_token");
	if (!id)
		return 0;
	snprintf(origin, sizeof(origin), "profile '%.40s' of the %s file",
		p->name, file == CONFIG_FILE ? "config" : "credentials");
	if (!key)
		return error_set(err, ERROR_USAGE,
			"%s has aws_access_key_id and no "
			"aws_secret_access_key", origin);
	r = credentials_set(ret, id->value, key->secret.p, key->secret.n,
		token ? token->secret.p : NULL, token ? token->secret.n : 0,
		origin, err);
	if (r < 0)
		return r;
	*ret_found = true;
	return 0;
}

static int load_credentials_file(const struct aws_config *config,
	struct aws_credentials *ret, bool *ret_found, struct error *err)
{
	return load_from(config, CREDENTIALS_FILE, ret, ret_found, err);
}

static int load_config_file(const struct aws_config *config,
	struct aws_credentials *ret, bool *ret_found, struct error *err)
{
	return load_from(config, CONFIG_FILE, ret, ret_found, err);
}

const struct credential_source source_credentials_file = {
	.name = "credentials file",
	.load = load_credentials_file,
};

const struct credential_source source_config_file = {
	.name = "config file",
	.load = load_config_file,
};
