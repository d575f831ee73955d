/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of the AWS tools: profile, region, CA bundle, attempts. */
#include "aws/config/config.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ATTEMPTS_MAX 100

/* The first of these variables that is set. */
static const char *first_set(const char *const *names)
{
	const char *value = NULL;

	while (!value && *names)
		value = config_getenv(*names++);
	return value;
}

static int load_profile(struct aws_config *c, const struct aws_options *o,
	struct error *err)
{
	static const char *const names[] = { "AWS_PROFILE",
		"AWS_DEFAULT_PROFILE", NULL };
	const char *name = o->profile ? o->profile : first_set(names);
	int r;

	c->profile_explicit = o->profile != NULL;
	if (!name)
		name = "default";
	r = config_profile_load(&c->profile, name, err);
	if (r < 0 || c->profile.found || strcmp(name, "default") == 0)
		return r;
	return error_set(err, ERROR_USAGE,
		"the profile '%s' is neither in the AWS config file nor in "
		"the credentials file: see 'aws configure list-profiles'",
		name);
}

static int load_region(struct aws_config *c, const struct aws_options *o,
	struct error *err)
{
	static const char *const names[] = { "AWS_REGION",
		"AWS_DEFAULT_REGION", NULL };
	const char *region = o->region ? o->region : first_set(names);

	if (!region)
		region = config_profile_get(&c->profile, "region");
	if (!region)
		region = "us-east-1";
	if (!region_is_well_formed(region))
		return error_set(err, ERROR_USAGE,
			"'%s' is not the name of a region, which looks like "
			"us-east-1", region);
	snprintf(c->region, sizeof(c->region), "%s", region);
	c->partition = partition_of_region(region);
	return 0;
}

static int load_ca_bundle(struct aws_config *c, const struct aws_options *o,
	struct error *err)
{
	const char *path = o->ca_bundle;

	if (!path)
		path = config_getenv("AWS_CA_BUNDLE");
	if (!path)
		path = config_profile_get(&c->profile, "ca_bundle");
	if (!path)
		return 0;
	c->ca_bundle = strdup(path);
	return c->ca_bundle ? 0 : error_memory(err);
}

static int load_attempts(struct aws_config *c, struct error *err)
{
	const char *s = config_getenv("AWS_MAX_ATTEMPTS");
	uint64_t n;

	if (!s)
		s = config_profile_get(&c->profile, "max_attempts");
	if (!s)
		return 0;
	if (text_parse_u64(s, ATTEMPTS_MAX, &n) < 0 || n == 0)
		return error_set(err, ERROR_USAGE,
			"AWS_MAX_ATTEMPTS or max_attempts is '%s', which is "
			"not a number from 1 to %d", s, ATTEMPTS_MAX);
	c->attempts = (unsigned)n;
	return 0;
}

int config_load(struct aws_config *ret, const struct aws_options *options,
	struct error *err)
{
	int r;

	*ret = (struct aws_config){ .attempts = 0 };
	r = load_profile(ret, options, err);
	if (r >= 0)
		r = load_region(ret, options, err);
	if (r >= 0)
		r = load_ca_bundle(ret, options, err);
	if (r >= 0)
		r = load_attempts(ret, err);
	if (r >= 0)
		r = config_endpoints_load(ret, options->endpoint_url, err);
	return r;
}

void config_done(struct aws_config *c)
{
	config_profile_done(&c->profile);
	free_p(&c->ca_bundle);
}
