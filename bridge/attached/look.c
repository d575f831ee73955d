/* SPDX-License-Identifier: Apache-2.0 */
/* The tokens that are plugged in, asked and let go: without libfido2. */
#include "bridge/attached/attached.h"

#include "udev/nodes.h"

#include <stdlib.h>

void attached_done(struct attached *a)
{
	free(a->tokens);
	a->tokens = NULL;
	a->n = 0;
	a->chosen = NULL;
}

int attached_ask(const struct run *run, const struct node *nodes, size_t n,
	struct attached *ret, struct error *err)
{
	return token_list(nodes, n, run->cancel_fd, ATTACHED_ANSWER_MS,
		&ret->tokens, &ret->n, err);
}

int attached_look(const struct run *run, struct attached *ret,
	struct error *err)
{
	CLEANUP(free_p) struct node *nodes = NULL;
	size_t n;
	int r = nodes_enumerate(&nodes, &n, err);

	return r < 0 ? r : attached_ask(run, nodes, n, ret, err);
}
