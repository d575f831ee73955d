/* SPDX-License-Identifier: Apache-2.0 */
/* What every store refuses. */
#include "bridge/registry/check.h"

#include "base/id.h"
#include "base/text.h"
#include "bridge/registry/registry.h"

#include <stdio.h>
#include <string.h>

#define PREFIX_MIN 4

int registry_check_evidence(size_t n, struct error *err)
{
	if (n == 0 || n > REGISTRY_EVIDENCE_MAX)
		return error_set(err, ERROR_USAGE,
			"evidence of %zu bytes: 1 to %d are kept", n,
			REGISTRY_EVIDENCE_MAX);
	return 0;
}

int registry_check_prefix(const char *prefix, struct error *err)
{
	size_t n = strlen(prefix);

	if (n < PREFIX_MIN || n >= ID_LEN ||
		strspn(prefix, "0123456789abcdef") != n)
		return error_set(err, ERROR_USAGE,
			"'%s' is not a token's id: %d to %d hex digits", prefix,
			PREFIX_MIN, ID_LEN - 1);
	return 0;
}

int registry_check_reservation(const char *kind, const char *key,
	const char *owner, struct error *err)
{
	int r;

	r = text_check(kind, "kind of reservation", err);
	if (r == 0)
		r = text_check(key, "key of the reservation", err);
	if (r == 0 && !id_is_valid(owner))
		return error_set(err, ERROR_USAGE,
			"the owner of a reservation is not an id");
	return r;
}

int registry_check_seconds(unsigned seconds, struct error *err)
{
	if (seconds == 0 || seconds > REGISTRY_RESERVE_MAX)
		return error_set(err, ERROR_USAGE,
			"a reservation lasts 1 to %d seconds",
			REGISTRY_RESERVE_MAX);
	return 0;
}

int registry_check_free(const struct registry_reservation *r, const char *us,
	const char *owner, time_t now, struct error *err)
{
	char left[32], until[TEXT_TIME_LEN], what[200];

	if (r->expires <= now || strcmp(r->owner, owner) == 0)
		return 0;
	/* a clock that was set back must not lock anybody out for years */
	if (r->expires > now + REGISTRY_RESERVE_MAX)
		return 0;
	text_format_age(r->expires - now, left, sizeof(left));
	text_format_time(r->expires, until);
	snprintf(what, sizeof(what), "%s '%.150s'", r->kind, r->key);
	return error_set(err, ERROR_BUSY,
		"%.280s is reserved by station %s%s until %s, for another %s: "
		"a run that goes on there, or was broken off",
		r->called ? r->called : what, r->station,
		strcmp(r->station, us) == 0 ? " (this one)" : "", until, left);
}
