/* SPDX-License-Identifier: Apache-2.0 */
/* Stored events: a row as it was found, read, and checked against the chain. */
#ifndef BRIDGE_REGISTRY_SQLITE_STORED_H
#define BRIDGE_REGISTRY_SQLITE_STORED_H

#include "bridge/registry/sqlite/file/store.h"

/* One event as it is stored. */
struct stored {
	uint64_t seq;
	int64_t pos;
	const unsigned char *hash; /* SHA256_LEN bytes, or NULL if damaged */
	const unsigned char *p;
	size_t n;
};

/* Of a row (pos, seq, hash, event); borrowed until the next step. */
void stored_of(sqlite3_stmt *stmt, struct stored *ret);
/*
 * Reads a stored event. What was written by a newer program is
 * ERROR_UNSUPPORTED, anything else that cannot be read ERROR_CORRUPT: these
 * bytes were good once.
 */
int stored_parse(struct registry *reg, const struct stored *s,
	struct event *ret, struct error *err);
/*
 * Checks a stored event against its place: parses, stream, number, hash behind
 * `previous`. ERROR_CORRUPT.
 */
int stored_check(struct registry *reg, const struct stored *s,
	const unsigned char previous[SHA256_LEN], struct event *ret,
	struct error *err);

#endif
