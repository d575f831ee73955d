/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration file, as the user's and as the system's. */
#include "bridge/settings/option.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void parse(const uint8_t *p, size_t n, enum option_source from)
{
	struct options o;
	int i, r;

	memset(&o, 0, sizeof(o));
	r = options_parse_file(&o, (const char *)p, n, "FILE", from, NULL);
	for (i = 0; i < OPTION_COUNT; i++) {
		if (!o.value[i])
			continue;
		if (!(option_rows[i].from & from) || o.from[i] != from ||
			!o.value[i][0] ||
			!utf8_is_clean(o.value[i], strlen(o.value[i])))
			abort();
	}
	(void)r;
	options_done(&o);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	parse(p, n, FROM_USER_FILE);
	parse(p, n, FROM_SYSTEM_FILE);
	return 0;
}
