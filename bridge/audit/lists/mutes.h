/* SPDX-License-Identifier: Apache-2.0 */
/* Between the readers of mute lists. */
#ifndef BRIDGE_AUDIT_LISTS_MUTES_H
#define BRIDGE_AUDIT_LISTS_MUTES_H

#include "bridge/audit/mute.h"

/* Fills the list out of Prowler's YAML. ERROR_USAGE names file and line. */
int mutes_parse_prowler(struct audit_mutes *m, const char *p, size_t n,
	struct error *err);

/*
 * Makes the added pattern search as Python's re.search does, by POSIX's
 * extended patterns; a leading `*` is `.*`, as Prowler has it. What the two
 * understand otherwise is refused: NULL, or why.
 */
const char *pattern_compile(struct mute_pattern *pattern);

/* A day, of which the last second counts: *ret. False: it is none. */
bool mutes_parse_day(const char *p, size_t n, time_t *ret);

/* "FILE, line 7"; NULL without memory. */
char *mutes_place(const struct audit_mutes *m, size_t line);

#endif
