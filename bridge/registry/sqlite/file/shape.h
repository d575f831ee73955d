/* SPDX-License-Identifier: Apache-2.0 */
/* What tables, columns and indexes a registry's file has. */
#ifndef BRIDGE_REGISTRY_SQLITE_FILE_SHAPE_H
#define BRIDGE_REGISTRY_SQLITE_FILE_SHAPE_H

#include "bridge/registry/sqlite/file/store.h"

/* "column events.seq INTEGER", which is missing or is one too many; where all
 * columns and indexes are there "statement of table events", which has more in
 * it than they tell. */
typedef void shape_difference_fn(const char *what, bool missing, void *arg);

/*
 * Compares them with those of a new registry: all of them, or the ledger's
 * alone, where the projections are an older program's.
 */
int shape_compare(struct registry *reg, bool all, shape_difference_fn *each,
	void *arg, struct error *err);

#endif
