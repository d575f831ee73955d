/* SPDX-License-Identifier: Apache-2.0 */
/* Which product a token is, and its versions as numbers. */
#include "token/model/product.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* Last arcs of the device id under 1.3.6.1.4.1.41482.1 */
enum arc {
	ARC_NONE = 0,
	ARC_SECURITY_KEY = 1,
	ARC_NEO = 2,
	ARC_PLUS = 3,
	ARC_EDGE = 4,
	ARC_YUBIKEY_4 = 5,
	ARC_YUBIKEY_5 = 7,
	ARC_BIO = 9,
	ARC_YUBIKEY_6 = 10,
};

static const struct {
	enum arc arc;
	bool fips;
	const char *name;
} products[] = {
	{ ARC_SECURITY_KEY, false, "security-key" },
	{ ARC_NEO, false, "yubikey-neo" },
	{ ARC_PLUS, false, "yubikey-plus" },
	{ ARC_EDGE, false, "yubikey-edge" },
	{ ARC_YUBIKEY_4, false, "yubikey-4" },
	{ ARC_YUBIKEY_5, false, "yubikey-5" },
	{ ARC_YUBIKEY_5, true, "yubikey-5-fips" },
	{ ARC_BIO, false, "yubikey-bio" },
	{ ARC_YUBIKEY_6, false, "yubikey-6" },
};

const char *product_by_name(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(products); i++)
		if (strcmp(products[i].name, name) == 0)
			return products[i].name;
	return NULL;
}

static enum arc signed_arc(const struct leaf *leaf)
{
	static const char prefix[] = LEAF_DEVICE_IDS;
	uint64_t v;

	if (!leaf || strncmp(leaf->device_id, prefix, sizeof(prefix) - 1) != 0)
		return ARC_NONE;
	if (text_parse_u64(leaf->device_id + sizeof(prefix) - 1, 99, &v) < 0)
		return ARC_NONE;
	return (enum arc)v;
}

/* The same arc from what the token says of itself. */
static enum arc claimed_arc(const struct devinfo *info, uint16_t vendor,
	uint16_t usb_product)
{
	if (vendor != USB_VENDOR_YUBICO)
		return ARC_NONE;
	if (usb_product >= 0x0110 && usb_product <= 0x0116)
		return ARC_NEO;
	if (usb_product == 0x0120)
		return ARC_SECURITY_KEY;
	if (usb_product == 0x0410)
		return ARC_PLUS;
	if (!info->present || !info->has_version)
		return ARC_NONE;
	if (info->form_factor == 6 || info->form_factor == 7)
		return ARC_BIO;
	if (info->security_key || !info->has_serial)
		return ARC_SECURITY_KEY;
	return info->version[0] >= 6 ? ARC_YUBIKEY_6 :
		info->version[0] == 5 ? ARC_YUBIKEY_5 :
		info->version[0] == 4 ? ARC_YUBIKEY_4 : ARC_NONE;
}

static const char *product_of(enum arc arc, bool fips)
{
	size_t i;

	fips = fips && arc == ARC_YUBIKEY_5;
	for (i = 0; i < ARRAY_LEN(products); i++)
		if (products[i].arc == arc && products[i].fips == fips)
			return products[i].name;
	return NULL;
}

const char *product_identify(const struct leaf *leaf,
	const struct devinfo *info, uint16_t vendor, uint16_t usb_product,
	bool *ret_signed)
{
	enum arc arc = signed_arc(leaf);

	*ret_signed = arc != ARC_NONE;
	if (arc == ARC_NONE)
		arc = claimed_arc(info, vendor, usb_product);
	return product_of(arc, (leaf && leaf->fips) || info->fips);
}

bool product_getinfo_firmware(uint16_t vendor, uint64_t number, uint8_t ret[3])
{
	if (vendor != USB_VENDOR_YUBICO || number == 0 ||
		number > PRODUCT_FIRMWARE_MAX)
		return false;
	ret[0] = (uint8_t)(number >> 16);
	ret[1] = (uint8_t)(number >> 8);
	ret[2] = (uint8_t)number;
	return true;
}

bool product_vendor_differs(const struct leaf *leaf, uint16_t vendor,
	const char **ret_name, uint16_t *ret_vendor)
{
	bool yubico = strncmp(leaf->device_id, LEAF_DEVICE_IDS,
		strlen(LEAF_DEVICE_IDS)) == 0;

	*ret_name = "Yubico";
	*ret_vendor = USB_VENDOR_YUBICO;
	return yubico != (vendor == USB_VENDOR_YUBICO);
}

const uint8_t *product_hid_firmware(uint16_t vendor,
	const uint8_t *hid_version)
{
	return vendor == USB_VENDOR_YUBICO && hid_version &&
		hid_version[0] >= 4 ? hid_version : NULL;
}

int product_firmware_parse(const char *p, size_t n, uint32_t *ret)
{
	uint32_t version = 0;
	const char *dot;
	uint64_t v;
	size_t len;
	int i;

	for (i = 0; i < 3; i++) {
		dot = n > 0 ? memchr(p, '.', n) : NULL;
		len = dot ? (size_t)(dot - p) : n;
		if ((i < 2) != (dot != NULL) ||
			text_parse_u64_n(p, len, 255, &v) < 0)
			return -1;
		version = version << 8 | (uint32_t)v;
		len += dot != NULL;
		p += len;
		n -= len;
	}
	*ret = version;
	return 0;
}

void product_firmware_format(uint32_t v, char ret[PRODUCT_FIRMWARE_LEN])
{
	snprintf(ret, PRODUCT_FIRMWARE_LEN, "%u.%u.%u", v >> 16 & 0xff,
		v >> 8 & 0xff, v & 0xff);
}
