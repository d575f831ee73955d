/* SPDX-License-Identifier: Apache-2.0 */
/* Runs that are not finished: since when, why, and what ends them. */
#ifndef BRIDGE_SHOW_UNFINISHED_H
#define BRIDGE_SHOW_UNFINISHED_H

#include "bridge/journal/journal.h"
#include "bridge/registry/registry.h"

/* What `registry show --unfinished` shows; everything is borrowed. */
struct show_unfinished {
	const struct journal_sights *runs;
	size_t others;              /* that are shown beside them, as text */
	const char *problem;        /* of these; "" none */
};

/* `others` (taken over; NULL: no memory) are of JSON alone. */
int show_unfinished(struct registry *reg, const struct show_unfinished *x,
	json_t *others, bool json, struct error *err);

#endif
