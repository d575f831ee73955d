/* SPDX-License-Identifier: Apache-2.0 */
/* Where the shared files lie. */
#ifndef AWS_CONFIG_PATH_H
#define AWS_CONFIG_PATH_H

#include "base/error.h"

/*
 * A path with $NAME, ${NAME}, ~ and ~USER filled in as Python's
 * os.path.expandvars() and expanduser() do: what is not known stays as it
 * stands. Owned; NULL without memory.
 */
char *path_expand(const char *path);

/* The home directory of who this process is; NULL: none. Owned. */
char *path_home(void);

#endif
