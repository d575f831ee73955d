/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file that appears whole: what is printed goes into a new one beside its
 * name, which takes the name when all is there. For what has no room in memory;
 * else file_write_atomic.
 */
#ifndef BASE_NEWFILE_H
#define BASE_NEWFILE_H

#include "base/error.h"

#include <stdio.h>

struct newfile;

/*
 * Makes the new file (0600). What has the name already must be a regular file,
 * no link: a device or a pipe would be lost to it. ERROR_PERMISSION,
 * ERROR_FAILED.
 */
int newfile_new(struct newfile **ret, const char *path, struct error *err);

/* Where it is printed; owned by the file. */
FILE *newfile_stream(struct newfile *f);

/*
 * Flushed, fsynced, renamed, the directory fsynced. On failure what had the
 * name has it still. Frees the file either way.
 */
int newfile_publish(struct newfile **f, struct error *err);

/* Removes what was not published. NULL is fine at both levels. */
void newfile_free(struct newfile **f);

#endif
