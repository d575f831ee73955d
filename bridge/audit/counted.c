/* SPDX-License-Identifier: Apache-2.0 */
/* Users and how many devices each had. */
#include "bridge/audit/counted.h"

#include <stdlib.h>
#include <string.h>

void audit_counted_done(struct audit_counted *c)
{
	size_t i;

	for (i = 0; i < c->n; i++) {
		free(c->p[i].user_id);
		free(c->p[i].kinds);
	}
	free_p(&c->p);
	c->n = c->size = c->missing = 0;
}

static int by_user_id(const void *a, const void *b)
{
	const struct audit_count *x = a, *y = b;

	return strcmp(x->user_id, y->user_id);
}

void audit_counted_sort(struct audit_counted *c)
{
	if (c->n)
		qsort(c->p, c->n, sizeof(*c->p), by_user_id);
}

int audit_counted_add(struct audit_counted *c, const char *user_id,
	size_t devices, const char *kinds, time_t when, struct error *err)
{
	struct audit_count *grown, *new;
	size_t size;

	if (c->n == c->size) {
		size = c->size ? 2 * c->size : 64;
		grown = reallocarray(c->p, size, sizeof(*grown));
		if (!grown)
			return error_memory(err);
		c->p = grown;
		c->size = size;
	}
	new = &c->p[c->n++];
	new->user_id = strdup(user_id);
	new->devices = devices;
	new->kinds = strdup(devices ? kinds : "");
	new->when = when;
	return new->user_id && new->kinds ? 0 : error_memory(err);
}
