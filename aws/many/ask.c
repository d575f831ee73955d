/* SPDX-License-Identifier: Apache-2.0 */
/* One question, alone. */
#include "aws/many/ask.h"

#include <string.h>

#define PARAMS_MAX 8

/* page_each writes the markers into its parameters. */
static int list_now(struct aws_session *s, const struct ask *ask, void *room,
	struct error *err)
{
	struct param params[PARAMS_MAX] = { { NULL, NULL } };
	size_t i;

	for (i = 0; ask->params[i].name && i + 1 < PARAMS_MAX; i++)
		params[i] = ask->params[i];
	return page_each(s, ask->op, params, ask->list, ask->member, room, err);
}

int ask_now(struct aws_session *s, const struct ask *ask, struct error *err)
{
	CLEANUP(reply_done) struct reply reply = { .xml = NULL };
	_Alignas(max_align_t) unsigned char room[ASK_ROOM_MAX];
	struct error e;
	int r;

	if (ask->room_n)
		memcpy(room, ask->room, ask->room_n);
	if (ask->list)
		return list_now(s, ask, room, err);
	r = call(s, ask->op, ask->params, &reply, &e);
	return ask->read(room, r < 0 ? NULL : &reply, r < 0 ? &e : NULL, err);
}
