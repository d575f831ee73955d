/* SPDX-License-Identifier: Apache-2.0 */
/* Where requests go: AWS's own endpoints or somebody's override. */
#include "aws/config/config.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The pieces of a URL. The parts point into it. */
struct url {
	bool plain;
	const char *host;
	size_t host_n;
	const char *port; /* digits, port_n may be 0 */
	size_t port_n;
};

static bool parse_host(const char **s, struct url *u)
{
	static const char name[] = "abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";

	u->host = *s;
	if (**s == '[') {
		u->host_n = strspn(*s + 1, "0123456789abcdefABCDEF:.") + 2;
		if (u->host_n < 4 || (*s)[u->host_n - 1] != ']')
			return false;
	} else {
		u->host_n = strspn(*s, name);
		if (u->host_n == 0)
			return false;
	}
	*s += u->host_n;
	return true;
}

static bool parse_port(const char **s, struct url *u)
{
	uint64_t port;

	u->port = *s;
	u->port_n = 0;
	if (**s != ':')
		return true;
	u->port = *s + 1;
	u->port_n = strspn(u->port, "0123456789");
	*s = u->port + u->port_n;
	return text_parse_u64_n(u->port, u->port_n, 65535, &port) == 0 &&
		port > 0;
}

static bool parse_url(const char *s, struct url *ret)
{
	struct url u = { .plain = false };

	if (strncmp(s, "https://", 8) == 0) {
		s += 8;
	} else if (strncmp(s, "http://", 7) == 0) {
		u.plain = true;
		s += 7;
	} else {
		return false;
	}
	if (!parse_host(&s, &u) || !parse_port(&s, &u))
		return false;
	/* signatures by libcurl are right for the path / only */
	if (strcmp(s, "") != 0 && strcmp(s, "/") != 0)
		return false;
	*ret = u;
	return true;
}

/* 127.0.0.0/8 in four decimal numbers; shorter forms are read by nobody twice
 * the same way. */
static bool is_loopback_v4(const char *s, size_t n)
{
	uint64_t octet;
	size_t i, len;
	const char *dot;

	for (i = 0; i < 4; i++) {
		dot = n > 0 ? memchr(s, '.', n) : NULL;
		len = dot ? (size_t)(dot - s) : n;
		if ((i < 3) != (dot != NULL) || len > 3 ||
			text_parse_u64_n(s, len, 255, &octet) < 0)
			return false;
		if (i == 0 && octet != 127)
			return false;
		if (len > 1 && s[0] == '0')
			return false;
		s += len + (dot ? 1 : 0);
		n -= len + (dot ? 1 : 0);
	}
	return true;
}

static bool is_loopback(const struct url *u)
{
	static const char *const names[] = { "localhost", "[::1]" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++)
		if (strlen(names[i]) == u->host_n &&
			strncasecmp(names[i], u->host, u->host_n) == 0)
			return true;
	return is_loopback_v4(u->host, u->host_n);
}

int config_endpoint_set(struct aws_endpoint *ret, const char *url,
	const char *origin, struct error *err)
{
	struct url u;
	int n;

	if (strlen(url) >= ENDPOINT_MAX / 2 || !parse_url(url, &u))
		return error_set(err, ERROR_USAGE,
			"the endpoint '%s' (%s) is not of the form "
			"https://HOST[:PORT]", url, origin);
	if (u.plain && !is_loopback(&u))
		return error_set(err, ERROR_REFUSED,
			"the endpoint '%s' (%s) is plain http to another "
			"machine, which is refused: use https", url, origin);
	n = snprintf(ret->url, sizeof(ret->url), "%s://%.*s%s%.*s/",
		u.plain ? "http" : "https", (int)u.host_n, u.host,
		u.port_n ? ":" : "", (int)u.port_n, u.port);
	if (n < 0 || (size_t)n >= sizeof(ret->url))
		return error_set(err, ERROR_USAGE,
			"the endpoint '%s' (%s) is too long", url, origin);
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
	struct endpoint_form form = c->form;
	struct aws_endpoint *iam = &c->endpoints[AWS_IAM];
	struct aws_endpoint *sts = &c->endpoints[AWS_STS];
	struct aws_endpoint *trail = &c->endpoints[AWS_CLOUDTRAIL];
	struct aws_endpoint *org = &c->endpoints[AWS_ORGANIZATIONS];
	char host[ENDPOINT_MAX];

	partition_iam_host(c->partition, form, host, iam->region);
	snprintf(iam->url, sizeof(iam->url), "https://%.480s/", host);
	partition_sts_host(c->partition, c->region, form, host, sts->region);
	snprintf(sts->url, sizeof(sts->url), "https://%.480s/", host);
	partition_cloudtrail_host(c->partition, c->region, form, host,
		trail->region);
	snprintf(trail->url, sizeof(trail->url), "https://%.480s/", host);
	partition_organizations_host(c->partition, form, host, org->region);
	snprintf(org->url, sizeof(org->url), "https://%.480s/", host);
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
