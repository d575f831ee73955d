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
/* device descriptor and configuration, as sysfs shows them */
void usbfs_descriptors(const struct token *t, size_t keyboard_descriptor,
		       size_t fido_descriptor, GByteArray *out);

#endif
