/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of a rollout's state. For this room only. */
#ifndef BRIDGE_ROLLOUT_STATE_LINE_H
#define BRIDGE_ROLLOUT_STATE_LINE_H

#include "bridge/rollout/state.h"

#include <jansson.h>

/* New objects; NULL without memory. The first line is one of a plan. */
json_t *state_plan_line(const char *id, const char *path, size_t rows,
	const char *digest);
json_t *state_row_line(size_t i, const struct row_record *row);
json_t *state_checked_line(time_t when);

#endif
