/* SPDX-License-Identifier: Apache-2.0 */
/* Bundles: the receipt of one, and what a check found. */
#ifndef BRIDGE_SHOW_BUNDLE_H
#define BRIDGE_SHOW_BUNDLE_H

#include "bridge/ledger/bundle.h"
#include "bridge/terminal/table.h"

int show_bundled(const struct bundled *b, const char *path, bool json,
	struct error *err);

/* What happened, what the evidence is worth, what is wrong. */
int show_bundle_checked(const struct bundle_checked *c, bool json,
	const struct table_view *view, struct error *err);

#endif
