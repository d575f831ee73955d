/* SPDX-License-Identifier: Apache-2.0 */
/* A person who leaves. */
#ifndef BRIDGE_REVOKE_LEAVER_H
#define BRIDGE_REVOKE_LEAVER_H

#include "bridge/revoke/work.h"

/*
 * Everything that the registry knows of a holder, a person: bindings to local
 * users of tokens that the person holds, keys of local users whom nobody
 * else's token lets in; then of every IAM user of this account that such a
 * token is bound to, or that an earlier run of this kind has begun with,
 * access (w->cut) and devices. What only goes by the same name, what is of
 * another account, and whose custodian the person is, are rows. ERROR_FAILED
 * where the registry knows no such person.
 */
int revoke_leaver(struct revoke_work *w, const char *holder,
	struct error *err);

#endif
