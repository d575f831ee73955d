/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a token is judged by, read once for a whole command: certificates,
 * FIDO's metadata, advisories, the policy.
 */
#ifndef BRIDGE_VERIFY_TRUST_H
#define BRIDGE_VERIFY_TRUST_H

#include "bridge/verify/policy.h"
#include "token/model/advisory.h"
#include "token/trust/anchors.h"
#include "token/trust/mds.h"

/* Where it lies; borrowed. */
struct trust_paths {
	const char *dir;        /* of certificates and metadata */
	const char *advisories; /* the administrator's table; NULL: none */
	const char *policy;     /* NULL: the defaults */
};

struct trust {
	struct anchors anchors;       /* owned, as everything here */
	struct mds *mds;              /* NULL: there is none */
	struct advisories advisories;
	struct policy policy;
};

/*
 * Reads all of it, so that what cannot be read ends a command before a touch
 * is spent. ERROR_MALFORMED, ERROR_PERMISSION ...
 */
int trust_open(const struct trust_paths *paths, struct trust *ret,
	struct error *err);
void trust_done(struct trust *t);

#endif
