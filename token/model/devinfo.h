/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Yubico's DeviceInfo: what READ CONFIG answers, over CTAPHID vendor command
 * 0x42 and over the smart card's management applet alike. All of it is
 * self-reported: a counterfeit can say anything.
 */
#ifndef TOKEN_MODEL_DEVINFO_H
#define TOKEN_MODEL_DEVINFO_H

#include "base/error.h"

#include <stdint.h>

#define USB_VENDOR_YUBICO 0x1050

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
#define DEVINFO_PART_MAX 16

/* Stages of firmware before a release (tag 19) */
enum devinfo_stage {
	DEVINFO_ALPHA,
	DEVINFO_BETA,
	DEVINFO_FINAL,
};

#define DEVINFO_UNREADABLE_MAX 95

struct devinfo {
	bool present;        /* the token answered READ CONFIG */
	/* Why its answer makes no sense, of which nothing else is here; "": it
	   does, or there is none */
	char unreadable[DEVINFO_UNREADABLE_MAX + 1];
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
	/* of firmware that tells them: 0 or "" where it does not */
	uint32_t nfc_supported, nfc_enabled;
	bool locked;         /* the configuration, by a code */
	char part_number[DEVINFO_PART_MAX + 1]; /* clean text */
	uint32_t fips_capable, fips_approved;   /* applications */
	bool pin_complexity; /* short and simple PINs are refused */
	bool nfc_restricted; /* until it has been powered by USB */
	uint32_t reset_blocked; /* applications that cannot be reset */
	bool has_stage;
	enum devinfo_stage stage;
	uint8_t fingerprint_version[3]; /* of the sensor's processor */
};

/*
 * Reads one page: a length byte, then TLVs of one length byte each; unknown
 * tags are skipped, later pages add to what earlier ones set. The length byte
 * must cover exactly the rest. ERROR_MALFORMED leaves *info untouched.
 */
int devinfo_parse(const unsigned char *p, size_t n, struct devinfo *info,
	struct error *err);

/*
 * Puts right what firmware is known to tell wrongly, after the last page:
 * 4.2.4 lists fewer applications than it has, the fourth generation does not
 * know what is switched on (that is then what the interfaces of the USB product
 * id allow; 0: not known).
 */
void devinfo_settle(struct devinfo *info, uint16_t usb_product);

/* A key that was made before its firmware was released: not for use. */
bool devinfo_is_preview(const struct devinfo *info);

bool devinfo_is_biometric(const struct devinfo *info);

/* "FIDO2 U2F OTP OATH PIV": applications by their bits; "" for none. */
#define DEVINFO_NAMES_LEN 96
void devinfo_names(uint32_t bits, char ret[DEVINFO_NAMES_LEN]);

/* "USB-A keychain"; NULL for an unknown form factor. */
const char *devinfo_form_factor(const struct devinfo *info);

/* Whether an application is known to be switched on over USB. */
bool devinfo_enabled(const struct devinfo *info,
	enum devinfo_capability capability);

#endif
