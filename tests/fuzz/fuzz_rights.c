/* SPDX-License-Identifier: Apache-2.0 */
/* A policy document: bits that belong together, or a sentence and nothing. */
#include "aws/rights/document.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	unsigned bits = 0x8000;
	struct error err;
	int r = rights_of_document((const char *)p, n, &bits, &err);

	if (r < 0) {
		if (r != -ERROR_MALFORMED || bits != 0x8000 || !err.text[0])
			abort();
		return 0;
	}
	if (bits & ~(unsigned)(RIGHTS_ALL | RIGHTS_IAM | RIGHTS_NOT_ALL |
		RIGHTS_NOT_IAM))
		abort();
	/* everything has IAM in it */
	if ((bits & RIGHTS_ALL && !(bits & RIGHTS_IAM)) ||
		(bits & RIGHTS_NOT_ALL && !(bits & RIGHTS_NOT_IAM)))
		abort();
	return 0;
}
