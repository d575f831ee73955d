/* SPDX-License-Identifier: Apache-2.0 */
/* AAGUIDs as text. */
#include "token/trust/aaguid.h"

#include "base/encode.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

void aaguid_format(const uint8_t aaguid[16], char ret[AAGUID_TEXT_LEN])
{
	char hex[HEX_LEN(16)];

	hex_encode(aaguid, 16, hex);
	snprintf(ret, AAGUID_TEXT_LEN, "%.8s-%.4s-%.4s-%.4s-%s", hex, hex + 8,
		hex + 12, hex + 16, hex + 20);
}

int aaguid_parse(const char *p, size_t n, uint8_t ret[16])
{
	char hex[32], again[AAGUID_TEXT_LEN];
	uint8_t aaguid[16];
	size_t i, digits = 0;

	if (n != AAGUID_TEXT_LEN - 1)
		return -1;
	for (i = 0; i < n && digits < sizeof(hex); i++)
		if (p[i] != '-')
			hex[digits++] = p[i];
	if (hex_decode(hex, digits, aaguid, 16) != 16)
		return -1;
	aaguid_format(aaguid, again);
	if (strncasecmp(again, p, n) != 0)
		return -1;
	memcpy(ret, aaguid, 16);
	return 0;
}
