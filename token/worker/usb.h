/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libusb's list of devices, in whose order libykpers counts keys. Only in
 * tokenbridge-worker, beside yubikey.c.
 */
#ifndef TOKEN_WORKER_USB_H
#define TOKEN_WORKER_USB_H

#include "base/error.h"
#include "token/worker/otp.h"

/*
 * Which of the devices of that vendor, with one of n product ids, is the one
 * at `place`, counted from 0 as libykpers 1.20 does (ykcore_libusb-1.0.c); -1:
 * none of them is. Opens no device.
 */
int usb_number_of(const struct otp_place *place, uint16_t vendor,
	const int *products, size_t n, int *ret, struct error *err);

#endif
