/* SPDX-License-Identifier: Apache-2.0 */
/* What every store refuses in the same words: sizes, owners, times, ids. */
#ifndef BRIDGE_REGISTRY_CHECK_H
#define BRIDGE_REGISTRY_CHECK_H

#include "base/error.h"

#include <stddef.h>
#include <time.h>

/* A piece of evidence: 1 to REGISTRY_EVIDENCE_MAX bytes. ERROR_USAGE. */
int registry_check_evidence(size_t n, struct error *err);

/* An id, or its first digits, at least 4. ERROR_USAGE. */
int registry_check_prefix(const char *prefix, struct error *err);

/* What a reservation is of, and who asks. ERROR_USAGE. */
int registry_check_reservation(const char *kind, const char *key,
	const char *owner, struct error *err);
/* How long it shall last: 1 to REGISTRY_RESERVE_MAX. ERROR_USAGE. */
int registry_check_seconds(unsigned seconds, struct error *err);

/* A reservation as it is kept; everything is borrowed. */
struct registry_reservation {
	const char *kind;
	const char *key;
	const char *called; /* by people; NULL: kind and key */
	const char *station;
	const char *owner;
	time_t expires;
};

/* ERROR_BUSY where it keeps another owner, of the station `us`, out at `now`. */
int registry_check_free(const struct registry_reservation *r, const char *us,
	const char *owner, time_t now, struct error *err);

#endif
