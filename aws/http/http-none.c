/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP for programs that have none. */
#include "aws/http/http.h"

bool http_available(void)
{
	return false;
}

int http_global_init(struct error *err)
{
	(void)err;
	return 0;
}

int http_new(struct http **ret, const struct http_options *options,
	struct error *err)
{
	(void)ret;
	(void)options;
	return error_set(err, ERROR_UNSUPPORTED,
		"this program cannot talk to AWS: it is built without HTTP");
}

void http_free(struct http **h)
{
	(void)h;
}

int http_post(struct http *h, const struct http_request *request,
	struct http_reply *ret, struct error *err)
{
	(void)h;
	(void)request;
	(void)ret;
	return http_new(NULL, NULL, err);
}

int http_get(struct http *h, const struct http_request *request,
	struct http_reply *ret, struct error *err)
{
	return http_post(h, request, ret, err);
}

int http_put(struct http *h, const struct http_request *request,
	struct http_reply *ret, struct error *err)
{
	return http_post(h, request, ret, err);
}

int http_begin(struct http *h, const struct http_request *request,
	struct http_reply *reply, void *data, struct http_exchange **ret,
	struct error *err)
{
	(void)data;
	(void)ret;
	return http_post(h, request, reply, err);
}

int http_step(struct http *const *list, size_t n, deadline_t until,
	struct error *err)
{
	(void)list;
	(void)n;
	(void)until;
	return http_new(NULL, NULL, err);
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

int http_end(struct http_exchange **x, struct error *err)
{
	(void)x;
	return http_new(NULL, NULL, err);
}

void http_reply_done(struct http_reply *r)
{
	buf_done(&r->body);
}

unsigned http_connections(const struct http *h)
{
	(void)h;
	return 0;
}
