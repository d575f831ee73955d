/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens that stay open once they were asked, by libfido2. */
#include "token/asking.h"

#include <stdlib.h>

static int open_on_reader(struct token *t, struct fido **ret, int cancel_fd,
	deadline_t until, struct error *err)
{
	int r = fido_open(ret, t->node.path, t->node.vendor, cancel_fd,
		deadline_in(0), until, err);

	if (r < 0)
		return r;
	t->fido = *fido_info(*ret);
	t->devinfo = *fido_devinfo(*ret);
	asking_identified(t);
	return 0;
}

/* What is wrong with one is that one's problem. */
static int open_one(struct asking *a, size_t i, struct fido **ret,
	int cancel_fd, deadline_t until, struct error *err)
{
	struct token *t = &a->tokens[i];
	struct error e;
	int r;

	if (t->problem != TOKEN_USABLE)
		return 0;
	r = t->identified ? fido_from_survey(ret, &a->surveys[i], &e) :
		open_on_reader(t, ret, cancel_fd, until, &e);
	if (r == -ERROR_INTERRUPTED)
		return error_copy(err, &e);
	if (r < 0)
		asking_failed(t, &e);
	return 0;
}

int token_list_open(const struct node *nodes, size_t n, int cancel_fd,
	int64_t ms, struct token **ret, struct fido ***ret_open, size_t *ret_n,
	struct error *err)
{
	CLEANUP(asking_done) struct asking a = { NULL, NULL, 0 };
	struct fido **open = calloc(n + 1, sizeof(struct fido *));
	deadline_t until = deadline_in(ms);
	size_t i;
	int r;

	if (!open)
		return error_memory(err);
	r = asking_run(&a, nodes, n, cancel_fd, until, err);
	for (i = 0; r == 0 && i < a.n; i++)
		r = open_one(&a, i, &open[i], cancel_fd, until, err);
	if (r < 0) {
		token_close_all(&open, a.n);
		return r;
	}
	*ret_n = a.n;
	*ret = steal(&a.tokens);
	*ret_open = open;
	return 0;
}

void token_close_all(struct fido ***open, size_t n)
{
	size_t i;

	for (i = 0; *open && i < n; i++)
		fido_free(&(*open)[i]);
	free(*open);
	*open = NULL;
}
