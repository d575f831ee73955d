/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The role of a machine of EC2, by version 2 of its metadata service: a token
 * is asked for with PUT, and nothing without one. Version 1, which answers
 * whatever a confused program on this machine asks, is never spoken.
 */
#include "aws/source/source.h"

#include "aws/keys/answer.h"
#include "aws/source/nearby.h"
#include "aws/text/url.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define URL_MAX 512
#define WORD_MAX 256 /* of a token, of a role's name */
#define TIMEOUT_MAX 60
#define ATTEMPTS_MAX 10

static const char path_token[] = "latest/api/token";
static const char path_role[] = "latest/meta-data/iam/security-credentials/";

struct service {
	struct nearby near;
	char base[URL_MAX]; /* with its final slash */
	uint64_t timeout, attempts;
	char token[WORD_MAX + 1];
};

static void service_done(struct service *s)
{
	nearby_done(&s->near);
	wipe(s->token, sizeof(s->token));
}

/* The variable, else the profile's. */
static const char *metadata_setting(const struct source_request *q, const char *variable,
	const char *key)
{
	const char *value = config_getenv(variable);

	return value ? value : config_profile_get(&q->config->profile, key);
}

static int find_number(const struct source_request *q, const char *variable,
	const char *key, uint64_t max, uint64_t *ret, struct error *err)
{
	const char *value = metadata_setting(q, variable, key);

	*ret = 1;
	if (!value || (text_parse_u64(value, max, ret) == 0 && *ret > 0))
		return 0;
	return error_set(err, ERROR_USAGE,
		"%s or %s is '%.40s', which is no number from 1 to %llu",
		variable, key, value, (unsigned long long)max);
}

static int find_default(const struct source_request *q, const char **ret,
	struct error *err)
{
	static const char variable[] = "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE";
	const char *mode = metadata_setting(q, variable,
		"ec2_metadata_service_endpoint_mode");
	bool six = false;
	int r;

	if (mode && strcasecmp(mode, "ipv4") != 0 &&
		strcasecmp(mode, "ipv6") != 0)
		return error_set(err, ERROR_USAGE,
			"%s is '%.40s', which is neither IPv4 nor IPv6",
			variable, mode);
	r = config_flag(q->config, "AWS_IMDS_USE_IPV6", "imds_use_ipv6", &six,
		err);
	if (mode)
		six = strcasecmp(mode, "ipv6") == 0;
	*ret = six ? "http://[fd00:ec2::254]/" : "http://169.254.169.254/";
	return r;
}

/* Plain http leaves this machine's link to nobody. */
static bool may_be_asked(const struct url *u)
{
	return !u->plain || url_is_loopback(u) ||
		url_host_is(u, "169.254.169.254") ||
		url_host_is(u, "[fd00:ec2::254]");
}

static int find_base(const struct source_request *q, char ret[URL_MAX],
	struct error *err)
{
	static const char variable[] = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
	const char *named = metadata_setting(q, variable, "ec2_metadata_service_endpoint");
	const char *value = NULL;
	struct url u;
	int r = find_default(q, &value, err);

	if (named)
		value = named;
	if (r < 0)
		return r;
	/* room for the longest path behind it */
	if (strlen(value) > 100 || !url_parse(value, &u) ||
		strchr(u.path, '?'))
		return error_set(err, ERROR_USAGE,
			"%s is '%.100s', which is no http://HOST", variable,
			value);
	if (!may_be_asked(&u))
		return error_set(err, ERROR_REFUSED,
			"%s names '%.*s' by plain http, which is refused",
			variable, (int)u.host_n, u.host);
	snprintf(ret, URL_MAX, "%s%s", value,
		value[strlen(value) - 1] == '/' ? "" : "/");
	return 0;
}

static int service_open(struct service *s, const struct source_request *q,
	struct error *err)
{
	int r;

	r = find_number(q, "AWS_METADATA_SERVICE_TIMEOUT",
		"metadata_service_timeout", TIMEOUT_MAX, &s->timeout, err);
	if (r >= 0)
		r = find_number(q, "AWS_METADATA_SERVICE_NUM_ATTEMPTS",
			"metadata_service_num_attempts", ATTEMPTS_MAX,
			&s->attempts, err);
	if (r >= 0)
		r = find_base(q, s->base, err);
	return r < 0 ? r : nearby_open(&s->near, q, (int64_t)s->timeout * 1000,
		err);
}

/*
 * *ret_there is false where it does not answer, or says that there is nothing;
 * only Ctrl-C and the end of all time are errors.
 */
static int service_ask(struct service *s, bool put, const char *path,
	const struct http_header *header, struct http_reply *reply,
	bool *ret_there, struct error *err)
{
	const struct http_header headers[] = { *header, { NULL, NULL } };
	char url[URL_MAX + WORD_MAX];
	struct error why;
	uint64_t i;
	int r;

	*ret_there = false;
	snprintf(url, sizeof(url), "%s%s", s->base, path);
	for (i = 0; i < s->attempts && !*ret_there; i++) {
		r = nearby_ask(&s->near, put, url, headers, reply, &why);
		if (r < 0 && r != -ERROR_UNREACHABLE)
			return error_copy(err, &why);
		*ret_there = r >= 0 && reply->status == 200 &&
			reply->body.n > 0;
	}
	return 0;
}

static int ask_token(struct service *s, bool *ret_there, struct error *err)
{
	CLEANUP(http_reply_done) struct http_reply reply = { .status = 0 };
	const struct http_header ttl = {
		"X-aws-ec2-metadata-token-ttl-seconds", "21600" };
	int r = service_ask(s, true, path_token, &ttl, &reply, ret_there, err);

	if (r < 0 || !*ret_there)
		return r;
	if (!nearby_is_word(&reply.body, WORD_MAX))
		return error_set(err, ERROR_MALFORMED,
			"'%s%s' gave no token: is it the metadata service",
			s->base, path_token);
	snprintf(s->token, sizeof(s->token), "%s", buf_str(&reply.body));
	return 0;
}

/* The role's name has to be one, before it becomes part of a path. */
static int ask_role(struct service *s, char ret[WORD_MAX + 1], bool *ret_there,
	struct error *err)
{
	CLEANUP(http_reply_done) struct http_reply reply = { .status = 0 };
	const struct http_header token = { "X-aws-ec2-metadata-token",
		s->token };
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+=,.@-";
	int r = service_ask(s, false, path_role, &token, &reply, ret_there, err);

	if (r < 0 || !*ret_there)
		return r;
	snprintf(ret, WORD_MAX + 1, "%s", buf_str(&reply.body));
	ret[strcspn(ret, "\r\n")] = '\0';
	if (ret[0] && strlen(ret) <= 64 && strspn(ret, letters) == strlen(ret))
		return 0;
	return error_set(err, ERROR_MALFORMED,
		"'%s%s' gave no name of a role: is it the metadata service",
		s->base, path_role);
}

static int ask_keys(struct service *s, const char *role,
	struct aws_credentials *ret, bool *ret_there, struct error *err)
{
	CLEANUP(http_reply_done) struct http_reply reply = { .status = 0 };
	const struct http_header token = { "X-aws-ec2-metadata-token",
		s->token };
	char path[URL_MAX], whose[ORIGIN_MAX];
	int r;

	snprintf(path, sizeof(path), "%s%s", path_role, role);
	snprintf(whose, sizeof(whose), "this machine's role '%s'", role);
	r = service_ask(s, false, path, &token, &reply, ret_there, err);
	if (r < 0 || !*ret_there)
		return r;
	r = answer_parse(ANSWER_SERVICE, reply.body.p, reply.body.n, whose,
		ret, err);
	return r < 0 ? r : answer_check_time(ret, time(NULL), err);
}

static bool is_disabled(void)
{
	const char *value = config_getenv("AWS_EC2_METADATA_DISABLED");

	return value && strcasecmp(value, "true") == 0;
}

static int load_metadata(const struct source_request *q,
	struct aws_recipe *ret, bool *ret_found, struct error *err)
{
	CLEANUP(service_done) struct service s = { .timeout = 0 };
	char role[WORD_MAX + 1];
	bool there = false;
	int r;

	if (is_disabled())
		return 0;
	r = service_open(&s, q, err);
	if (r >= 0)
		r = ask_token(&s, &there, err);
	if (r >= 0 && there)
		r = ask_role(&s, role, &there, err);
	if (r >= 0 && there)
		r = ask_keys(&s, role, &ret->keys, &there, err);
	*ret_found = r >= 0 && there;
	return r;
}

const struct credential_source source_metadata = { "metadata",
	load_metadata };
