/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose turn it is to have a virtual device between Create and Enable: AWS takes
 * unassigned ones away when anybody adds one in its console, so that of one
 * registry and account there is one at a time on this host. The turn ends with
 * the process at the latest.
 */
#ifndef BRIDGE_JOURNAL_TURN_H
#define BRIDGE_JOURNAL_TURN_H

#include "bridge/run/run.h"

/*
 * Waits for it, which is said; close *ret_fd to give it to the next one.
 * ERROR_BUSY after ten minutes, ERROR_INTERRUPTED.
 */
int turn_take(const struct run *run, const char *registry_path,
	const char *account, int *ret_fd, struct error *err);

#endif
