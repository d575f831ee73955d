/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A database under way: a file beside the one that it becomes, which gets that
 * name when it is whole. What a process that was killed left behind is removed
 * by the next one that makes the same file.
 */
#ifndef BRIDGE_REGISTRY_SQLITE_FILE_SCRATCH_H
#define BRIDGE_REGISTRY_SQLITE_FILE_SCRATCH_H

#include "base/error.h"

struct scratch {
	char *path; /* owned; NULL: there is none */
	int lock;   /* flock: it is being written */
};

#define SCRATCH_INIT { NULL, -1 }

/*
 * Makes an empty file for `path`, mode 0600, into one that has none. Its
 * descriptor stays open until scratch_done, which therefore comes after SQLite
 * has closed the file: POSIX drops a process's locks with any descriptor of it.
 * ERROR_CONFLICT where path exists.
 */
int scratch_make(struct scratch *ret, const char *path, struct error *err);
/* Gives it its name, unless that exists: ERROR_CONFLICT. */
int scratch_publish(const struct scratch *s, const char *path,
	struct error *err);
/* CLEANUP handler: unlinks the file and its journal. */
void scratch_done(struct scratch *s);

#endif
