/* SPDX-License-Identifier: Apache-2.0 */
/* What an audit saw before: what is taken has a time and a device. */
#include "bridge/audit/known/sights.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct sights s;
	size_t i;

	sights_init(&s);
	if (sights_parse((const char *)p, n, "FILE", &s, NULL) < 0) {
		if (s.p || s.n || s.endpoint)
			abort();
		return 0;
	}
	for (i = 0; i < s.n; i++)
		if (!s.p[i].serial[0] || s.p[i].first <= 0 ||
			sights_first(&s, s.p[i].serial) <= 0)
			abort();
	sights_done(&s);
	return 0;
}
