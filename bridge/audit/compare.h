/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BRIDGE_AUDIT_COMPARE_H
#define BRIDGE_AUDIT_COMPARE_H

#include "bridge/audit/run.h"

/*
 * When all is judged: the list's mutes as rows, notes about those that matched
 * nothing, and what became of the earlier run's findings. `complete`: the run
 * came to its end.
 */
void audit_compare(struct audit *a, bool complete);

#endif
