/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request under way and the client that it belongs to, for the files of
 * this room only: request.c tells libcurl what to send, reply.c keeps what
 * comes and says what went wrong, http.c moves them all.
 */
#ifndef AWS_HTTP_EXCHANGE_H
#define AWS_HTTP_EXCHANGE_H

#include "aws/http/http.h"

#include <curl/curl.h>

struct http {
	CURLM *multi;           /* owned */
	struct buf ca_pem;      /* owned */
	char *user_agent;       /* owned */
	int cancel_fd;
	unsigned connections;
	struct http_exchange *first; /* under way, or over; the callers' */
};

enum method { METHOD_POST, METHOD_GET, METHOD_PUT };

/* One request under way. */
struct http_exchange {
	struct http *h;
	struct http_exchange *next;
	void *data;
	bool over;
	bool late;      /* its deadline passed, by our own clock */
	CURLcode code;  /* when it is over */
	const struct http_request *request;
	struct http_reply *reply;
	CURL *easy;
	enum method method;
	struct curl_slist *headers;
	unsigned sent;  /* times that sending began */
	bool interim;   /* the head under way is one of 100 to 199 */
	bool past_head; /* what still comes as a header is a trailer */
	bool too_large;
	char detail[CURL_ERROR_SIZE];
};

/* Tells libcurl all of it; false: it would not send just this request. */
bool exchange_set_request(struct http_exchange *x);
/* Has what comes kept in x->reply; the request's other callbacks too. */
void exchange_set_reply(struct http_exchange *x);

/* Say why there is no reply: ERROR_TIMEOUT, ERROR_UNREACHABLE. */
int exchange_timed_out(struct error *err);
int exchange_unreachable(const struct http_exchange *x, CURLcode code,
	struct error *err);

#endif
