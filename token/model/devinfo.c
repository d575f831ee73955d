/* SPDX-License-Identifier: Apache-2.0 */
/* Yubico's DeviceInfo TLVs. */
#include "token/model/devinfo.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

static uint32_t get_be(const unsigned char *p, size_t n)
{
	uint32_t v = 0;

	for (; n > 0; n--)
		v = v << 8 | *p++;
	return v;
}

static bool set_supported(struct devinfo *i, const unsigned char *p, size_t n)
{
	i->usb_supported = get_be(p, n);
	return n >= 1 && n <= 4;
}

static bool set_serial(struct devinfo *i, const unsigned char *p, size_t n)
{
	i->serial = get_be(p, n);
	i->has_serial = n == 4 && i->serial != 0;
	return n == 4;
}

static bool set_enabled(struct devinfo *i, const unsigned char *p, size_t n)
{
	i->usb_enabled = get_be(p, n);
	i->has_usb_enabled = true;
	return n >= 1 && n <= 4;
}

static bool set_form(struct devinfo *i, const unsigned char *p, size_t n)
{
	if (n != 1)
		return false;
	i->form_factor = p[0] & 0x0f;
	i->fips |= (p[0] & 0x80) != 0;
	i->security_key = (p[0] & 0x40) != 0;
	return true;
}

static bool set_version(struct devinfo *i, const unsigned char *p, size_t n)
{
	if (n != 3)
		return false;
	memcpy(i->version, p, 3);
	i->has_version = true;
	/* the FIPS series of the fourth generation says so only by this */
	i->fips |= p[0] == 4 && p[1] == 4;
	return true;
}

static bool set_more(struct devinfo *i, const unsigned char *p, size_t n)
{
	i->more = n == 1 && p[0] != 0;
	return n == 1;
}

static bool set_nfc_supported(struct devinfo *i, const unsigned char *p,
	size_t n)
{
	i->nfc_supported = get_be(p, n);
	return n >= 1 && n <= 4;
}

static bool set_nfc_enabled(struct devinfo *i, const unsigned char *p,
	size_t n)
{
	i->nfc_enabled = get_be(p, n);
	return n >= 1 && n <= 4;
}

static bool set_locked(struct devinfo *i, const unsigned char *p, size_t n)
{
	i->locked = n == 1 && p[0] != 0;
	return n == 1;
}

static bool set_part_number(struct devinfo *i, const unsigned char *p,
	size_t n)
{
	if (n > DEVINFO_PART_MAX)
		return false;
	memcpy(i->part_number, p, n);
	i->part_number[n] = '\0';
	utf8_sanitise(i->part_number);
	return true;
}

static bool set_fips_capable(struct devinfo *i, const unsigned char *p,
	size_t n)
{
	i->fips_capable = get_be(p, n);
	return n <= 4;
}

static bool set_fips_approved(struct devinfo *i, const unsigned char *p,
	size_t n)
{
	i->fips_approved = get_be(p, n);
	return n <= 4;
}

static bool set_pin_complexity(struct devinfo *i, const unsigned char *p,
	size_t n)
{
	i->pin_complexity = n == 1 && p[0] != 0;
	return n == 1;
}

static bool set_nfc_restricted(struct devinfo *i, const unsigned char *p,
	size_t n)
{
	i->nfc_restricted = n == 1 && p[0] != 0;
	return n == 1;
}

static bool set_reset_blocked(struct devinfo *i, const unsigned char *p,
	size_t n)
{
	i->reset_blocked = get_be(p, n);
	return n <= 4;
}

/* TLVs inside: 01 version, 02 stage, 03 its number */
static bool set_stage(struct devinfo *i, const unsigned char *p, size_t n)
{
	size_t k;

	for (k = 0; k < n; k += 2u + p[k + 1]) {
		if (n - k < 2 || n - k - 2 < p[k + 1])
			return false;
		if (p[k] != 0x02)
			continue;
		if (p[k + 1] != 1 || p[k + 2] > DEVINFO_FINAL)
			return false;
		i->stage = (enum devinfo_stage)p[k + 2];
		i->has_stage = true;
	}
	return true;
}

static bool set_fingerprint_version(struct devinfo *i,
	const unsigned char *p, size_t n)
{
	if (n == 3)
		memcpy(i->fingerprint_version, p, 3);
	return n == 3 || n == 0;
}

static const struct {
	unsigned char tag;
	const char *name;
	bool (*set)(struct devinfo *, const unsigned char *, size_t);
} tags[] = {
	{ 0x01, "supported applications", set_supported },
	{ 0x02, "serial number", set_serial },
	{ 0x03, "enabled applications", set_enabled },
	{ 0x04, "form factor", set_form },
	{ 0x05, "firmware version", set_version },
	{ 0x0a, "configuration lock", set_locked },
	{ 0x0d, "applications over NFC", set_nfc_supported },
	{ 0x0e, "enabled applications over NFC", set_nfc_enabled },
	{ 0x10, "next page", set_more },
	{ 0x13, "part number", set_part_number },
	{ 0x14, "FIPS capable applications", set_fips_capable },
	{ 0x15, "FIPS approved applications", set_fips_approved },
	{ 0x16, "PIN complexity", set_pin_complexity },
	{ 0x17, "NFC restriction", set_nfc_restricted },
	{ 0x18, "blocked resets", set_reset_blocked },
	{ 0x19, "stage of the version", set_stage },
	{ 0x20, "fingerprint processor's version", set_fingerprint_version },
};

static int set_tag(struct devinfo *info, const unsigned char *p,
	struct error *err)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(tags); i++)
		if (tags[i].tag == p[0] && !tags[i].set(info, p + 2, p[1]))
			return error_set(err, ERROR_MALFORMED,
				"device information: %u bytes of %s", p[1],
				tags[i].name);
	return 0;
}

int devinfo_parse(const unsigned char *p, size_t n, struct devinfo *info,
	struct error *err)
{
	struct devinfo next = *info;
	size_t i;

	if (n == 0 || p[0] != n - 1)
		return error_set(err, ERROR_MALFORMED,
			"device information: %zu bytes, but its length says %u",
			n, n ? p[0] : 0);
	next.present = true;
	next.more = false;
	for (i = 1; i < n; i += 2u + p[i + 1]) {
		if (n - i < 2 || n - i - 2 < p[i + 1])
			return error_set(err, ERROR_MALFORMED,
				"device information: cut off at byte %zu", i);
		if (set_tag(&next, p + i, err) < 0)
			return -ERROR_MALFORMED;
	}
	*info = next;
	return 0;
}

/* Which of Yubico's USB products shows which interfaces */
#define OVER_OTP DEVINFO_OTP
#define OVER_FIDO (DEVINFO_U2F | DEVINFO_FIDO2)
#define OVER_CCID (DEVINFO_OPENPGP | DEVINFO_PIV | DEVINFO_OATH | \
	DEVINFO_HSMAUTH)

static const struct {
	uint16_t product;
	uint32_t applications;
} products[] = {
	{ 0x0401, OVER_OTP },
	{ 0x0402, OVER_FIDO },
	{ 0x0403, OVER_OTP | OVER_FIDO },
	{ 0x0404, OVER_CCID },
	{ 0x0405, OVER_OTP | OVER_CCID },
	{ 0x0406, OVER_FIDO | OVER_CCID },
	{ 0x0407, OVER_OTP | OVER_FIDO | OVER_CCID },
};

static int compare_version(const struct devinfo *i, uint8_t major,
	uint8_t minor, uint8_t patch)
{
	const uint8_t other[3] = { major, minor, patch };

	return memcmp(i->version, other, sizeof(other));
}

void devinfo_settle(struct devinfo *info, uint16_t usb_product)
{
	size_t i;

	if (!info->has_version || info->version[0] != 4)
		return;
	if (compare_version(info, 4, 2, 4) == 0)
		info->usb_supported = DEVINFO_OTP | DEVINFO_U2F |
			DEVINFO_OPENPGP | DEVINFO_PIV | DEVINFO_OATH;
	info->has_usb_enabled = false;
	for (i = 0; i < ARRAY_LEN(products); i++)
		if (products[i].product == usb_product) {
			info->usb_enabled = info->usb_supported &
				products[i].applications;
			info->has_usb_enabled = true;
		}
}

bool devinfo_is_preview(const struct devinfo *i)
{
	if (i->has_stage)
		return i->stage != DEVINFO_FINAL;
	return i->has_version && i->version[0] == 5 &&
		(i->version[1] == 0 ||
			(i->version[1] == 2 && i->version[2] < 3) ||
			(i->version[1] == 5 && i->version[2] < 2));
}

bool devinfo_is_biometric(const struct devinfo *i)
{
	return i->present && (i->form_factor == 6 || i->form_factor == 7);
}

void devinfo_names(uint32_t bits, char ret[DEVINFO_NAMES_LEN])
{
	static const struct {
		enum devinfo_capability bit;
		const char *name;
	} names[] = {
		{ DEVINFO_FIDO2, "FIDO2" },
		{ DEVINFO_U2F, "U2F" },
		{ DEVINFO_OTP, "OTP" },
		{ DEVINFO_OATH, "OATH" },
		{ DEVINFO_PIV, "PIV" },
		{ DEVINFO_OPENPGP, "OpenPGP" },
		{ DEVINFO_HSMAUTH, "YubiHSM-Auth" },
	};
	size_t i, used = 0;

	ret[0] = '\0';
	for (i = 0; i < ARRAY_LEN(names); i++)
		if (bits & names[i].bit)
			used += (size_t)snprintf(ret + used,
				DEVINFO_NAMES_LEN - used, "%s%s",
				used ? " " : "", names[i].name);
}

const char *devinfo_form_factor(const struct devinfo *info)
{
	static const char *const names[] = {
		[1] = "USB-A keychain",
		[2] = "USB-A nano",
		[3] = "USB-C keychain",
		[4] = "USB-C nano",
		[5] = "USB-C and Lightning",
		[6] = "USB-A biometric",
		[7] = "USB-C biometric",
	};

	if (info->form_factor >= ARRAY_LEN(names))
		return NULL;
	return names[info->form_factor];
}

bool devinfo_enabled(const struct devinfo *info,
	enum devinfo_capability capability)
{
	uint32_t bits = info->has_usb_enabled ? info->usb_enabled :
						info->usb_supported;

	return info->present && (bits & capability) != 0;
}
