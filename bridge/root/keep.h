/* SPDX-License-Identifier: Apache-2.0 */
/* Root's keys in the registry. */
#ifndef BRIDGE_ROOT_KEEP_H
#define BRIDGE_ROOT_KEEP_H

#include "bridge/root/lead.h"
#include "bridge/verify/verify.h"

/*
 * The token's row, its holder the place that is named: of a verified token, or
 * of one that only has a serial number to show. Its id and name into *p.
 */
int keep_token(const struct root_request *q, const struct verification *v,
	struct root_progress *p, struct error *err);
int keep_serial(const struct root_request *q, const char *serial,
	struct root_progress *p, struct error *err);

/* ERROR_CONFLICT where it is a device of this root already. */
int keep_check(const struct root_request *q, const struct registry_token *row,
	struct error *err);

/* The binding with all that was seen as its evidence, and the bag. Written
 * again it changes nothing. */
int keep_binding(const struct root_request *q, const struct root_progress *p,
	struct registry_head *ret_head, struct error *err);

/* Devices that are bound already were there before, though no list shows them
 * to who is not root. */
int keep_before(const struct root_request *q, struct root_progress *p,
	struct error *err);

/* Bindings of this root in force: how many tokens, and how many apps. */
int keep_count(const struct root_request *q, size_t *ret, size_t *ret_apps,
	struct error *err);

/* What was seen of the removal of p->serial is recorded, and its binding goes,
 * where there is one. Twice the same is recorded once. */
int keep_removed(const struct root_request *q, const struct root_progress *p,
	const struct root_observation *seen, struct registry_head *ret_head,
	struct error *err);

/* The token's row as it is now. */
int keep_row(const struct root_request *q, const char *token,
	struct registry_token *ret, struct error *err);

#endif
