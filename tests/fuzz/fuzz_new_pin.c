/* SPDX-License-Identifier: Apache-2.0 */
/* What may become a PIN; the first byte is the least length. */
#include "token/fido/care.h"

#include "base/text.h"
#include "base/utf8.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const char *s = (const char *)p + 1;
	size_t i, points = 0;
	struct error err;

	if (n == 0)
		return 0;
	n--;
	for (i = 0; i < n; i++)
		points += ((unsigned char)s[i] & 0xc0) != 0x80;
	if (care_check_pin(s, n, p[0], &err) < 0) {
		if (err.code != ERROR_PIN || !err.text[0])
			abort();
	} else if (n > CARE_PIN_MAX || points < CARE_PIN_MIN ||
		points < p[0] || !utf8_is_clean(s, n)) {
		abort();
	}
	return 0;
}
