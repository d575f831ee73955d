/* SPDX-License-Identifier: Apache-2.0 */
/* An answer to getInfo: what is shown of it is clean and of bounded size. */
#include "token/fido/getinfo.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	json_t *o = NULL;
	struct error err;
	char *s;

	if (getinfo_parse(p, n, &o, &err) < 0) {
		if (o || !err.text[0])
			abort();
		return 0;
	}
	s = json_dumps(o, JSON_COMPACT);
	/* the longest name for one byte, digits and hex for the rest */
	if (!s || !json_is_object(o) || strlen(s) > 64 * (n + 1) ||
		!utf8_is_clean(s, strlen(s)))
		abort();
	free(s);
	json_decref(o);
	return 0;
}
