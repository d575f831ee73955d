/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that findings are held against: mute lists, ours and Prowler's, and
 * the result of an earlier run. docs/FORMATS.md has the formats.
 */
#ifndef BRIDGE_AUDIT_LISTS_LISTS_H
#define BRIDGE_AUDIT_LISTS_LISTS_H

#include "bridge/audit/earlier.h"
#include "bridge/audit/mute.h"

#define MUTES_FILE_MAX 1048576

/*
 * Reads a mute list, whole or not at all; what begins with `Mutelist:` is
 * Prowler's. ERROR_USAGE names file and line.
 */
int audit_mutes_read(struct audit_mutes **ret, const char *path,
	struct error *err);
/* The same of n bytes, called `name`. Pure. */
int audit_mutes_parse(struct audit_mutes **ret, const char *name,
	const char *p, size_t n, struct error *err);

/*
 * Reads what `audit --json` printed, whole or not at all: ERROR_MALFORMED for
 * anything else. Members that are not known are passed over.
 */
int audit_earlier_read(struct audit_earlier **ret, const char *path,
	struct error *err);
/* The same of n bytes, called `name`. Pure. */
int audit_earlier_parse(struct audit_earlier **ret, const char *name,
	const char *p, size_t n, struct error *err);

#endif
