/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a USB device stands: let in, configured, powered, with drivers. Read from
 * sysfs; the device itself is left alone. (Linux, Documentation/ABI/testing/
 * sysfs-bus-usb; USB 2.0 section 9.6.3 for bmAttributes.)
 */
#ifndef UDEV_USB_H
#define UDEV_USB_H

#include <stdbool.h>
#include <stddef.h>

#define USB_INTERFACES_MAX 8

struct usb_interface {
	unsigned number;
	unsigned class;
	char driver[32]; /* "" where none has it */
};

/* What a machine does not say is -1, or "". */
struct usb_state {
	int authorized;   /* 0: the kernel was told not to let it in */
	int configuration; /* 0: not configured, so without interfaces */
	char runtime[16]; /* power/runtime_status: active, suspended, error */
	char control[16]; /* power/control: on, auto (may sleep) */
	int milliamps;    /* what it may draw */
	int hub_powered;  /* 1: the hub has a supply of its own */
	int over_current; /* how often the port was switched off */
	struct usb_interface interfaces[USB_INTERFACES_MAX];
	size_t interfaces_n;
};

/* usb_path is a usb_device in sysfs, as nodes_enumerate gives it. */
void usb_look(const char *usb_path, struct usb_state *ret);

#endif
