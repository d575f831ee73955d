/* SPDX-License-Identifier: Apache-2.0 */
/* Where a device stands in libusb's list. */
#include "token/worker/usb.h"

#include <libusb.h>

static bool is_counted(libusb_device *device, uint16_t vendor,
	const int *products, size_t n)
{
	struct libusb_device_descriptor d;
	size_t i;

	if (libusb_get_device_descriptor(device, &d) != 0 ||
		d.idVendor != vendor)
		return false;
	for (i = 0; i < n; i++)
		if (d.idProduct == products[i])
			return true;
	return false;
}

static bool lies_at(libusb_device *device, const struct otp_place *place)
{
	return libusb_get_bus_number(device) == place->bus &&
		libusb_get_device_address(device) == place->dev;
}

int usb_number_of(const struct otp_place *place, uint16_t vendor,
	const int *products, size_t n, int *ret, struct error *err)
{
	libusb_context *usb = NULL;
	libusb_device **list = NULL;
	ssize_t i, all;
	int number = 0;

	if (libusb_init(&usb) != 0)
		return error_set(err, ERROR_FAILED, "libusb does not start");
	all = libusb_get_device_list(usb, &list);
	*ret = -1;
	for (i = 0; i < all && *ret < 0; i++) {
		if (!is_counted(list[i], vendor, products, n))
			continue;
		if (lies_at(list[i], place))
			*ret = number;
		number++;
	}
	if (all >= 0)
		libusb_free_device_list(list, 1);
	libusb_exit(usb);
	return all < 0 ? error_set(err, ERROR_FAILED,
		"libusb cannot list USB devices: %s",
		libusb_strerror((int)all)) : 0;
}
