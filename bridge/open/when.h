/* SPDX-License-Identifier: Apache-2.0 */
/* The time that an option names, of what has been. */
#ifndef BRIDGE_OPEN_WHEN_H
#define BRIDGE_OPEN_WHEN_H

#include "bridge/settings/option.h"

#include <time.h>

/* Which second of the day or the minute that is named. */
enum open_when {
	OPEN_FIRST,
	OPEN_LAST, /* or now, where that has not come yet */
};

/*
 * As text_parse_when; *ret is 0 where nothing is said, or `now`. ERROR_USAGE
 * where it cannot be read, and where it has not come yet.
 */
int open_when(const struct options *o, enum option_id id, enum open_when which,
	time_t *ret, struct error *err);

#endif
