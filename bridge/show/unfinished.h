/* SPDX-License-Identifier: Apache-2.0 */
/* Runs that are not finished: since when, why, and what ends them. */
#ifndef BRIDGE_SHOW_UNFINISHED_H
#define BRIDGE_SHOW_UNFINISHED_H

#include "bridge/journal/journal.h"
#include "bridge/registry/registry.h"

/* What `registry show --unfinished` shows; everything is borrowed. */
int show_unfinished(struct registry *reg, const struct journal_sights *list,
	bool json, struct error *err);

#endif
