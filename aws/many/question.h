/* SPDX-License-Identifier: Apache-2.0 */
/* A question that has to wait, and queues of such; for this room only. */
#ifndef AWS_MANY_QUESTION_H
#define AWS_MANY_QUESTION_H

#include "aws/many/ask.h"
#include "base/deadline.h"

#include <stddef.h>

struct one {
	struct one *next;
	struct ask ask; /* params are in `form` */
	_Alignas(max_align_t) unsigned char room[ASK_ROOM_MAX];
	ask_done_fn done;
	void *data;
	struct buf form;     /* owned */
	size_t form_n;       /* of it without a marker */
	struct pages pages;  /* of a list */
	unsigned attempts;   /* without a good answer */
	int64_t not_before;
	uint64_t played;     /* one more than the number of its next answer on
	                        the tape; 0: not looked up, or none */
};

struct queue {
	struct one *first, **last;
};

void queue_init(struct queue *q);
/* Behind all others; before them. Takes the question. */
void queue_put(struct queue *q, struct one *o);
void queue_put_first(struct queue *q, struct one *o);
/* The first one, owned by the caller; NULL where there is none. */
struct one *queue_take(struct queue *q);
/* This one, which is in it. */
void queue_remove(struct queue *q, struct one *o);

/* As of calls_ask. */
int one_new(struct one **ret, const struct ask *ask, ask_done_fn done,
	void *data, struct error *err);
void one_free(struct one **o);
/* Makes ->form that of the page that is next. */
int one_form(struct one *o, struct error *err);

#endif
