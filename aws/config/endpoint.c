/* SPDX-License-Identifier: Apache-2.0 */
/* Where requests go: AWS's own endpoints or somebody's override. */
#include "aws/config/config.h"

#include "aws/text/url.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int config_endpoint_set(struct aws_endpoint *ret, const char *url,
	const char *origin, struct error *err)
{
	struct url u;

	/* signatures by libcurl are right for the path / only */
	if (strlen(url) >= ENDPOINT_MAX / 2 || !url_parse(url, &u) ||
		(strcmp(u.path, "") != 0 && strcmp(u.path, "/") != 0))
		return error_set(err, ERROR_USAGE,
			"the endpoint '%s' (%s) is not of the form "
			"https://HOST[:PORT]", url, origin);
	if (u.plain && !url_is_loopback(&u))
		return error_set(err, ERROR_REFUSED,
			"the endpoint '%s' (%s) is plain http to another "
			"machine, which is refused: use https", url, origin);
	snprintf(ret->url, sizeof(ret->url), "%s://%.*s%s%.*s/",
		u.plain ? "http" : "https", (int)u.host_n, u.host,
		u.port_n ? ":" : "", (int)u.port_n, u.port);
	snprintf(ret->origin, sizeof(ret->origin), "%s", origin);
	ret->overridden = true;
	ret->plain = u.plain;
	return 0;
}

int config_flag(const struct aws_config *c, const char *variable,
	const char *key, bool *ret, struct error *err)
{
	static const char *const no[] = { "", "false", "0", "no", "off" };
	const char *value = config_variable(variable);
	const char *name = value ? variable : key;
	size_t i;

	if (!value)
		value = config_profile_get(&c->profile, key);
	*ret = value && strcasecmp(value, "true") == 0;
	for (i = 0; !*ret && value && i < ARRAY_LEN(no); i++)
		if (strcasecmp(value, no[i]) == 0)
			value = NULL;
	/* what the AWS tools take for false, with those who wrote "yes" */
	if (!*ret && value)
		return error_set(err, ERROR_USAGE,
			"%s is '%s', which is neither true nor false", name,
			value);
	return 0;
}

/* The profile's own overrides: its `services` section, then endpoint_url. */
static int set_from_profile(struct aws_config *c, enum aws_service service,
	struct error *err)
{
	CLEANUP(free_p) char *url = NULL;
	struct aws_endpoint *e = &c->endpoints[service];
	const char *section = config_profile_get(&c->profile, "services");
	const char *value;
	int r;

	if (config_profile_has(&c->profile, "services")) {
		r = config_services_load(&c->profile.places[CONFIG_FILE],
			section ? section : "", service, &url, err);
		if (r < 0)
			return r;
		if (url && *url)
			return config_endpoint_set(e, url,
				"endpoint_url of the profile's services", err);
	}
	value = config_profile_get(&c->profile, "endpoint_url");
	if (!value)
		return 0;
	return config_endpoint_set(e, value, "endpoint_url of the profile",
		err);
}

static int set_override(struct aws_config *c, enum aws_service service,
	const char *option, bool ignore, struct error *err)
{
	static const char general[] = "AWS_ENDPOINT_URL";
	struct aws_endpoint *e = &c->endpoints[service];
	const char *own = aws_service_variable(service);

	if (option)
		return config_endpoint_set(e, option, "--endpoint-url", err);
	if (ignore)
		return 0;
	if (config_getenv(own))
		return config_endpoint_set(e, config_getenv(own), own, err);
	if (config_getenv(general))
		return config_endpoint_set(e, config_getenv(general), general,
			err);
	return set_from_profile(c, service, err);
}

void config_endpoints_own(struct aws_config *c)
{
	char hosts[AWS_SERVICES][ENDPOINT_MAX];
	struct aws_endpoint *e = c->endpoints;
	enum aws_service i;

	partition_iam_host(c->partition, c->form, hosts[AWS_IAM],
		e[AWS_IAM].region);
	partition_sts_host(c->partition, c->region, c->form, hosts[AWS_STS],
		e[AWS_STS].region);
	partition_organizations_host(c->partition, c->form,
		hosts[AWS_ORGANIZATIONS], e[AWS_ORGANIZATIONS].region);
	partition_cloudtrail_host(c->partition, c->region, c->form,
		hosts[AWS_CLOUDTRAIL], e[AWS_CLOUDTRAIL].region);
	for (i = 0; i < AWS_SERVICES; i++)
		snprintf(e[i].url, sizeof(e[i].url), "https://%.480s/",
			hosts[i]);
}

static int load_legacy(struct aws_config *c, struct error *err)
{
	static const char variable[] = "AWS_STS_REGIONAL_ENDPOINTS";
	static const char key[] = "sts_regional_endpoints";
	const char *value = config_variable(variable);

	if (!value)
		value = config_profile_get(&c->profile, key);
	c->form.legacy = value && strcmp(value, "legacy") == 0;
	if (!value || !*value || c->form.legacy ||
		strcmp(value, "regional") == 0)
		return 0;
	return error_set(err, ERROR_USAGE,
		"%s or %s is '%s', which is neither regional nor legacy",
		variable, key, value);
}

int config_endpoints_load(struct aws_config *c, const char *option,
	struct error *err)
{
	enum aws_service i;
	bool ignore = false;
	int r;

	r = config_flag(c, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint",
		&c->form.fips, err);
	if (r >= 0)
		r = config_flag(c, "AWS_USE_DUALSTACK_ENDPOINT",
			"use_dualstack_endpoint", &c->form.dual, err);
	if (r >= 0)
		r = load_legacy(c, err);
	if (r >= 0)
		r = config_flag(c, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
			"ignore_configured_endpoint_urls", &ignore, err);
	if (r < 0)
		return r;
	config_endpoints_own(c);
	for (i = 0; i < AWS_SERVICES; i++) {
		r = set_override(c, i, option, ignore, err);
		if (r < 0)
			return r;
		if (c->endpoints[i].overridden && (c->form.fips || c->form.dual))
			return error_set(err, ERROR_UNSUPPORTED,
				"%s and a FIPS or dual-stack endpoint cannot "
				"be asked for together",
				c->endpoints[i].origin);
	}
	return 0;
}
