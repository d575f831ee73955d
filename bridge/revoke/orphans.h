/* SPDX-License-Identifier: Apache-2.0 */
/* Virtual devices that nobody has. */
#ifndef BRIDGE_REVOKE_ORPHANS_H
#define BRIDGE_REVOKE_ORPHANS_H

#include "bridge/revoke/work.h"

/*
 * Shows the unassigned virtual devices of the account, asks (`yes`: does not),
 * and deletes those whose serial number stands in a journal or an event of this
 * registry, that no binding in force names, that no living run works on, and
 * whose user nobody has reserved. The others are said, and stay. AWS deletes
 * none that somebody has by then. ERROR_REFUSED where the answer is no.
 */
int revoke_orphans(struct revoke_work *w, bool yes, struct error *err);

#endif
