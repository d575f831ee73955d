/* SPDX-License-Identifier: Apache-2.0 */
/* Owners of policies by name. */
#include "aws/rights/table.h"

#include "base/util.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void rights_names_done(struct rights_names *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		free(list->p[i]);
	free_p(&list->p);
	list->n = 0;
}

void rights_table_done(struct rights_table *t)
{
	size_t i;

	for (i = 0; i < t->n; i++) {
		free(t->p[i].name);
		free(t->p[i].id);
		free(t->p[i].boundary);
		rights_names_done(&t->p[i].policies);
		rights_names_done(&t->p[i].groups);
	}
	free_p(&t->p);
	t->n = t->size = 0;
}

struct rights_owner *rights_owner_add(struct rights_table *t, const char *name)
{
	struct rights_owner *grown;
	size_t size;

	if (t->n == t->size) {
		size = t->size ? 2 * t->size : 64;
		grown = reallocarray(t->p, size, sizeof(*grown));
		if (!grown)
			return NULL;
		t->p = grown;
		t->size = size;
	}
	memset(&t->p[t->n], 0, sizeof(t->p[t->n]));
	t->p[t->n].name = strdup(name);
	return t->p[t->n].name ? &t->p[t->n++] : NULL;
}

/* A user has ten groups and twenty policies at most. */
int rights_names_add(struct rights_names *list, const char *name,
	struct error *err)
{
	char **grown = reallocarray(list->p, list->n + 1, sizeof(*grown));

	if (!grown)
		return error_memory(err);
	list->p = grown;
	list->p[list->n] = strdup(name);
	if (!list->p[list->n])
		return error_memory(err);
	list->n++;
	return 0;
}

static int owner_by_name(const void *a, const void *b)
{
	return strcmp(((const struct rights_owner *)a)->name,
		((const struct rights_owner *)b)->name);
}

void rights_table_sort(struct rights_table *t)
{
	if (t->n)
		qsort(t->p, t->n, sizeof(*t->p), owner_by_name);
}

const struct rights_owner *rights_owner_find(const struct rights_table *t,
	const char *name)
{
	const struct rights_owner key = { .name = (char *)(uintptr_t)name };

	return t->n ? bsearch(&key, t->p, t->n, sizeof(key), owner_by_name) : NULL;
}
