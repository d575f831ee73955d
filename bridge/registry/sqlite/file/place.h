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

/* The same; where we may not, ERROR_PERMISSION. */
int place_check_writable(const char *path, struct error *err);

/* Whether we may make path where nothing is yet, as far as the directory goes:
 * ERROR_PERMISSION, in the words for one that may not be read. */
int place_check_room(const char *path, struct error *err);

/* Makes the directory of path, 0700, and those above it. */
int place_make_directory(const char *path, struct error *err);

/* The directory that holds path; a new string, NULL without memory. */
char *place_directory(const char *path);

/* Owned by root or the effective user and writable by nobody else, else
 * ERROR_PERMISSION. */
int place_check_directory(const char *path, struct error *err);

#endif
