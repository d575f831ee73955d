/* SPDX-License-Identifier: Apache-2.0 */
/* Requests on this machine's own link. */
#include "aws/source/nearby.h"

#include "aws/keys/answer.h"

int nearby_open(struct nearby *l, const struct source_request *q,
	int64_t timeout_ms, struct error *err)
{
	const struct http_options options = {
		.user_agent = "tokenbridge",
		.cancel_fd = q->cancel_fd,
	};

	l->q = q;
	l->timeout_ms = timeout_ms;
	return http_new(&l->http, &options, err);
}

void nearby_done(struct nearby *l)
{
	http_free(&l->http);
}

int nearby_ask(struct nearby *l, bool put, const char *url,
	const struct http_header *headers, struct http_reply *ret,
	struct error *err)
{
	const struct http_request request = {
		.url = url,
		.proxy = "",
		.headers = headers,
		.reply_max = ANSWER_MAX,
		.repeatable = true,
		.until = deadline_min(l->q->until,
			deadline_in(l->timeout_ms)),
	};
	struct error why;
	int r;

	http_reply_done(ret);
	r = put ? http_put(l->http, &request, ret, &why) :
		http_get(l->http, &request, ret, &why);
	if (r != -ERROR_TIMEOUT || deadline_passed(l->q->until))
		return r < 0 ? error_copy(err, &why) : 0;
	return error_set(err, ERROR_UNREACHABLE,
		"no answer from '%s' within %lld ms", url,
		(long long)l->timeout_ms);
}

bool nearby_is_word(const struct buf *body, size_t max)
{
	size_t i;

	for (i = 0; i < body->n; i++)
		if (body->p[i] <= ' ' || body->p[i] > '~')
			return false;
	return body->n > 0 && body->n <= max;
}
