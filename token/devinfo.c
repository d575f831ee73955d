/* SPDX-License-Identifier: Apache-2.0 */
/* Yubico's DeviceInfo TLVs. */
#include "token/devinfo.h"

#include <string.h>

static uint32_t be(const unsigned char *p, size_t n)
{
	uint32_t v = 0;

	for (; n > 0; n--)
		v = v << 8 | *p++;
	return v;
}

static bool set_supported(struct devinfo *i, const unsigned char *p, size_t n)
{
	i->usb_supported = be(p, n);
	return n >= 1 && n <= 4;
}

static bool set_serial(struct devinfo *i, const unsigned char *p, size_t n)
{
	i->serial = be(p, n);
	i->has_serial = n == 4 && i->serial != 0;
	return n == 4;
}

static bool set_enabled(struct devinfo *i, const unsigned char *p, size_t n)
{
	i->usb_enabled = be(p, n);
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
	{ 0x10, "next page", set_more },
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
