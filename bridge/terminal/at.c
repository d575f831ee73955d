/* SPDX-License-Identifier: Apache-2.0 */
/* --at */
#include "bridge/terminal/at.h"

#include "base/text.h"

#include <string.h>

int moment_of(const struct options *o, time_t made, time_t *ret,
	struct error *err)
{
	const char *at = option(o, OPTION_AT);

	if (strcmp(at, "now") == 0)
		*ret = time(NULL);
	else if (strcmp(at, "made") == 0 && made)
		*ret = made;
	else if (text_parse_time(at, strlen(at), ret) < 0)
		return error_set(err, ERROR_USAGE,
			"--at '%s': now, %sor a time such as "
			"2026-01-31T12:00:00Z", at, made ? "made, " : "");
	return 0;
}
