/* SPDX-License-Identifier: Apache-2.0 */
/* A heap that wipes. */
#include "aws/http/memory.h"

#include "base/util.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *memory_alloc(size_t n)
{
	return malloc(n);
}

void *memory_calloc(size_t count, size_t size)
{
	return calloc(count, size);
}

void memory_free(void *p)
{
	/* all of the block: what the owner asked for is not known here */
	if (p)
		wipe(p, malloc_usable_size(p));
	free(p);
}

void *memory_realloc(void *p, size_t n)
{
	size_t old = p ? malloc_usable_size(p) : 0;
	void *q;

	if (p && n == 0) {
		memory_free(p);
		return NULL;
	}
	q = malloc(n);
	if (!q)
		return NULL;
	if (p)
		memcpy(q, p, old < n ? old : n);
	memory_free(p);
	return q;
}

char *memory_strdup(const char *s)
{
	return strdup(s);
}
