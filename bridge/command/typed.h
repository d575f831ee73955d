/* SPDX-License-Identifier: Apache-2.0 */
/* A command line that is not finished: what is typed so far, and where it is. */
#ifndef BRIDGE_COMMAND_TYPED_H
#define BRIDGE_COMMAND_TYPED_H

#include "bridge/command/command.h"

struct typed {
	struct options options;  /* with values; arguments: the other words */
	enum option_id pending;  /* whose value comes next; OPTION_COUNT: none */
	bool no_more_options;    /* -- was typed */
	const struct verb *verb; /* NULL: none yet */
	int used;                /* how many arguments are its name */
	char *last;              /* the word to complete; borrowed */
	const char *before;      /* of that word, what is no part of the value: */
	int before_n;            /* "--token=", so many bytes; borrowed */
};

/*
 * Reads words behind the program's name, of which the last is not finished,
 * into *t, which is all zeros. A mistake on the way is passed over; false where
 * the words are no verb's. typed_done() in any case.
 */
bool typed_read(struct typed *t, int n, char **words);
void typed_done(struct typed *t);

#endif
