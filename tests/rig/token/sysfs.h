/* Devices of the running kernel, for the transports that make real ones. */
#ifndef TOKEN_SYSFS_H
#define TOKEN_SYSFS_H

#include "token.h"

/* The number of the hidraw node whose HID device has this HID_PHYS, or -1. */
int sysfs_hidraw(const char *phys);
/* "/dev/hidrawN", or NULL; the caller frees. */
char *sysfs_hidraw_path(const char *phys);
/* A file's text without white space at its end, or NULL; the caller frees. */
char *sysfs_read(const char *folder, const char *name);
/* False when the kernel refuses; errno says why. */
bool sysfs_write(const char *path, const char *text);
/* chmod by an octal number as text. */
bool sysfs_permission(const char *phys, const char *mode);
/* Has the kernel send an event. */
void sysfs_event(const char *phys, const char *action);

#endif
