/* SPDX-License-Identifier: Apache-2.0 */
/* An adoption under way: what its files share. */
#ifndef BRIDGE_ADOPT_ADOPTING_H
#define BRIDGE_ADOPT_ADOPTING_H

#include "bridge/adopt/adopt.h"
#include "bridge/journal/journal.h"
#include "bridge/verify/record.h"

struct adopting {
	const struct run *run;
	const struct adopt_request *q;
	struct adopted *ret;
	struct iam_user *users; /* owned */
	size_t users_n;
	const struct iam_user *user; /* who is asked of */
	struct registry_bindings bindings;
	struct journal_sights open;
};

void adopting_done(struct adopting *a);

/* One more of a->ret, by its copy. */
int adopting_add(struct adopting *a, const struct adopted_device *d,
	struct error *err);
/* It is something else by now, and counted so. */
void adopting_change(struct adopted *ret, struct adopted_device *d,
	enum adoption what);
/* What each of a->ret is by the registry and its journals now. */
int adopting_judge(struct adopting *a, struct error *err);
/* The same while no other adoption of the account is under way; then writes down
 * what is new, or proved now. */
int adopting_write(struct adopting *a, struct error *err);

/*
 * The registry's row of the token that makes d's codes, by the number that it
 * tells, else by its OATH application; "" where there is none.
 * ERROR_CONFLICT where it is lost or retired, or there are several.
 */
int adopting_find_row(const struct adopting *a, const struct adopted_device *d,
	char ret_token[ID_LEN], struct error *err);
/* The events of one device, and its names. */
int adopting_record(const struct adopting *a, struct record *record,
	struct adopted_device *d, struct error *err);

#endif
