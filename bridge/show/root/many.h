/* SPDX-License-Identifier: Apache-2.0 */
/* Root of several accounts: a line each as soon as it is known, one object at
 * the end. */
#ifndef BRIDGE_SHOW_ROOT_MANY_H
#define BRIDGE_SHOW_ROOT_MANY_H

#include "bridge/member/removal.h"
#include "bridge/show/root/root.h"

struct show_many {
	const char *member; /* of the object: "accounts"; constant */
	json_t *rows;       /* owned until the end */
	bool json;
};

void show_many_begin(struct show_many *m, const char *member, bool json);

/* Each for one account; `name` is "" where it is not known. */
void show_many_looked(struct show_many *m, const char *name,
	const struct show_root *x);
void show_many_removed(struct show_many *m, const char *name,
	const struct removal_receipt *r);
void show_many_failed(struct show_many *m, const char *account,
	const char *name, const char *why);
void show_many_skipped(struct show_many *m, const char *account,
	const char *name, const char *why);

/* Ends it. head NULL: none is told. */
int show_many_end(struct show_many *m, const char *endpoint, bool changed,
	const struct registry_head *head, struct error *err);

#endif
