/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Yubico's DeviceInfo: what READ CONFIG answers, over CTAPHID vendor command
 * 0x42 and over the smart card's management applet alike. All of it is
 * self-reported: a counterfeit can say anything.
 */
#ifndef TOKEN_DEVINFO_H
#define TOKEN_DEVINFO_H

#include "base/error.h"

#include <stdint.h>

/* Applications, as bits of usb_supported and usb_enabled */
enum devinfo_capability {
	DEVINFO_OTP = 0x001,
	DEVINFO_U2F = 0x002,
	DEVINFO_OPENPGP = 0x008,
	DEVINFO_PIV = 0x010,
	DEVINFO_OATH = 0x020,
	DEVINFO_HSMAUTH = 0x100,
	DEVINFO_FIDO2 = 0x200,
};

#define DEVINFO_PAGES_MAX 4

struct devinfo {
	bool present;        /* the token answered READ CONFIG */
	bool has_serial;
	uint32_t serial;
	bool has_version;
	uint8_t version[3];
	bool has_usb_enabled;
	uint32_t usb_supported;
	uint32_t usb_enabled;
	uint8_t form_factor; /* 0 unknown; low nibble of tag 04 */
	bool fips;           /* bit 0x80 of tag 04, or version 4.4.x */
	bool security_key;   /* bit 0x40 of tag 04 */
	bool more;           /* another page follows (tag 10) */
};

/*
 * Reads one page: a length byte, then TLVs of one length byte each; unknown
 * tags are skipped, later pages add to what earlier ones set. The length byte
 * must cover exactly the rest. ERROR_MALFORMED leaves *info untouched.
 */
int devinfo_parse(const unsigned char *p, size_t n, struct devinfo *info,
	struct error *err);

/* "USB-A keychain"; NULL for an unknown form factor. */
const char *devinfo_form_factor(const struct devinfo *info);

/* Whether an application is known to be switched on over USB. */
bool devinfo_enabled(const struct devinfo *info,
	enum devinfo_capability capability);

#endif
