/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evidence: bytes named by their SHA-256, apart from the events that name
 * them, so that they can be pruned and the chain holds.
 */
#include "bridge/hash/chain.h"
#include "bridge/registry/check.h"
#include "bridge/registry/sqlite/file/store.h"

#include <string.h>

int registry_evidence_put(struct registry *reg, const void *p, size_t n,
	unsigned char ret_sha[SHA256_LEN], struct error *err)
{
	/* heals a piece whose bytes have been damaged */
	static const char sql[] =
		"INSERT INTO evidence (sha, bytes) VALUES (?1, ?2)"
		" ON CONFLICT (sha) DO UPDATE SET bytes = excluded.bytes"
		" WHERE bytes IS NOT excluded.bytes";
	unsigned char sha[SHA256_LEN];
	int r;

	r = registry_check_evidence(n, err);
	if (r == 0)
		r = chain_digest(p, n, sha, err);
	if (r == 0)
		r = store_begin(reg, err);
	if (r < 0)
		return r;
	r = store_run(reg, sql, VALUES(v_blob(sha, SHA256_LEN), v_blob(p, n)),
		err);
	r = store_end(reg, r, err);
	if (r < 0)
		return r;
	memcpy(ret_sha, sha, SHA256_LEN);
	return 0;
}

int registry_evidence_get(struct registry *reg,
	const unsigned char sha[SHA256_LEN], struct buf *b, bool *ret_absent,
	struct error *err)
{
	static const char sql[] = "SELECT bytes FROM evidence WHERE sha = ?1";
	CLEANUP(stmt_done) sqlite3_stmt *stmt = NULL;
	unsigned char is[SHA256_LEN];
	const void *p;
	size_t n;
	int r;

	r = store_first(reg, sql, VALUES(v_blob(sha, SHA256_LEN)), &stmt, err);
	if (r < 0)
		return r;
	buf_reset(b);
	*ret_absent = r == 0;
	if (r == 0)
		return 0;
	p = sqlite3_column_blob(stmt, 0);
	n = (size_t)sqlite3_column_bytes(stmt, 0);
	r = chain_digest(p, n, is, err);
	if (r < 0)
		return r;
	if (memcmp(is, sha, SHA256_LEN) != 0)
		return store_corrupt(reg, err,
			"evidence does not match its name");
	buf_put(b, p, n);
	return buf_check(b, "the evidence", err);
}
