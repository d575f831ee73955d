/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A new directory that is there whole or not at all: its files are written in
 * one beside it, which gets the name at the end. What a process that was killed
 * leaves of it is removed by the next one that makes the same.
 */
#ifndef BASE_FOLDER_H
#define BASE_FOLDER_H

#include "base/error.h"

#include <dirent.h>
#include <stddef.h>

struct folder {
	char *path; /* owned: the name that it gets */
	char *temp; /* owned: the name that it has; NULL: it has its own */
	int fd;     /* locked as long as it is written */
};

#define FOLDER_INIT { NULL, NULL, -1 }

/* An empty one, mode 0700. ERROR_CONFLICT where path exists. */
int folder_begin(struct folder *ret, const char *path, struct error *err);
/*
 * A new file in it, mode 0600, synced. `name` may have one directory before it,
 * which is made.
 */
int folder_add(struct folder *f, const char *name, const void *p, size_t n,
	struct error *err);
/* Takes such a file away again. */
int folder_drop(struct folder *f, const char *name, struct error *err);
/* Gives it its name, synced; ERROR_CONFLICT where that exists by now. */
int folder_publish(struct folder *f, struct error *err);
/* CLEANUP handler: what was not published is removed. */
void folder_done(struct folder *f);

/* ---- of any directory ---- */

/* Opens one below `at` (AT_FDCWD: by its path), no link in the last place of it.
 * -1 and errno. */
int folder_open(int at, const char *path);
/* Its names from the first on, for closedir; fd stays the caller's. NULL and
 * errno. */
DIR *folder_read(int fd);

#endif
