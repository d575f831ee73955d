/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container's credentials: a service that variables name, for which they may
 * give a token.
 */
#include "aws/source/source.h"

#include "aws/keys/answer.h"
#include "aws/source/nearby.h"
#include "aws/text/url.h"
#include "base/buf.h"
#include "base/file.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define URL_MAX 2048
#define TOKEN_MAX 8192
#define TIMEOUT_MS 2000
#define ATTEMPTS 3
#define PAUSE_MS 1000

static const char relative[] = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
static const char full[] = "AWS_CONTAINER_CREDENTIALS_FULL_URI";

/* https, this machine, and the addresses that AWS's agents have. */
static bool may_be_asked(const struct url *u)
{
	static const char *const hosts[] = { "169.254.170.2",
		"169.254.170.23", "[fd00:ec2::23]" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(hosts); i++)
		if (url_host_is(u, hosts[i]))
			return true;
	return !u->plain || url_is_loopback(u);
}

static int find_url(char ret[URL_MAX], struct error *err)
{
	const char *path = config_variable(relative);
	const char *name = path ? relative : full;
	const char *value = path ? path : config_variable(full);
	struct url u;
	int n = snprintf(ret, URL_MAX, "%s%s", path ? "http://169.254.170.2" :
		"", value);

	if (n < 0 || n >= URL_MAX || !url_parse(ret, &u))
		return error_set(err, ERROR_USAGE,
			"%s is '%.200s', which is no address of a container's "
			"credentials", name, value);
	if (may_be_asked(&u))
		return 0;
	return error_set(err, ERROR_REFUSED,
		"%s names '%.*s', which is refused: https, a loopback address, "
		"169.254.170.2, 169.254.170.23 and fd00:ec2::23 are allowed",
		name, (int)u.host_n, u.host);
}

/* The file's goes before the variable's own. */
static int find_token(struct buf *ret, struct error *err)
{
	const char *path =
		config_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
	const char *value = config_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN");
	size_t i;
	int r = 0;

	if (path)
		r = file_read(path, FILE_ANY, ret, NULL, err);
	else if (value)
		buf_put_str(ret, value);
	if (r < 0)
		return r;
	for (i = 0; i < ret->n; i++)
		if (ret->p[i] < ' ' || ret->p[i] > '~')
			return error_set(err, ERROR_MALFORMED,
				"the authorization token of the container's "
				"credentials holds a character that no header "
				"may have");
	return buf_check(ret, "the authorization token", err);
}

static int container_ask_once(struct nearby *l, const char *url,
	const struct http_header *headers, struct http_reply *reply,
	struct error *err)
{
	int r = nearby_ask(l, false, url, headers, reply, err);

	if (r < 0 || reply->status == 200)
		return r;
	return error_set(err, ERROR_UNREACHABLE,
		"'%s' answered with HTTP %d", url, reply->status);
}

static int container_ask(struct nearby *l, const char *url,
	const struct http_header *headers, struct http_reply *reply,
	struct error *err)
{
	struct error why;
	int r = 0, i;

	for (i = 0; i < ATTEMPTS; i++) {
		if (i > 0 && deadline_sleep(deadline_in(PAUSE_MS),
				     l->q->cancel_fd))
			return error_set(err, ERROR_INTERRUPTED, "interrupted");
		r = container_ask_once(l, url, headers, reply, &why);
		if (r != -ERROR_UNREACHABLE)
			break;
	}
	if (r >= 0)
		return 0;
	return why.code == ERROR_INTERRUPTED ? error_copy(err, &why) :
		error_set(err, why.code, "the container's credentials: %s",
			why.text);
}

static int fetch(const struct source_request *q, const char *url,
	struct buf *token, struct aws_credentials *ret, struct error *err)
{
	CLEANUP(http_reply_done) struct http_reply reply = { .status = 0 };
	CLEANUP(nearby_done) struct nearby l = { .http = NULL };
	const struct http_header headers[] = {
		{ "Accept", "application/json" },
		{ token->n > 0 ? "Authorization" : NULL, buf_str(token) },
		{ NULL, NULL },
	};
	int r;

	r = nearby_open(&l, q, TIMEOUT_MS, err);
	if (r >= 0)
		r = container_ask(&l, url, headers, &reply, err);
	if (r >= 0)
		r = answer_parse(ANSWER_SERVICE, reply.body.p, reply.body.n,
			"the container's service", ret, err);
	return r < 0 ? r : answer_check_time(ret, time(NULL), err);
}

static int load_container(const struct source_request *q,
	struct aws_recipe *ret, bool *ret_found, struct error *err)
{
	CLEANUP(buf_done) struct buf token;
	char url[URL_MAX];
	int r;

	buf_init(&token, TOKEN_MAX);
	if (!config_variable(relative) && !config_variable(full))
		return 0;
	r = find_url(url, err);
	if (r >= 0)
		r = find_token(&token, err);
	if (r >= 0)
		r = fetch(q, url, &token, &ret->keys, err);
	*ret_found = r >= 0;
	return r;
}

const struct credential_source source_container = { "container",
	load_container };
