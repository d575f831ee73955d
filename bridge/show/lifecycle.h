/* SPDX-License-Identifier: Apache-2.0 */
/* Receipts of what happened to a token on its way. */
#ifndef BRIDGE_SHOW_LIFECYCLE_H
#define BRIDGE_SHOW_LIFECYCLE_H

#include "bridge/lifecycle/bag.h"
#include "bridge/lifecycle/handover.h"
#include "bridge/lifecycle/move.h"

/* Its members, a new reference. */
json_t *show_moved_json(const struct moved *m);
/* `what` is the member's name: "moved", "retired". */
int show_moved(const struct moved *m, const char *what, bool json,
	struct error *err);
int show_bagged(const struct bagged *b, const struct record_bag *bag,
	bool json, struct error *err);
int show_handed_over(const struct handed_over *h, const char *holder,
	bool json, struct error *err);

#endif
