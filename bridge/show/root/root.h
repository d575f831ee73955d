/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of root, and receipts of what was done about it. */
#ifndef BRIDGE_SHOW_ROOT_ROOT_H
#define BRIDGE_SHOW_ROOT_ROOT_H

#include "bridge/root/judge.h"
#include "bridge/root/lead.h"
#include "bridge/root/sight.h"

/* What stands beside the facts; borrowed. */
struct show_root {
	const struct root_sight *sight;
	const struct root_judgement *judgement;
	const char *alias;    /* NULL: none */
	const char *endpoint; /* "" AWS's own */
};

/* Its members, a new reference. */
json_t *show_root_json(const struct show_root *x);
int show_root_check(const struct show_root *x, bool json, struct error *err);

/* What was registered and removed, and what is still to be done. */
int show_root_receipt(const struct root_receipt *r, const char *endpoint,
	bool json, struct error *err);

#endif
