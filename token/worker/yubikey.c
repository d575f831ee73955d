/* SPDX-License-Identifier: Apache-2.0 */
/* The OTP interface by libykpers. */
#include "token/worker/yubikey.h"

#include "token/model/devinfo.h"
#include "token/worker/usb.h"

#include <string.h>
#include <ykpers-1/ykcore.h>
#include <ykpers-1/ykdef.h>
#include <ykpers-1/ykstatus.h>

/* Every product of Yubico that shows an OTP interface */
static const int products[] = { 0x0010, 0x0110, 0x0111, 0x0114, 0x0116, 0x0401,
	0x0403, 0x0405, 0x0407, 0x0410 };

static int read_status(YK_KEY *yk, struct otp_interface *o, struct error *err)
{
	YK_STATUS *st = ykds_alloc();
	int level;

	if (!st)
		return error_memory(err);
	if (!yk_get_status(yk, st)) {
		ykds_free(st);
		return error_set(err, ERROR_FAILED,
			"the OTP interface does not tell its status: %s",
			yk_strerror(yk_errno));
	}
	o->version[0] = (uint8_t)ykds_version_major(st);
	o->version[1] = (uint8_t)ykds_version_minor(st);
	o->version[2] = (uint8_t)ykds_version_build(st);
	o->programming_sequence = (unsigned)ykds_pgm_seq(st) & 0xffff;
	level = ykds_touch_level(st);
	o->slots[0].configured = level & CONFIG1_VALID;
	o->slots[0].touch = level & CONFIG1_TOUCH;
	o->slots[1].configured = level & CONFIG2_VALID;
	o->slots[1].touch = level & CONFIG2_TOUCH;
	ykds_free(st);
	return 0;
}

static int read_key(YK_KEY *yk, struct otp_interface *o, struct error *err)
{
	unsigned serial = 0;
	int r;

	memset(o, 0, sizeof(*o));
	r = read_status(yk, o, err);
	if (r < 0)
		return r;
	/* hidden in the slots' configuration, or a reply that was garbled */
	o->has_serial = yk_get_serial(yk, 0, 0, &serial) && serial != 0;
	o->serial = o->has_serial ? serial : 0;
	return 0;
}

/* The keys of these numbers, as libykpers counts them, as far as there are. */
static int read_counted(int first, int last,
	struct otp_interface ret[OTP_INTERFACES_MAX], size_t *ret_n,
	struct error *err)
{
	YK_KEY *yk;
	int r = 0, i;

	*ret_n = 0;
	for (i = first; r == 0 && i <= last; i++) {
		yk = yk_open_key_vid_pid(USB_VENDOR_YUBICO, products,
			sizeof(products) / sizeof(products[0]), i);
		if (!yk && yk_errno == YK_ENOKEY)
			break;
		if (!yk)
			return error_set(err, ERROR_PERMISSION,
				"an OTP interface cannot be opened: %s",
				yk_errno == YK_EUSBERR ? yk_usb_strerror() :
					yk_strerror(yk_errno));
		r = read_key(yk, &ret[*ret_n], err);
		if (r == 0)
			(*ret_n)++;
		yk_close_key(yk);
	}
	return r;
}

int yubikey_read(const struct otp_place *place,
	struct otp_interface ret[OTP_INTERFACES_MAX], size_t *ret_n,
	struct error *err)
{
	int r = 0, first = 0, last = OTP_INTERFACES_MAX - 1;

	*ret_n = 0;
	if (place->bus) {
		r = usb_number_of(place, USB_VENDOR_YUBICO, products,
			sizeof(products) / sizeof(products[0]), &first, err);
		last = first;
	}
	if (r < 0 || first < 0)
		return r;
	if (!yk_init())
		return error_set(err, ERROR_FAILED, "libykpers: %s",
			yk_strerror(yk_errno));
	r = read_counted(first, last, ret, ret_n, err);
	yk_release();
	return r;
}
