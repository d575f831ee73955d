/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that stand in a profile of the credentials or the config file. */
#include "aws/source/source.h"

#include <stdio.h>

static int load_from(const struct source_request *q, enum config_file file,
	struct aws_recipe *ret, bool *ret_found, struct error *err)
{
	const struct config_profile *p = &q->config->profile;
	const struct config_entry *id, *key, *token;
	char origin[96];
	int r;

	id = config_profile_entry(p, file, "aws_access_key_id");
	key = config_profile_entry(p, file, "aws_secret_access_key");
	/* the old name first, as in botocore */
	token = config_profile_entry(p, file, "aws_security_token");
	if (!token)
		token = config_profile_entry(p, file, "aws_session_token");
	if (!id && !key)
		return 0;
	snprintf(origin, sizeof(origin), "profile '%.40s' of the %s file",
		p->name, file == CONFIG_FILE ? "config" : "credentials");
	if (!key || !id)
		return error_set(err, ERROR_USAGE, "%s has %s and no %s",
			origin, id ? "aws_access_key_id" :
			"aws_secret_access_key", id ?
			"aws_secret_access_key" : "aws_access_key_id");
	r = credentials_set(&ret->keys, id->value, key->secret.p, key->secret.n,
		token ? token->secret.p : NULL, token ? token->secret.n : 0,
		origin, err);
	if (r < 0)
		return r;
	*ret_found = true;
	return 0;
}

/*
 * Whoever named a file means the keys in it: where it is not there, those of
 * the other file are not taken in its place.
 */
static int load_named_file(const struct source_request *q,
	struct aws_recipe *ret, bool *ret_found, struct error *err)
{
	const struct config_place *place = q->config->profile.places;
	size_t i;

	(void)ret;
	(void)ret_found;
	for (i = 0; i < CONFIG_FILES; i++)
		if (place[i].variable && place[i].absent)
			return error_set(err, ERROR_USAGE,
				"%s names '%s', which is not there",
				place[i].variable, place[i].path);
	return 0;
}

static int load_credentials_file(const struct source_request *q,
	struct aws_recipe *ret, bool *ret_found, struct error *err)
{
	return load_from(q, CREDENTIALS_FILE, ret, ret_found, err);
}

static int load_config_file(const struct source_request *q,
	struct aws_recipe *ret, bool *ret_found, struct error *err)
{
	return load_from(q, CONFIG_FILE, ret, ret_found, err);
}

const struct credential_source source_named_file = {
	.name = "named file",
	.load = load_named_file,
};

const struct credential_source source_credentials_file = {
	.name = "credentials file",
	.load = load_credentials_file,
};

const struct credential_source source_config_file = {
	.name = "config file",
	.load = load_config_file,
};
