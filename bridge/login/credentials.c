/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Credentials of login.db. "The user has none" lets somebody pass where the
 * PAM line says so: it is known only after a look at every row, and the digest
 * over all of them says that these are the rows that were published.
 */
#include "bridge/login/store.h"

#include "base/encode.h"
#include "base/wire.h"

#include <stdlib.h>
#include <string.h>

#define ROW_MAX 8192

void login_credentials_done(struct login_credentials *list)
{
	free(list->p);
	list->p = NULL;
	list->n = 0;
}

/* ---- the digest ---- */

static int put_row(const struct login_db *db, sqlite3_stmt *stmt,
	struct buf *b, struct error *err)
{
	int i, n = sqlite3_column_count(stmt);

	buf_reset(b);
	for (i = 0; i < n; i++) {
		int type = sqlite3_column_type(stmt, i);
		const void *p = sqlite3_column_blob(stmt, i);
		size_t len = (size_t)sqlite3_column_bytes(stmt, i);

		if (len > UINT16_MAX)
			return ldb_corrupt(db, "a row is too long", err);
		buf_put_byte(b, (unsigned char)type);
		wire_put_bytes(b, p ? p : "", len);
	}
	return buf_failed(b) ? ldb_corrupt(db, "a row is too long", err) : 0;
}

/* Chains the rows of one statement into ret, which holds what came before. */
static int digest_rows(struct login_db *db, const char *sql, ldb_row_fn *each,
	void *arg, unsigned char ret[SHA256_LEN], struct error *err)
{
	CLEANUP(ldb_stmt_p) sqlite3_stmt *stmt = NULL;
	CLEANUP(buf_done) struct buf b;
	int r;

	buf_init(&b, ROW_MAX);
	r = ldb_prepare(db, sql, NULL, NULL, &stmt, err);
	while (r == 0 && (r = ldb_step(db, stmt, err)) > 0) {
		/* before put_row, which converts numbers to text */
		r = each ? each(stmt, arg, err) : 0;
		if (r == 0)
			r = put_row(db, stmt, &b, err);
		if (r == 0)
			r = chain_next(ret, b.p, b.n, ret, err);
	}
	return r;
}

int ldb_digest(struct login_db *db, ldb_row_fn *each, void *arg,
	unsigned char ret[SHA256_LEN], struct error *err)
{
	static const char made[] =
		"SELECT made_at, generation, station, rehearsal, counters"
		" FROM made";
	static const char *const rows[] = {
		"SELECT user, token, aaguid, id, public_key, counter, slot,"
		" verify_required FROM credentials ORDER BY user, id",
		"SELECT user, token, aaguid, id, public_key, counter, slot,"
		" verify_required, rp FROM credentials ORDER BY user, id, rp",
	};
	int r;

	memset(ret, 0, SHA256_LEN);
	r = digest_rows(db, made, NULL, NULL, ret, err);
	return r < 0 ? r : digest_rows(db, rows[db->version > 1], each,
		arg, ret, err);
}

static int compare_digest(struct login_db *db, const unsigned char *found,
	struct error *err)
{
	CLEANUP(ldb_stmt_p) sqlite3_stmt *stmt = NULL;
	unsigned char said[LOGIN_BYTES_MAX];
	size_t n = 0;
	int r;

	r = ldb_prepare(db, "SELECT digest FROM made", NULL, NULL, &stmt, err);
	if (r == 0)
		r = ldb_step(db, stmt, err);
	if (r < 0)
		return r;
	if (r == 0 || !ldb_take_blob(stmt, 0, said, &n) || n != SHA256_LEN ||
		!bytes_equal(said, found, SHA256_LEN))
		return ldb_corrupt(db, "its rows are not those that were "
			"published", err);
	return 0;
}

int ldb_check_digest(struct login_db *db, struct error *err)
{
	unsigned char digest[SHA256_LEN];
	int r = ldb_digest(db, NULL, NULL, digest, err);

	return r < 0 ? r : compare_digest(db, digest, err);
}

/* ---- one user's ---- */

struct wanted {
	struct login_db *db;
	const struct user_names *user;
	struct login_credentials *list;
};

/* Before version 2 there was one. */
static bool take_rp(sqlite3_stmt *stmt, struct login_credential *c)
{
	if (sqlite3_column_count(stmt) > 8)
		return ldb_take_text(stmt, 8, c->rp, sizeof(c->rp)) &&
			c->rp[0];
	strcpy(c->rp, LOGIN_RP);
	return true;
}

static bool take_credential(sqlite3_stmt *stmt, struct login_credential *c)
{
	int64_t counter, slot, verify;

	if (!ldb_take_text(stmt, 1, c->token, sizeof(c->token)) ||
		!ldb_is_id(c->token, LOGIN_TOKEN_LEN - 1) ||
		!ldb_take_text(stmt, 2, c->aaguid, sizeof(c->aaguid)) ||
		!ldb_take_blob(stmt, 3, c->id, &c->id_n) ||
		!ldb_take_blob(stmt, 4, c->public_key, &c->public_key_n) ||
		!ldb_take_number(stmt, 5, UINT32_MAX, &counter) ||
		!ldb_take_number(stmt, 6, UINT32_MAX, &slot) ||
		!ldb_take_number(stmt, 7, 1, &verify) || !take_rp(stmt, c))
		return false;
	c->counter = (uint32_t)counter;
	c->slot = (uint32_t)slot;
	c->verify_required = verify != 0;
	return true;
}

static int take_if_wanted(sqlite3_stmt *stmt, void *arg, struct error *err)
{
	struct wanted *w = arg;
	const char *user = (const char *)sqlite3_column_text(stmt, 0);

	if (!user || !user_names_have(w->user, user))
		return 0;
	if (w->list->n == LOGIN_CREDENTIALS_MAX)
		return ldb_corrupt(w->db, "too many credentials", err);
	if (!take_credential(stmt, &w->list->p[w->list->n]))
		return ldb_corrupt(w->db, "a credential makes no sense", err);
	w->list->n++;
	return 0;
}

int login_db_credentials(struct login_db *db, const struct user_names *user,
	struct login_credentials *ret, struct error *err)
{
	CLEANUP(login_credentials_done) struct login_credentials list = { 0 };
	struct wanted wanted = { db, user, &list };
	unsigned char digest[SHA256_LEN];
	int r;

	list.p = calloc(LOGIN_CREDENTIALS_MAX, sizeof(*list.p));
	if (!list.p)
		return error_memory(err);
	r = ldb_digest(db, take_if_wanted, &wanted, digest, err);
	if (r == 0)
		r = compare_digest(db, digest, err);
	if (r < 0)
		return r;
	*ret = list;
	list = (struct login_credentials){ 0 };
	return 0;
}
