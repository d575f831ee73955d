/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which device nodes could belong to a token: every hidraw node, and USB
 * devices of Yubico without one. Opens no device: a node that may not be
 * opened, or that another process holds, is found all the same.
 */
#ifndef UDEV_NODES_H
#define UDEV_NODES_H

#include "base/error.h"
#include "base/node.h"

#define NODES_MAX 256

/*
 * Fills a new array, in the order of the node numbers; free() it. Machines
 * without udevd work too.
 */
int nodes_enumerate(struct node **ret, size_t *ret_n, struct error *err);

/*
 * The same of FIDO nodes alone: of the others, of which a workstation has some
 * ten, no more is read than what they are. `each` is told of each as soon as it
 * is known: who has to ask it something need not wait for the others to be
 * looked at. Negative, with the error set, ends the enumeration.
 */
typedef int nodes_each_fn(const struct node *node, void *arg,
	struct error *err);
int nodes_visit(nodes_each_fn *each, void *arg, struct node **ret,
	size_t *ret_n, struct error *err);

/* Whether udev gives it to whoever sits at the seat, by its database. */
bool nodes_have_uaccess(const struct node *n);

/*
 * Whether a HID report descriptor has the FIDO usage page 0xF1D0 with usage
 * 0x01 (CTAP 2.1 section 11.2.8.1). Long items are skipped. Pure.
 */
bool nodes_descriptor_is_fido(const unsigned char *p, size_t n);

/*
 * Which kinds of interface the USB descriptors of a device list (the sysfs
 * file `descriptors`; USB 2.0 section 9.6.5). Pure.
 */
struct nodes_interfaces {
	bool keyboard; /* HID boot keyboard */
	bool ccid;     /* class 0B */
};
struct nodes_interfaces nodes_descriptor_interfaces(const unsigned char *p,
	size_t n);

#endif
