/* SPDX-License-Identifier: Apache-2.0 */
/* Who holds the lock of a node: what /proc/locks says. */
#ifndef TOKEN_HID_HOLDER_H
#define TOKEN_HID_HOLDER_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Pid of the process that holds the lock on this open descriptor's file,
 * 0 if unknown; `name` (of size bytes) gets its program's name.
 */
pid_t hid_holder(int fd, char *name, size_t size);
/* The same for a node that is not opened. */
pid_t hid_holder_of_path(const char *path, char *name, size_t size);

#endif
