/* SPDX-License-Identifier: Apache-2.0 */
/* What a token is judged by. */
#include "bridge/verify/trust.h"

#include "token/trust/mds-cache.h"
#include "token/trust/trust.h"

#include <string.h>

void trust_done(struct trust *t)
{
	anchors_done(&t->anchors);
	mds_free(&t->mds);
	advisories_done(&t->advisories);
	policy_done(&t->policy);
	memset(t, 0, sizeof(*t));
}

int trust_open(const struct trust_paths *paths, struct trust *ret,
	struct error *err)
{
	struct trust t = { .mds = NULL };
	int r;

	policy_init(&t.policy);
	r = policy_load(paths->policy, &t.policy, err);
	if (r == 0)
		r = advisories_load(paths->advisories, &t.advisories, err);
	if (r == 0)
		r = trust_load(paths->dir, &t.anchors, err);
	if (r == 0)
		r = mds_cache_load(paths->dir, &t.mds, NULL, err);
	if (r < 0)
		trust_done(&t);
	else
		*ret = t;
	return r;
}
