/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A time as a person says it: refused, or seconds that lie where the text says,
 * in their order, and that are read again from what is written of them.
 */
#include "base/text.h"

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
	time_t first = 7, last = 9, a, b;
	char text[TEXT_TIME_LEN];

	if (text_parse_when((const char *)p, n, &first, &last) < 0) {
		require(first == 7 && last == 9);
		return 0;
	}
	require(n >= 10 && last >= first);
	require(last - first == 0 || last - first == 59 ||
		last - first == 86399);
	require((n == 10) == (last - first == 86399));
	if (first < 0) /* an offset led to before 1970 */
		return 0;
	text_format_time(first, text);
	if (text_parse_when(text, strlen(text), &a, &b) == 0)
		require(a == first && b == first);
	return 0;
}
