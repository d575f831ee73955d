/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pieces of a file that are read and prepared ahead of who takes them, which
 * happens in their order: by as many threads as there are processors, the
 * caller's among them.
 */
#ifndef BRIDGE_AUDIT_FILE_AHEAD_H
#define BRIDGE_AUDIT_FILE_AHEAD_H

#include "bridge/audit/file/piece.h"

#include <sys/types.h>

struct audit_ahead;

/*
 * Of fd, which can be read at any place, from byte `start` on. Both fd and
 * `users` are borrowed. Where a thread cannot be had it goes on without.
 */
int audit_ahead_new(struct audit_ahead **ret, int fd, off_t start,
	const struct audit_seen *users, struct error *err);
/* Ends all threads. */
void audit_ahead_free(struct audit_ahead **a);

/*
 * The next piece, good until the next call; it has no bytes behind the end, and
 * its `error` where it could not be read. `layout` is what pieces that are
 * begun from now on are prepared by.
 */
const struct audit_piece *audit_ahead_next(struct audit_ahead *a,
	const struct report_layout *layout);

#endif
