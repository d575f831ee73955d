/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run counted itself: for each user the devices that ListMFADevices
 * told in this run. No report, list of others or verdict is in it. Pure.
 */
#ifndef BRIDGE_AUDIT_COUNTED_H
#define BRIDGE_AUDIT_COUNTED_H

#include "base/error.h"

#include <time.h>

struct audit_count {
	char *user_id;  /* owned; unique */
	size_t devices;
	char *kinds;    /* owned; "fido, virtual"; "" where there are none */
	time_t when;    /* by AWS's clock */
};

struct audit_counted {
	struct audit_count *p; /* owned */
	size_t n, size;
	size_t missing; /* users who are there and could not be counted */
};

int audit_counted_add(struct audit_counted *c, const char *user_id,
	size_t devices, const char *kinds, time_t when, struct error *err);
/* By user id: answers come in any order. */
void audit_counted_sort(struct audit_counted *c);
void audit_counted_done(struct audit_counted *c);

#endif
