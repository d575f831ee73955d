/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plug and unplug: what the kernel or udevd says about hidraw nodes and USB
 * devices. What an event says of a device is not kept: enumerate again
 * (nodes.h) when something has happened. The one thing that enumerating cannot
 * show is a device that went and came back in between; that is told.
 */
#ifndef UDEV_MONITOR_H
#define UDEV_MONITOR_H

#include "base/error.h"

enum monitor_source {
	MONITOR_UDEV,   /* after udevd's rules: permissions are there */
	MONITOR_KERNEL, /* no udevd here: containers, initramfs */
};

struct monitor;

/*
 * Listens from now on: make it before enumerating, and nothing is missed.
 * Where udevd's control socket is not there nobody would send on its channel,
 * and the kernel's own is taken. (A container with a network namespace of its
 * own may get nothing from either: the kernel sends to the namespace that a
 * device belongs to.)
 */
int monitor_new(struct monitor **ret, struct error *err);
void monitor_free(struct monitor **m);

enum monitor_source monitor_source(const struct monitor *m);
/* For poll(): readable when monitor_take has something. Borrowed. */
int monitor_fd(const struct monitor *m);

/* A USB device is gone; usb_dev is the number that it had, 0 if unknown. */
typedef void monitor_unplugged_fn(const char *usb_path, unsigned usb_dev,
	void *arg);

struct monitor_news {
	unsigned events; /* 0: nothing happened */
	bool lost;       /* more than the socket could hold: some were dropped,
	                    and only enumerating tells how things stand */
};

/*
 * Takes all that has arrived, without waiting. Messages that make no sense
 * count as events. ERROR_FAILED where the socket is of no use any more.
 */
int monitor_take(struct monitor *m, monitor_unplugged_fn *unplugged, void *arg,
	struct monitor_news *ret, struct error *err);

#endif
