/* SPDX-License-Identifier: Apache-2.0 */
/* An event of CloudTrail: not read, or clean texts that end. */
#include "aws/api/cloudtrail.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void check_text(const char *s, size_t size)
{
	size_t n = strnlen(s, size);

	if (n == size || !utf8_is_clean(s, n))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct cloudtrail_event e;

	memset(&e, 7, sizeof(e));
	if (cloudtrail_event_read((const char *)p, n, &e) < 0) {
		if (e.id[0] != 7)
			abort();
		return 0;
	}
	check_text(e.id, sizeof(e.id));
	check_text(e.name, sizeof(e.name));
	check_text(e.account, sizeof(e.account));
	check_text(e.serial, sizeof(e.serial));
	check_text(e.mfa_identifier, sizeof(e.mfa_identifier));
	if (!e.id[0] || !e.name[0])
		abort();
	return 0;
}
