/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP requests over connections that are kept alive, signed by libcurl's own
 * AWS signature version 4 where the caller gives a key: one after the other over
 * one connection, or several at once over as many.
 *
 * Two implementations: http.c over libcurl, and http-none.c for programs that
 * do not link it, where every request is ERROR_UNSUPPORTED.
 */
#ifndef AWS_HTTP_HTTP_H
#define AWS_HTTP_HTTP_H

#include "base/buf.h"
#include "base/deadline.h"
#include "base/secret.h"

#include <time.h>

struct http;

struct http_options {
	const struct buf *ca_pem; /* PEM, and nothing else counts; NULL or
	                             empty: the system's */
	const char *user_agent;
	int cancel_fd;          /* readable: ERROR_INTERRUPTED; -1: none */
};

/* A header line beside the usual ones: printable ASCII, each name once. */
struct http_header {
	const char *name;
	const char *value;
};

/* Everything is borrowed for the call. */
struct http_request {
	const char *url;          /* https; http only where nothing leaves this
	                             machine, or for a service of the machine's
	                             own link */
	const char *proxy;        /* "": none; NULL: the environment's. To plain
	                             http there is none */
	const struct http_header *headers; /* more of them, ends with a NULL
	                             name; NULL: none; never with `sign` */
	const char *content_type; /* always sent: it has to be signed */
	const char *target;       /* X-Amz-Target; NULL: none */
	const void *body;         /* of a POST, body_n bytes */
	size_t body_n;
	const char *etag;         /* of a GET: only what differs from it
	                             (If-None-Match); NULL or "": whatever */
	/* "aws:amz:REGION:SERVICE" (all four parts); NULL: not signed */
	const char *sign;
	const char *key_id;
	const struct secret *key;
	const struct secret *token; /* X-Amz-Security-Token; NULL or empty:
	                               none */
	size_t reply_max;         /* larger bodies: ERROR_UNREACHABLE */
	bool repeatable;          /* may be sent a second time by libcurl when
	                             a reused connection turns out to be dead */
	deadline_t until;
};

/*
 * What came back. After a failure only `sent` means something: false where it
 * is certain that no byte of the request left this machine.
 */
struct http_reply {
	int status;
	bool sent;
	struct buf body;          /* owned, wiped by http_reply_done */
	char request_id[64];      /* x-amzn-RequestId, x-amz-request-id */
	char etag[128];           /* as it stands, checked text, or "" */
	bool has_date;
	time_t date;              /* of the Date header */
	int64_t date_at;          /* deadline_now() when it arrived, ms */
};

/* Whether this program can send requests at all. */
bool http_available(void);

/* Once per process, before threads: see aws_global_init. */
int http_global_init(struct error *err);

int http_new(struct http **ret, const struct http_options *options,
	struct error *err);
/* Closes the connections. */
void http_free(struct http **h);

/*
 * One POST, no redirect followed. A reply of whatever status is success; *ret must be all
 * zero or ended, and is to be ended by http_reply_done in any case.
 *
 * ERROR_UNREACHABLE (no connection, lost, TLS, too large), ERROR_TIMEOUT at
 * `until`, ERROR_INTERRUPTED, ERROR_UNSUPPORTED. Nothing is sent where the
 * deadline has passed or the cancel descriptor is readable already.
 */
int http_post(struct http *h, const struct http_request *request,
	struct http_reply *ret, struct error *err);
/* Likewise, one GET: neither content type, body nor signature are sent. */
int http_get(struct http *h, const struct http_request *request,
	struct http_reply *ret, struct error *err);
/* Likewise, one PUT of nothing. */
int http_put(struct http *h, const struct http_request *request,
	struct http_reply *ret, struct error *err);
void http_reply_done(struct http_reply *r);

/* ---- several at once ---- */

struct http_exchange;

/*
 * Begins a POST as of http_post. *request, what it points to, and *reply hold
 * until http_end; `data` is the caller's own. Where it cannot even begin it
 * fails with the errors of http_post, and reply->sent is false.
 */
int http_begin(struct http *h, const struct http_request *request,
	struct http_reply *reply, void *data, struct http_exchange **ret,
	struct error *err);
/*
 * Moves all that is under way in these, and waits until something of it has
 * come, or until `until`. ERROR_INTERRUPTED where a cancel descriptor is
 * readable: nothing is ended by that.
 */
int http_step(struct http *const *list, size_t n, deadline_t until,
	struct error *err);
/* One that is over and not yet ended; NULL where there is none. */
struct http_exchange *http_over(const struct http *h);
void *http_data(const struct http_exchange *x);
/* The result as of http_post, once. One still under way is broken off:
 * ERROR_INTERRUPTED. NULLs *x, which may be NULL: success. */
int http_end(struct http_exchange **x, struct error *err);

/* Connections made so far: tests hold a whole enrollment to one. */
unsigned http_connections(const struct http *h);

#endif
