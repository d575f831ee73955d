/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The template of a device's name: refused, and nothing written; or a path and a
 * name of what AWS takes, in which no word is left.
 */
#include "bridge/enroll/enroll.h"

#include <stdlib.h>
#include <string.h>

#define NAMES "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" \
	"0123456789+=,.@_-/"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void require(bool good)
{
	if (!good)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const struct mfa_template_values values = { "a,b@c", "blue 7/\xc3\xa4",
		n % 2 ? 12345678 : 0 };
	char template[512], ret[128] = "before";
	size_t len;

	if (n >= sizeof(template))
		return 0;
	memcpy(template, p, n);
	template[n] = '\0';
	if (mfa_template_expand(template, &values, ret, sizeof(ret), NULL) < 0)
		return 0;
	require(mfa_template_check(template, NULL) == 0);
	len = strnlen(ret, sizeof(ret));
	require(len < sizeof(ret) && strspn(ret, NAMES) == len);
	require(ret[0] != '/' && !strstr(ret, "//"));
	return 0;
}
