/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A question to a service as data: what is sent, and what reads the answer.
 * The same one can be asked alone (ask_now), or as one of many that are under
 * way at once (aws/many/calls.h).
 */
#ifndef AWS_MANY_ASK_H
#define AWS_MANY_ASK_H

#include "aws/query/page.h"

#define ASK_ROOM_MAX 64

/* Whether there was an answer: `e` is NULL, or says why there is none. A
 * negative result ends everything that is under way. */
typedef int (*ask_done_fn)(void *data, const struct error *e,
	struct error *err);

struct ask {
	const struct operation *op;
	const struct param *params; /* as of call; of a list as of page_each */
	/*
	 * One reply, or (reply NULL) the failure `e`, which may be an answer,
	 * too: 0 makes it one, negative is the failure of the question. NULL
	 * for a list.
	 */
	int (*read)(void *room, const struct reply *reply,
		const struct error *e, struct error *err);
	/* Of a list: the result's child that holds the members, and who takes
	   each. Members come before a later page may fail. */
	const char *list;
	page_fn member;
	/* What the two are given: copied; what it points to holds until the
	   question has ended. At most ASK_ROOM_MAX bytes. */
	const void *room;
	size_t room_n;
};

/* Asks, and waits for the answer. Errors as of call, and those of `read`. */
int ask_now(struct aws_session *s, const struct ask *ask, struct error *err);

#endif
