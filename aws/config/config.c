/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of the AWS tools: profile, region, CA bundle, attempts. */
#include "aws/config/config.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ATTEMPTS_MAX 100

/*
 * The command line's name, else the environment's. botocore and version 1 of
 * the AWS command line ask AWS_DEFAULT_PROFILE first, version 2 the other one.
 */
static int find_name(const struct aws_options *o, const char **ret,
	struct error *err)
{
	const char *one = config_variable("AWS_PROFILE");
	const char *two = config_variable("AWS_DEFAULT_PROFILE");

	*ret = o->profile ? o->profile : one ? one : two;
	if (o->profile)
		return 0;
	if (one && two && strcmp(one, two) != 0)
		return error_set(err, ERROR_USAGE,
			"AWS_PROFILE is '%s' and AWS_DEFAULT_PROFILE is '%s': "
			"AWS's own tools differ on which one counts, so unset "
			"one of them", one, two);
	if (*ret && !**ret)
		return error_set(err, ERROR_USAGE,
			"%s is set and names no profile: unset it",
			one ? "AWS_PROFILE" : "AWS_DEFAULT_PROFILE");
	return 0;
}

static const char *said_absent(const struct config_place *place)
{
	return place->absent ? " (which is not there)" : "";
}

static int refuse_profile(const struct config_profile *p, struct error *err)
{
	const struct config_place *config = &p->places[CONFIG_FILE];
	const struct config_place *credentials = &p->places[CREDENTIALS_FILE];

	if (!config->path || !credentials->path)
		return error_set(err, ERROR_USAGE,
			"the profile '%s' is nowhere: there is no home "
			"directory to look in", p->name);
	return error_set(err, ERROR_USAGE,
		"the profile '%s' is neither in '%s'%s nor in '%s'%s: name "
		"one that is there by --profile", p->name, config->path,
		said_absent(config), credentials->path,
		said_absent(credentials));
}

static void note_absent(struct aws_config *c)
{
	const struct config_place *place = c->profile.places;
	size_t i;

	for (i = 0; i < CONFIG_FILES && !c->note[0]; i++)
		if (place[i].variable && place[i].absent)
			snprintf(c->note, sizeof(c->note),
				"%s names '%s', which is not there",
				place[i].variable, place[i].path);
}

static int load_profile(struct aws_config *c, const struct aws_options *o,
	struct error *err)
{
	const char *name;
	int r;

	r = find_name(o, &name, err);
	if (r < 0)
		return r;
	c->profile_explicit = o->profile != NULL;
	r = config_profile_load(&c->profile, name ? name : "default", err);
	if (r < 0)
		return r;
	note_absent(c);
	return c->profile.found || !name ? 0 :
		refuse_profile(&c->profile, err);
}

static int load_region(struct aws_config *c, const struct aws_options *o,
	struct error *err)
{
	static const char *const names[] = { "AWS_REGION",
		"AWS_DEFAULT_REGION", NULL };
	const char *region = o->region;
	const char *const *name;

	/* set and empty does not mean the profile's */
	for (name = names; !region && *name; name++)
		region = config_variable(*name);
	if (!region && config_profile_has(&c->profile, "region"))
		region = config_profile_get(&c->profile, "region");
	else if (!region)
		region = "us-east-1";
	if (!region)
		region = "";
	if (!region_is_well_formed(region))
		return error_set(err, ERROR_USAGE,
			"'%s' is not the name of a region, which looks like "
			"us-east-1", region);
	snprintf(c->region, sizeof(c->region), "%s", region);
	c->partition = partition_of_region(region);
	return 0;
}

/* The first of these that is set, and is not empty. */
static const char *first_set(const char *const *names, const char **ret_name)
{
	const char *value = NULL;

	for (; !value && *names; names++) {
		value = config_getenv(*names);
		*ret_name = *names;
	}
	return value;
}

static int load_ca_bundle(struct aws_config *c, const struct aws_options *o,
	struct error *err)
{
	/* botocore's, and curl's, which people behind a proxy have set */
	static const char *const first[] = { "AWS_CA_BUNDLE", NULL };
	static const char *const others[] = { "REQUESTS_CA_BUNDLE",
		"CURL_CA_BUNDLE", NULL };
	const char *name = "ca_bundle of the profile";
	const char *path = first_set(first, &name);

	if (o->ca_bundle)
		return config_take_systems(c, o, err);
	if (!path && config_profile_has(&c->profile, "ca_bundle")) {
		name = "ca_bundle of the profile";
		path = config_profile_get(&c->profile, "ca_bundle");
		if (!path)
			return error_set(err, ERROR_USAGE,
				"ca_bundle of profile '%.40s' is empty: take "
				"it out", c->profile.name);
	}
	if (!path)
		path = first_set(others, &name);
	return path ? way_set_ca(&c->way, path, name, err) : 0;
}

/* One that is set and empty is none, and ends the search, as with curl. */
static int load_proxy(struct aws_config *c, const struct aws_options *o,
	struct error *err)
{
	static const char *const names[] = { "https_proxy", "HTTPS_PROXY",
		"all_proxy", "ALL_PROXY" };
	static const char *const lists[] = { "no_proxy", "NO_PROXY" };
	const char *value = NULL, *list = NULL;
	size_t i;

	for (i = 0; !list && i < ARRAY_LEN(lists); i++)
		list = config_variable(lists[i]);
	if (list && strlen(list) >= sizeof(c->way.bypass))
		return error_set(err, ERROR_USAGE,
			"no_proxy is longer than %zu bytes",
			sizeof(c->way.bypass) - 1);
	snprintf(c->way.bypass, sizeof(c->way.bypass), "%s", list ? list : "");
	if (o->proxy)
		return config_take_systems(c, o, err);
	for (i = 0; !value && i < ARRAY_LEN(names); i++)
		value = config_variable(names[i]);
	return value && *value ? way_set_proxy(&c->way, value, names[i - 1],
					 err) : 0;
}

int config_take_systems(struct aws_config *c, const struct aws_options *o,
	struct error *err)
{
	int r = 0;

	if (o->ca_bundle)
		r = way_set_ca(&c->way, o->ca_bundle,
			"ca_bundle of the system's settings", err);
	c->way.ca_is_systems = o->ca_bundle != NULL;
	if (r >= 0 && o->proxy) {
		r = way_set_proxy(&c->way, o->proxy,
			"proxy of the system's settings", err);
		/* the environment's list is not the system's */
		c->way.bypass[0] = '\0';
	}
	c->way.proxy_is_systems = o->proxy != NULL;
	return r;
}

int config_way(const struct aws_options *o, struct aws_way *ret,
	struct error *err)
{
	struct aws_config c = { .way = { .ca_bundle = NULL } };
	int r = 0;

	if (o->ca_bundle || o->proxy)
		r = config_take_systems(&c, o, err);
	if (r >= 0 && !o->proxy)
		r = load_proxy(&c, o, err);
	if (r < 0)
		way_done(&c.way);
	else
		*ret = c.way;
	return r < 0 ? r : 0;
}

void config_drop_proxy(struct aws_config *c)
{
	enum aws_service i;

	for (i = 0; i < AWS_SERVICES; i++)
		if (way_is_by_proxy(&c->way, c->endpoints[i].url))
			return;
	c->way.proxy[0] = c->way.proxy_origin[0] = '\0';
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
		r = load_proxy(ret, options, err);
	if (r >= 0)
		r = load_attempts(ret, err);
	if (r >= 0)
		r = config_endpoints_load(ret, options->endpoint_url, err);
	if (r >= 0)
		config_drop_proxy(ret);
	return r;
}

void config_done(struct aws_config *c)
{
	config_profile_done(&c->profile);
	way_done(&c->way);
}
