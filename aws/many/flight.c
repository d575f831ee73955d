/* SPDX-License-Identifier: Apache-2.0 */
/* Questions that are under way: a request sent for each, its reply taken. */
#include "aws/many/calls-private.h"

#include <stdlib.h>

struct flight {
	struct flight *next;
	struct calls *c;
	struct one *one;     /* owned */
	struct http_exchange *x;
	struct http_request request;
	struct attempt_room room;
	struct http_reply reply;
	int64_t sent;
};

static void flight_free(struct flight **f)
{
	struct flight **at = &(*f)->c->flights;

	while (*at != *f)
		at = &(*at)->next;
	*at = (*f)->next;
	(*f)->c->figures.under_way--;
	http_reply_done(&(*f)->reply);
	free_p(f);
}

int flight_begin(struct calls *c, struct one *o, struct error *err)
{
	struct flight *f = calloc(1, sizeof(*f));
	struct outcome outcome = { .code = "" };
	int r;

	if (!f)
		return error_memory(err);
	*f = (struct flight){ .next = c->flights, .c = c, .one = o,
		.sent = deadline_now() };
	c->flights = f;
	c->figures.under_way++;
	attempt_request(c->s, o->ask.op, &o->form, &f->room, &f->request);
	r = http_begin(c->http, &f->request, &f->reply, f, &f->x,
		&outcome.error);
	if (r >= 0)
		return 0;
	r = attempt_read(c->s, o->ask.op, &o->form, r, &f->reply, NULL,
		&outcome);
	flight_free(&f);
	error_copy(err, &outcome.error);
	return r;
}

struct one *flight_drop(struct calls *c)
{
	struct flight *f = c->flights;
	struct one *o;

	if (!f)
		return NULL;
	o = f->one;
	http_end(&f->x, NULL);
	flight_free(&f);
	return o;
}

int flight_take(struct calls *c, struct landed *ret)
{
	struct http_exchange *x = c->http ? http_over(c->http) : NULL;
	struct flight *f;

	if (!x)
		return 0;
	f = http_data(x);
	*ret = (struct landed){ .one = f->one, .sent = f->sent,
		.outcome.code = "" };
	ret->result = http_end(&f->x, &ret->outcome.error);
	ret->result = attempt_read(c->s, f->one->ask.op, &f->one->form,
		ret->result, &f->reply, &ret->reply, &ret->outcome);
	flight_free(&f);
	return 1;
}
