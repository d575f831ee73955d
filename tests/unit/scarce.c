/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that runs out where a test wants it. */
#include "tests/unit/scarce.h"

#include <malloc.h>
#include <sqlite3.h>

struct scarce scarce;

static struct scarce_heap sqlite_heap;

bool scarce_fails(void)
{
	if (scarce.countdown == 0)
		return false;
	if (scarce.countdown > 1) {
		scarce.countdown--;
		return false;
	}
	if (!scarce.onwards)
		scarce.countdown = 0;
	scarce.met = true;
	return true;
}

static void *sqlite_take(int n)
{
	return scarce_fails() ? NULL : sqlite_heap.take((size_t)n);
}

static void *sqlite_resize(void *p, int n)
{
	return scarce_fails() ? NULL : sqlite_heap.resize(p, (size_t)n);
}

static int sqlite_size(void *p)
{
	return (int)malloc_usable_size(p);
}

static int sqlite_round(int n)
{
	return (n + 7) & ~7;
}

static int sqlite_begin(void *context)
{
	(void)context;
	return SQLITE_OK;
}

static void sqlite_end(void *context)
{
	(void)context;
}

bool scarce_sqlite(struct scarce_heap heap)
{
	const struct sqlite3_mem_methods methods = { sqlite_take, heap.give,
		sqlite_resize, sqlite_size, sqlite_round, sqlite_begin,
		sqlite_end, NULL };

	sqlite_heap = heap;
	return sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) == SQLITE_OK &&
		sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0) == SQLITE_OK;
}
