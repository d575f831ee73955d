/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In place of libcurl where each call is answered at once by http_post: several
 * beside each other are in test_aws_many.c.
 */
#ifndef TESTS_UNIT_HTTP_ALONE_H
#define TESTS_UNIT_HTTP_ALONE_H

#include "aws/http/http.h"

int http_begin(struct http *h, const struct http_request *request,
	struct http_reply *reply, void *data, struct http_exchange **ret,
	struct error *e)
{
	(void)data;
	(void)ret;
	return http_post(h, request, reply, e);
}

int http_step(struct http *const *list, size_t n, deadline_t until,
	struct error *e)
{
	(void)list;
	(void)n;
	(void)until;
	return error_set(e, ERROR_FAILED, "nothing is under way");
}

struct http_exchange *http_over(const struct http *h)
{
	(void)h;
	return NULL;
}

void *http_data(const struct http_exchange *x)
{
	(void)x;
	return NULL;
}

int http_end(struct http_exchange **x, struct error *e)
{
	(void)x;
	(void)e;
	return 0;
}

#endif
