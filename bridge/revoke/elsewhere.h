/* SPDX-License-Identifier: Apache-2.0 */
/* What the registry knows and this run cannot reach: other accounts. */
#ifndef BRIDGE_REVOKE_ELSEWHERE_H
#define BRIDGE_REVOKE_ELSEWHERE_H

#include "bridge/revoke/work.h"

/* Whether the device is of another account than the one that is worked on. */
bool elsewhere_is(const struct revoke_work *w,
	const struct registry_binding *b);
/* Tells of it, with the command for a run there. */
void elsewhere_tell(struct revoke_work *w, const struct registry_binding *b);

#endif
