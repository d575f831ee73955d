/* SPDX-License-Identifier: Apache-2.0 */
/* Which source of credentials is asked when. */
#include "aws/source/source.h"

#include "aws/source/program.h"

/*
 * In the order of botocore. Each that is met and cannot be used is an error:
 * to go on to the next one would take other keys than the AWS command line.
 */
static const struct credential_source *const all[] = {
	&source_environment,
	&source_named_file,
	&source_role,
	&source_web_identity,
	&source_sso,
	&source_credentials_file,
	&source_login,
	&source_process,
	&source_config_file,
	&source_old_file,
	&source_boto,
	&source_container,
	&source_sso_half,
	&source_metadata,
	NULL,
};

/* For a profile that another one names. */
static const struct credential_source *const of_profile[] = {
	&source_web_identity,
	&source_sso,
	&source_credentials_file,
	&source_login,
	&source_process,
	&source_config_file,
	NULL,
};

int recipe_load(struct aws_recipe *ret, const struct source_request *q,
	struct error *err)
{
	CLEANUP(free_p) char *command = NULL;
	struct source_request whole = *q;
	bool found = false;
	int r;

	whole.of_profile = of_profile;
	r = sources_ask(all, &whole, ret, &found, err);

	if (r < 0 || found)
		return r;
	command = program_aws_line(&q->config->profile, "configure", NULL);
	if (!command)
		return error_memory(err);
	return error_set(err, ERROR_USAGE,
		"no AWS credentials: neither AWS_ACCESS_KEY_ID, nor anything "
		"in profile '%.40s', nor a role of this machine: name a "
		"profile (--profile) or run '%.100s'",
		q->config->profile.name, command);
}
