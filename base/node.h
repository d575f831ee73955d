/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plain data of a device node: udev/ fills it, token/ makes tokens of it.
 */
#ifndef BASE_NODE_H
#define BASE_NODE_H

#include <stdbool.h>
#include <stdint.h>

#define NODE_PATH_LEN 256

/* How a token is reached. */
enum node_transport {
	NODE_USB,
	NODE_NFC,        /* an NFC adapter of the kernel's */
	NODE_SMART_CARD, /* a reader of pcscd's */
};

struct node {
	enum node_transport transport;
	char path[NODE_PATH_LEN]; /* "/dev/hidraw0"; "" for a USB device that
	                        shows no hidraw node at all (smart card only);
	                        libfido2's name where the transport is another */
	char syspath[256];   /* of the hidraw device */
	char usb_path[256];  /* syspath of the usb_device parent, "" if none:
	                        nodes with the same one are one physical key */
	uint16_t bus;        /* HID bus: 3 is USB, 5 Bluetooth */
	uint16_t vendor;
	uint16_t product;
	int interface;       /* bInterfaceNumber, -1 if unknown */
	char manufacturer[64];
	char product_name[64];
	char usb_serial[64];
	uint8_t usb_bus;     /* of /dev/bus/usb/BUS/DEV, 0 if none */
	uint8_t usb_dev;
	bool has_ccid;       /* a sibling interface is of USB class 0B */
	bool has_keyboard;   /* a sibling interface is a boot keyboard: the
	                        OTP interface of a YubiKey */
	bool fido;           /* the report descriptor has the FIDO usage page or,
	                        where it cannot be read, udev says
	                        ID_FIDO_TOKEN=1 */
	bool fido_known;     /* false: neither source could be read */
	bool openable;       /* access() for reading and writing */
	int open_errno;      /* why not */
	bool uaccess;        /* not openable, though udev gives it to whoever
	                        sits at the seat */
	unsigned mode;       /* permission bits */
	char group[32];      /* owning group's name or number */
};

#endif
