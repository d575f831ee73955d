/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of the registry: made, brought up to date, dropped, compared. */
#ifndef BRIDGE_REGISTRY_SQLITE_FILE_SCHEMA_H
#define BRIDGE_REGISTRY_SQLITE_FILE_SCHEMA_H

#include "bridge/registry/sqlite/file/store.h"

#define SCHEMA_APPLICATION 0x746b6272 /* "tkbr" */
#define SCHEMA_VERSION 1

/* All tables in an empty database; inside the caller's transaction. */
int schema_create(struct registry *reg, struct error *err);
/* application_id and user_version: nothing foreign, nothing newer. */
int schema_check(struct registry *reg, struct error *err);
/* Brings an older schema up to date where the handle may write. */
int schema_upgrade(struct registry *reg, struct error *err);
/* Makes, empties or drops the projections in "main" or "temp". */
int schema_project(struct registry *reg, const char *schema, struct error *err);
int schema_drop(struct registry *reg, const char *schema, struct error *err);
/*
 * Rows of projection n in one of "main" and "temp" that are not in the other:
 * their number, and the first's key as a new string. *ret_table is NULL behind
 * the last projection.
 */
int schema_compare(struct registry *reg, size_t n, bool in_temp,
	const char **ret_table, int64_t *ret_rows, char **ret_key,
	struct error *err);

#endif
