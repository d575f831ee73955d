/* SPDX-License-Identifier: Apache-2.0 */
/* Where the facts of a live audit come from. */
#ifndef BRIDGE_AUDIT_GATHER_GATHER_H
#define BRIDGE_AUDIT_GATHER_GATHER_H

#include "bridge/audit/run.h"

struct aws_session;
struct known;
struct registry_bindings;
struct sts_identity;

/*
 * Keeps the credentials from ending between two questions; `first` is who they
 * were at the start, and whose new ones have to be.
 */
struct audit_renewal {
	int (*renew)(void *self, const struct sts_identity *first,
		struct error *err);
	/*
	 * One of many: the report is asked for, and may take its time; returns
	 * when the rest may be asked. `limited`: AWS makes no more reports for
	 * now. NULL: at once.
	 */
	int (*begun)(void *self, bool limited, struct error *err);
	/*
	 * A session as root of the account, to look; owned by who asks. Success
	 * with NULL: of this account's root there shall be none. NULL: nobody
	 * becomes root.
	 */
	int (*root)(void *self, struct aws_session **ret, struct error *err);
	void *self;
};

/*
 * Asks AWS about the account of the session's credentials. `bindings` NULL:
 * there is no registry, or (a->registry.used) it could not be read; `known`
 * NULL: the same.
 */
int audit_ask_aws(struct audit *a, struct aws_session *s,
	const struct registry_bindings *bindings, const struct known *known,
	const struct audit_renewal *renewal, struct error *err);

#endif
