/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands in place of libcurl in tests of calls, as far as it is the same in
 * all: whoever includes it has declared its own struct http before, and answers
 * by http_post or http_begin of its own. And the session that calls.
 */
#ifndef TESTS_UNIT_HTTP_DOUBLE_H
#define TESTS_UNIT_HTTP_DOUBLE_H

#include "aws/http/http.h"
#include "aws/query/session.h"

#include <stdlib.h>

bool http_available(void)
{
	return true;
}

int http_global_init(struct error *e)
{
	(void)e;
	return 0;
}

int http_new(struct http **ret, const struct http_options *options,
	struct error *e)
{
	(void)options;
	(void)e;
	*ret = calloc(1, sizeof(**ret));
	return 0;
}

unsigned http_connections(const struct http *h)
{
	(void)h;
	return 1;
}

void http_reply_done(struct http_reply *r)
{
	buf_done(&r->body);
}

#ifndef HTTP_DOUBLE_PUTS /* whoever looks at the method has its own */
int http_put(struct http *h, const struct http_request *request,
	struct http_reply *ret, struct error *e)
{
	return http_get(h, request, ret, e);
}
#endif

static struct aws_session *session;

static __attribute__((unused)) int open_session(void)
{
	struct aws_options o = AWS_OPTIONS_INIT;

	setenv("HOME", "/nonexistent", 1);
	setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "x", 1);
	setenv("AWS_SESSION_TOKEN", "TOKEN", 1);
	setenv("AWS_REGION", "eu-west-1", 1);
	return aws_session_new(&session, &o, NULL);
}

#endif
