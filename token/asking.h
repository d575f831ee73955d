/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens that were asked who they are and are still open. For this room only. */
#ifndef TOKEN_ASKING_H
#define TOKEN_ASKING_H

#include "token/hid/survey.h"
#include "token/token.h"

struct asking {
	struct token *tokens;   /* owned */
	struct survey *surveys; /* owned: one for each token */
	size_t n;
};

/*
 * As token_list, into an *ret that is all zero. Tokens on readers are in it,
 * and were not asked.
 */
int asking_run(struct asking *ret, const struct node *nodes, size_t n,
	int cancel_fd, deadline_t until, struct error *err);
void asking_done(struct asking *a);

/* It could not be asked, or opened: gets its problem from e. */
void asking_failed(struct token *t, const struct error *e);
/* It has told what it is: fido and devinfo are filled. */
void asking_identified(struct token *t);

#endif
