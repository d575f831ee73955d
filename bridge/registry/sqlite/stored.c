/* SPDX-License-Identifier: Apache-2.0 */
/* Stored events: a row as it was found, read, and checked against the chain. */
#include "bridge/hash/chain.h"
#include "bridge/registry/sqlite/stored.h"

#include <string.h>

void stored_of(sqlite3_stmt *stmt, struct stored *ret)
{
	ret->pos = sqlite3_column_int64(stmt, 0);
	ret->seq = (uint64_t)sqlite3_column_int64(stmt, 1);
	ret->hash = sqlite3_column_bytes(stmt, 2) == SHA256_LEN ?
		sqlite3_column_blob(stmt, 2) : NULL;
	ret->p = sqlite3_column_blob(stmt, 3);
	ret->n = (size_t)sqlite3_column_bytes(stmt, 3);
}

int stored_parse(struct registry *reg, const struct stored *s,
	struct event *ret, struct error *err)
{
	struct error why;
	int r;

	r = event_parse(s->p, s->n, ret, &why);
	if (r == -ERROR_UNSUPPORTED)
		return error_copy(err, &why);
	if (r < 0)
		return store_corrupt(reg, err, "event %llu: %s",
			(unsigned long long)s->seq, why.text);
	return 0;
}

int stored_check(struct registry *reg, const struct stored *s,
	const unsigned char previous[SHA256_LEN], struct event *ret,
	struct error *err)
{
	CLEANUP(event_done) struct event e = EVENT_INIT;
	unsigned char hash[SHA256_LEN];
	int r;

	r = chain_next(previous, s->p, s->n, hash, err);
	if (r < 0)
		return r;
	if (!s->hash || memcmp(hash, s->hash, SHA256_LEN) != 0)
		return store_corrupt(reg, err,
			"event %llu does not fit the chain",
			(unsigned long long)s->seq);
	r = stored_parse(reg, s, &e, err);
	if (r < 0)
		return r;
	if (e.seq != s->seq || strcmp(e.stream, reg->station) != 0)
		return store_corrupt(reg, err,
			"event %llu is in another event's place",
			(unsigned long long)s->seq);
	*ret = e;
	e.body = NULL;
	return 0;
}
