/* SPDX-License-Identifier: Apache-2.0 */
/* Receiving: a delivery is scanned against its list, key by key. */
#ifndef BRIDGE_LIFECYCLE_INTAKE_H
#define BRIDGE_LIFECYCLE_INTAKE_H

#include "bridge/attached/attached.h"
#include "bridge/lifecycle/delivery.h"
#include "bridge/verify/trust.h"

/* Everything is borrowed. */
struct intake_request {
	const struct intake_list *list;
	struct registry *reg; /* writable, unless only_look */
	const struct trust *trust;
	const char *force;    /* the reason; NULL: what is refused stays so */
	bool readers;         /* keys on readers count too */
	bool only_look;       /* what is missing, and no key is asked for */
};

/*
 * Goes on until every row of the list is in the registry or somebody ends it,
 * telling each key and then a summary as results of the run. *ret_left: rows
 * that are still missing.
 */
int lifecycle_intake(const struct run *run, const struct intake_request *q,
	size_t *ret_left, struct error *err);

#endif
