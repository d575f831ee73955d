/* SPDX-License-Identifier: Apache-2.0 */
/* Whether what a service starts can see tokens at all, and work with them. */
#ifndef BRIDGE_LOGIN_PAM_DEVICES_H
#define BRIDGE_LOGIN_PAM_DEVICES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Whether the file system of that number is one of kind devtmpfs, by the n bytes
 * of a mountinfo (proc(5)). True where it is not in them, too: what is not known
 * hides nothing. Pure.
 */
bool devices_parse(const char *p, size_t n, unsigned major, unsigned minor);

/* False where /dev is another than the kernel's: systemd's PrivateDevices=, a
 * container's. */
bool devices_are_seen(void);

/*
 * Whether this process, and so whatever it starts, may use some system calls
 * only (seccomp(2)), or get no more rights (no_new_privs): a service that systemd
 * keeps in a sandbox of its own.
 */
bool devices_are_confined(void);

#endif
