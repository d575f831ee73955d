/* SPDX-License-Identifier: Apache-2.0 */
/* --at: the moment that certificates are judged by. */
#ifndef BRIDGE_TERMINAL_AT_H
#define BRIDGE_TERMINAL_AT_H

#include "bridge/settings/option.h"

#include <time.h>

/*
 * now, made, or a time in ISO 8601. `made` is what "made" stands for; 0 where
 * it makes no sense. ERROR_USAGE.
 */
int moment_of(const struct options *o, time_t made, time_t *ret,
	struct error *err);

#endif
