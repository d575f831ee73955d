/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attributes of one device in sysfs, whose folder is named by its path
 * (Linux, Documentation/admin-guide/sysfs-rules.rst). libudev resolves each
 * folder of a path anew for every device that it is asked for; a parent is a
 * prefix of the path that is resolved already.
 */
#ifndef UDEV_SYSFS_H
#define UDEV_SYSFS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Up to `size` bytes; -1 where it cannot be read. */
ssize_t sysfs_read(const char *folder, const char *name, void *ret,
	size_t size);

/* One line without its end, cut to fit; false and "" where there is none. */
bool sysfs_text(const char *folder, const char *name, char *ret, size_t size);

/* -1 where there is none; "100mA" is 100, and an empty one 0. */
int sysfs_number(const char *folder, const char *name, int base);

/* The folder's `uevent`; "" where there is none. */
#define SYSFS_UEVENT_MAX 4096
void sysfs_read_uevent(const char *folder, char ret[SYSFS_UEVENT_MAX]);
/* A value in the text of a `uevent`, as sysfs_text. */
bool sysfs_uevent(const char *text, const char *key, char *ret, size_t size);

/*
 * The folder that a link in a class or on a bus leads to; false where there is
 * no such link, or its path has no room. (sysfs makes them relative, and leads
 * through no other.)
 */
bool sysfs_link(const char *folder, const char *name, char *ret, size_t size);

/*
 * The nearest folder above `folder` (a path below /sys) that has that file, cut
 * off in place; false where there is none, and what is in `folder` is of no use
 * then.
 */
bool sysfs_parent(char *folder, const char *name);

#endif
