/* SPDX-License-Identifier: Apache-2.0 */
/* Which source of credentials is asked when. */
#include "aws/source/credentials.h"

/*
 * In the order of botocore. Each that is met and cannot be used is an error:
 * to go on to the next one would take other keys than the AWS command line.
 */
static const struct credential_source *const sources[] = {
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
};

int credentials_load(struct aws_credentials *ret,
	const struct aws_config *config, struct error *err)
{
	char way_out[WAY_OUT_MAX];
	bool found = false;
	size_t i;
	int r;

	for (i = 0; i < ARRAY_LEN(sources); i++) {
		r = sources[i]->load(config, ret, &found, err);
		if (r < 0 || found)
			return r;
	}
	credentials_way_out(config, false, way_out);
	return error_set(err, ERROR_USAGE,
		"no AWS credentials: neither AWS_ACCESS_KEY_ID nor keys in "
		"profile '%.40s': name a profile (--profile) or run 'aws "
		"configure'; with a role of this machine %s",
		config->profile.name, way_out);
}
