/* SPDX-License-Identifier: Apache-2.0 */
/* HID report descriptors and USB descriptors: bytes to yes or no. */
#include "udev/nodes.h"

bool nodes_descriptor_is_fido(const unsigned char *p, size_t n)
{
	uint32_t page = 0, value;
	size_t i = 0, k, len;

	while (i < n) {
		if (p[i] == 0xfe) { /* long item: size, tag, data */
			if (n - i < 3)
				return false;
			i += 3u + p[i + 1];
			continue;
		}
		len = p[i] & 3u;
		if (len == 3)
			len = 4;
		if (n - i - 1 < len)
			return false;
		for (value = 0, k = len; k > 0; k--)
			value = value << 8 | p[i + k];
		if ((p[i] & 0xfc) == 0x04) /* global item: usage page */
			page = value;
		if ((p[i] & 0xfc) == 0x08 && /* local item: usage */
			((page == 0xf1d0 && value == 1) ||
				value == 0xf1d00001))
			return true;
		i += 1 + len;
	}
	return false;
}

struct nodes_interfaces nodes_descriptor_interfaces(const unsigned char *p,
	size_t n)
{
	struct nodes_interfaces ret = { false, false };
	size_t i, len;

	for (i = 0; n - i >= 2; i += len) {
		len = p[i];
		if (len < 2 || len > n - i)
			break;
		if (p[i + 1] != 4 || len < 9) /* interface descriptor */
			continue;
		if (p[i + 5] == 0x0b)
			ret.ccid = true;
		if (p[i + 5] == 0x03 && p[i + 6] == 1 && p[i + 7] == 1)
			ret.keyboard = true;
	}
	return ret;
}
