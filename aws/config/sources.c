/* SPDX-License-Identifier: Apache-2.0 */
/* Which source of credentials is asked when. */
#include "aws/config/credentials.h"

/* In the order of the SDKs. */
static const struct credential_source *const sources[] = {
	&source_environment,
	&source_role,
	&source_web_identity,
	&source_sso,
	&source_credentials_file,
	&source_login,
	&source_process,
	&source_config_file,
	&source_container,
};

int credentials_load(struct aws_credentials *ret,
	const struct aws_config *config, struct error *err)
{
	bool found = false;
	size_t i;
	int r;

	for (i = 0; i < ARRAY_LEN(sources); i++) {
		r = sources[i]->load(config, ret, &found, err);
		if (r < 0 || found)
			return r;
	}
	return error_set(err, ERROR_USAGE,
		"no AWS credentials: neither AWS_ACCESS_KEY_ID nor keys in "
		"profile '%s': name a profile (--profile) or run "
		"'aws configure'", config->profile.name);
}
