/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a directory, in the order of their names. */
#ifndef BRIDGE_AUDIT_FILE_FOLDER_H
#define BRIDGE_AUDIT_FILE_FOLDER_H

#include "base/error.h"

struct audit_folder {
	char **paths; /* owned, with the directory's name before them */
	size_t n;
};

/* 1 where `path` is a directory; 0, *ret untouched, where it is none. Names
 * that begin with a dot, and what is no regular file, are left out. */
int audit_folder_list(struct audit_folder *ret, const char *path,
	struct error *err);
void audit_folder_done(struct audit_folder *f);

#endif
