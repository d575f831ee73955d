/* SPDX-License-Identifier: Apache-2.0 */
/* Questions that have to wait. */
#include "aws/many/question.h"

#include "aws/query/session-private.h"
#include "aws/text/form.h"

#include <stdlib.h>
#include <string.h>

void queue_init(struct queue *q)
{
	q->first = NULL;
	q->last = &q->first;
}

void queue_put(struct queue *q, struct one *o)
{
	o->next = NULL;
	*q->last = o;
	q->last = &o->next;
}

void queue_put_first(struct queue *q, struct one *o)
{
	o->next = q->first;
	if (!q->first)
		q->last = &o->next;
	q->first = o;
}

struct one *queue_take(struct queue *q)
{
	struct one *o = q->first;

	if (!o)
		return NULL;
	q->first = o->next;
	if (!q->first)
		q->last = &q->first;
	return o;
}

void queue_remove(struct queue *q, struct one *o)
{
	struct one **at = &q->first;

	while (*at != o)
		at = &(*at)->next;
	*at = o->next;
	if (!o->next)
		q->last = at;
}

void one_free(struct one **o)
{
	buf_done(&(*o)->form);
	pages_done(&(*o)->pages);
	free_p(o);
}

int one_new(struct one **ret, const struct ask *ask, ask_done_fn done,
	void *data, struct error *err)
{
	struct one *o = calloc(1, sizeof(*o));
	int r;

	if (!o)
		return error_memory(err);
	o->ask = *ask;
	o->done = done;
	o->data = data;
	if (ask->room_n)
		memcpy(o->room, ask->room, ask->room_n);
	o->pages.op = ask->op;
	r = attempt_form(&o->form, ask->op, ask->params, err);
	if (r < 0) {
		one_free(&o);
		return r;
	}
	o->form_n = o->form.n;
	*ret = o;
	return 0;
}

/* Puts the marker of the page that is next behind the form. */
int one_form(struct one *o, struct error *err)
{
	o->form.n = o->form_n;
	if (o->pages.marker)
		form_put(&o->form, "Marker", o->pages.marker);
	return buf_check(&o->form, "the request", err);
}
