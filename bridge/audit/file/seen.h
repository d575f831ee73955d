/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a stream of reports has shown before, in memory that does not grow
 * with the stream: beyond a fixed number of things it forgets and says so.
 */
#ifndef BRIDGE_AUDIT_FILE_SEEN_H
#define BRIDGE_AUDIT_FILE_SEEN_H

#include "base/error.h"

#include <stdint.h>

struct audit_seen;

/* Room for 2^bits things, half of which are remembered. */
int audit_seen_new(struct audit_seen **ret, unsigned bits, struct error *err);
void audit_seen_free(struct audit_seen **s);

/* For audit_seen_before: two different texts have one hash with a chance of
 * 2^-64. On any thread. */
uint64_t audit_seen_hash(const struct audit_seen *s, const char *p, size_t n);
/* Whether a text of this hash was seen before under this group. */
bool audit_seen_before(struct audit_seen *s, uint64_t group, uint64_t hash);
/* It will be asked about so many texts later, if the memory is slow. */
#define SEEN_AHEAD 8
void audit_seen_expect(const struct audit_seen *s, uint64_t group,
	uint64_t hash);

/* Nothing under an earlier group will be asked about: makes room if needed. */
void audit_seen_next_group(struct audit_seen *s);

/* Whether something had to be forgotten, so that a repeat may be missed. */
bool audit_seen_overflowed(const struct audit_seen *s);

#endif
