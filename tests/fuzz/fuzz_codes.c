/* SPDX-License-Identifier: Apache-2.0 */
/* Two typed codes: none, or two of six characters that are no blanks. */
#include "bridge/terminal/screen/codes.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void require(bool good)
{
	if (!good)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	char first[RUN_CODE_LEN] = "?", second[RUN_CODE_LEN] = "?";
	struct error err;

	if (codes_parse((const char *)p, n, first, second, &err) < 0) {
		require(err.code == ERROR_USAGE);
		require(strcmp(first, "?") == 0 && strcmp(second, "?") == 0);
		return 0;
	}
	require(strlen(first) == RUN_CODE_LEN - 1);
	require(strlen(second) == RUN_CODE_LEN - 1);
	require(!strpbrk(first, " \t\r\n") && !strpbrk(second, " \t\r\n"));
	return 0;
}
