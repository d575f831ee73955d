/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A source: one place where credentials may come from.
 *
 * One more is one more file of this room and one more row in sources.c. All of
 * them run in a process of the person whose settings they are (see
 * aws/caller/settings.h): so a source may open what that person's files name,
 * run what they say and ask the services that they name.
 */
#ifndef AWS_SOURCE_SOURCE_H
#define AWS_SOURCE_SOURCE_H

#include "aws/source/recipe.h"

/*
 * load() leaves *ret_found false and *ret alone where this place has none; it
 * fails where the place is named by the settings but cannot be used.
 */
struct credential_source {
	const char *name;
	int (*load)(const struct source_request *q, struct aws_recipe *ret,
		bool *ret_found, struct error *err);
};

/* Long-term keys or a session, AWS_ACCESS_KEY_ID and so on. */
extern const struct credential_source source_environment;
/* No keys, and an error where a file that is named is not there. */
extern const struct credential_source source_named_file;
/* role_arn, with source_profile or credential_source. */
extern const struct credential_source source_role;
/* role_arn and web_identity_token_file. */
extern const struct credential_source source_web_identity;
/* IAM Identity Center and `aws login`, by the AWS command line. */
extern const struct credential_source source_sso;
extern const struct credential_source source_login;
/* Keys in the credentials file, and in the config file. */
extern const struct credential_source source_credentials_file;
extern const struct credential_source source_config_file;
/* credential_process. */
extern const struct credential_source source_process;
/* What a container is given, and a machine of EC2. */
extern const struct credential_source source_container;
extern const struct credential_source source_metadata;
/* Places that are recognised and not supported: the error says what to do. */
extern const struct credential_source source_old_file;
extern const struct credential_source source_boto;
extern const struct credential_source source_sso_half;

/* Asks one after the other until one has some; the list ends with NULL. */
int sources_ask(const struct credential_source *const *sources,
	const struct source_request *q, struct aws_recipe *ret,
	bool *ret_found, struct error *err);

/* One setting of a role out of a profile; false: not there. ERROR_USAGE where
 * it is empty. */
int source_setting(const struct config_profile *p, const char *key, char *ret,
	size_t size, bool *ret_found, struct error *err);

#endif
