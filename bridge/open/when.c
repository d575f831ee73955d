/* SPDX-License-Identifier: Apache-2.0 */
/* Times of options. */
#include "bridge/open/when.h"

#include "base/text.h"

#include <string.h>

int open_when(const struct options *o, enum option_id id, enum open_when which,
	time_t *ret, struct error *err)
{
	const char *text = option(o, id), *name = option_rows[id].name;
	time_t now = time(NULL), first, last;

	*ret = 0;
	if (!text || strcmp(text, "now") == 0)
		return 0;
	if (text_parse_when(text, strlen(text), &first, &last) < 0)
		return error_set(err, ERROR_USAGE,
			"--%s '%s': a day such as 2026-01-31, or a time such as "
			"2026-01-31T12:00:00Z, is wanted", name, text);
	if (first > now)
		return error_set(err, ERROR_USAGE,
			"--%s '%s' has not come yet", name, text);
	*ret = which == OPEN_FIRST ? first : last < now ? last : now;
	return 0;
}
