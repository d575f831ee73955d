/* SPDX-License-Identifier: Apache-2.0 */
/* A table of advisories: what is taken is in order and bounded. */
#include "token/advisory.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const struct advisory_subject s = { .product = "yubikey-5",
		.has_firmware = true, .firmware = { 5, 4, 3 } };
	struct advisory *rows = NULL;
	size_t rows_n = 0, i;
	char date[11];

	if (advisory_parse((const char *)p, n, &rows, &rows_n, date, NULL) < 0)
		return 0;
	for (i = 0; i < rows_n; i++) {
		if (memcmp(rows[i].from, rows[i].before, 3) >= 0 ||
			!rows[i].link[0])
			abort();
		if (i && strcmp(rows[i - 1].id, rows[i].id) > 0)
			abort();
		(void)advisory_applies(&rows[i], &s);
	}
	free(rows);
	return 0;
}
