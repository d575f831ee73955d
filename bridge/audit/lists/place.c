/* SPDX-License-Identifier: Apache-2.0 */
/* What every mute has whoever's list it stands in: a place, a last day. */
#include "bridge/audit/lists/mutes.h"

#include "base/text.h"

char *mutes_place(const struct audit_mutes *m, size_t line)
{
	return text_format("%s, line %zu", m->name, line);
}

bool mutes_parse_day(const char *p, size_t n, time_t *ret)
{
	time_t first;

	return n == 10 && text_parse_when(p, n, &first, ret) >= 0;
}
