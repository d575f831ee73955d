/* SPDX-License-Identifier: Apache-2.0 */
/* A journal's bytes: taken or corrupt; a cut last line changes nothing. */
#include "bridge/journal/journal.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct journal j = { .fd = -1 }, cut = { .fd = -1 };
	size_t whole = n;

	if (journal_parse((const char *)p, n, &j, NULL) < 0) {
		if (j.id[0])
			abort();
		return 0;
	}
	if (!id_is_valid(j.id) || !journal_point_name(j.point) ||
		!utf8_is_clean(j.facts.user, strlen(j.facts.user)) ||
		!utf8_is_clean(j.facts.reason, strlen(j.facts.reason)))
		abort();
	while (whole > 0 && p[whole - 1] != '\n')
		whole--;
	if (journal_parse((const char *)p, whole, &cut, NULL) < 0 ||
		memcmp(&cut.facts, &j.facts, sizeof(j.facts)) != 0 ||
		cut.point != j.point)
		abort();
	return 0;
}
