/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests to a service of this machine's own link, which gives it keys: plain
 * http mostly, so never by a proxy, and to no other host than its rule allows.
 */
#ifndef AWS_SOURCE_NEARBY_H
#define AWS_SOURCE_NEARBY_H

#include "aws/http/http.h"
#include "aws/source/recipe.h"

struct nearby {
	const struct source_request *q; /* borrowed */
	struct http *http;              /* owned */
	int64_t timeout_ms;             /* of one attempt */
};

int nearby_open(struct nearby *l, const struct source_request *q,
	int64_t timeout_ms, struct error *err);
void nearby_done(struct nearby *l);

/*
 * One attempt: a GET, or a PUT of nothing. Errors as of http_get, the text with
 * the URL; ERROR_UNREACHABLE too where the attempt's time was over.
 */
int nearby_ask(struct nearby *l, bool put, const char *url,
	const struct http_header *headers, struct http_reply *ret,
	struct error *err);

/* Whether the text of a reply is short, and of printable characters alone. */
bool nearby_is_word(const struct buf *body, size_t max);

#endif
