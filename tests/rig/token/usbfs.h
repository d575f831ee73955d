/* The raw USB node bus/usb/BBB/DDD, as far as libusb and libykpers use it:
 * descriptors, and control transfers to the OTP interface's keyboard. */
#ifndef TOKEN_USBFS_H
#define TOKEN_USBFS_H

#include "token.h"

#include <umockdev.h>

struct usbfs;

struct usbfs *usbfs_new(struct token *t, UMockdevTestbed *bed,
			const char *dev);
void usbfs_free(struct usbfs *u);

#endif
