/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a registry's file is: who can change it, and how a new one gets its
 * name.
 */
#ifndef BRIDGE_REGISTRY_SQLITE_FILE_PLACE_H
#define BRIDGE_REGISTRY_SQLITE_FILE_PLACE_H

#include "base/error.h"

#include <stdbool.h>

/*
 * Whether path is a regular file that, with its directory, belongs to root or
 * the effective user and is writable by nobody else: ERROR_PERMISSION. One that
 * is not there is success with *ret_absent = true.
 */
int place_check(const char *path, bool *ret_absent, struct error *err);

/* Whether we may write the file, and a journal beside it. */
bool place_is_writable(const char *path);

/* Makes the directory of path, 0700, and those above it. */
int place_make_directory(const char *path, struct error *err);

/*
 * Makes an empty file beside path for a database that becomes `path` when it
 * is whole; *ret is its name, a new string. The caller unlinks it on failure.
 * ERROR_CONFLICT where path exists.
 */
int place_scratch(const char *path, char **ret, struct error *err);
/* Gives a scratch file its name, unless that exists: ERROR_CONFLICT. */
int place_publish(const char *scratch, const char *path, struct error *err);
/* CLEANUP handler: unlinks the file and its journal, frees the string. */
void place_unlink_p(char **path);

#endif
