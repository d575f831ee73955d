/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names, the one table of personal data: what a name may be, whatever store it
 * is kept in. registry.h has the kinds.
 */
#ifndef BRIDGE_REGISTRY_NAMES_H
#define BRIDGE_REGISTRY_NAMES_H

#include "base/error.h"

#include <stdbool.h>

/* Whether people rename things of this kind. */
bool name_kind_changes(const char *kind);

/*
 * Whether there is that kind, and it may have the id and the value (NULL: not
 * looked at). ERROR_USAGE.
 */
int name_check(const char *kind, const char *id, const char *value,
	struct error *err);

/* The same for a name that gets an id of its own. */
int name_check_own(const char *kind, const char *value, struct error *err);

#endif
