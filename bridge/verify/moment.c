/* SPDX-License-Identifier: Apache-2.0 */
/* --at */
#include "bridge/verify/moment.h"

#include "base/text.h"

#include <string.h>

int moment_parse(const char *text, bool may_be_made, struct moment *ret,
	struct error *err)
{
	struct moment m = { MOMENT_TIME, 0 };

	if (strcmp(text, "now") == 0)
		m.kind = MOMENT_NOW;
	else if (may_be_made && strcmp(text, "made") == 0)
		m.kind = MOMENT_MADE;
	else if (text_parse_time(text, strlen(text), &m.time) < 0)
		return error_set(err, ERROR_USAGE,
			"--at '%s': now, %sor a time such as "
			"2026-01-31T12:00:00Z", text,
			may_be_made ? "made, " : "");
	*ret = m;
	return 0;
}

time_t moment_time(const struct moment *m, time_t made)
{
	return m->kind == MOMENT_TIME ? m->time :
		m->kind == MOMENT_MADE ? made : time(NULL);
}
