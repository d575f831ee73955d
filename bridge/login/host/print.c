/* SPDX-License-Identifier: Apache-2.0 */
/* Writing the file for other hosts. */
#include "bridge/login/host/hostfile.h"

#include "base/encode.h"
#include "bridge/login/host/form.h"
#include "bridge/login/store.h"

/* ---- rows ---- */

static void put_column(struct buf *b, sqlite3_stmt *stmt, int i)
{
	const void *p = sqlite3_column_blob(stmt, i);
	size_t n = (size_t)sqlite3_column_bytes(stmt, i);

	buf_put_byte(b, '\t');
	if (sqlite3_column_type(stmt, i) == SQLITE_BLOB)
		base64_encode(b, BASE64_URL, p, n);
	else if (p)
		buf_put(b, p, n);
}

/* A line for each row: the word, and its columns. */
static int put_table(struct login_db *db, const char *word, const char *sql,
	struct buf *b, struct error *err)
{
	CLEANUP(ldb_stmt_p) sqlite3_stmt *stmt = NULL;
	int i, n, r;

	r = ldb_prepare(db, sql, NULL, NULL, &stmt, err);
	while (r == 0 && (r = ldb_step(db, stmt, err)) > 0) {
		buf_put_str(b, word);
		for (i = 0, n = sqlite3_column_count(stmt); i < n; i++)
			put_column(b, stmt, i);
		buf_put_byte(b, '\n');
		r = 0;
	}
	return r;
}

#define CREDENTIAL "user, token, aaguid, counter, verify_required, id," \
	" public_key"

int hostfile_put_rows(struct login_db *db, struct buf *b, struct error *err)
{
	int r;

	r = put_table(db, WORD_CREDENTIAL, db->version > 1 ?
		"SELECT " CREDENTIAL ", rp FROM credentials"
		" ORDER BY user, id, rp" :
		"SELECT " CREDENTIAL ", '" LOGIN_RP "' FROM credentials"
		" ORDER BY user, id", b, err);
	if (r == 0)
		r = put_table(db, WORD_SSH_KEY, "SELECT user, token, line FROM"
			" ssh_keys ORDER BY user, fingerprint", b, err);
	return r < 0 ? r : buf_check(b, "what is published", err);
}

/* ---- the file ---- */

static void put_info(struct buf *b, const struct hostfile_info *info)
{
	char head[HEX_LEN(SHA256_LEN)];

	hex_encode(info->head, SHA256_LEN, head);
	buf_printf(b, HOSTFILE_TITLE "%d\n", HOSTFILE_VERSION);
	buf_printf(b, "made\t%lld\n", (long long)info->made_at);
	buf_printf(b, "generation\t%llu\n",
		(unsigned long long)info->generation);
	buf_printf(b, "registry\t%s\n", info->station);
	buf_printf(b, "head\t%s\n", head);
	buf_printf(b, "rehearsal\t%d\n", info->rehearsal);
}

int hostfile_put(struct login_write *w, const struct hostfile_info *info,
	struct buf *b, struct error *err)
{
	unsigned char digest[SHA256_LEN];
	char hex[HEX_LEN(SHA256_LEN)];
	struct login_db db;
	int r;

	ldb_of_write(w, &db);
	put_info(b, info);
	r = hostfile_put_rows(&db, b, err);
	if (r == 0)
		r = chain_digest(b->p, b->n, digest, err);
	if (r < 0)
		return r;
	hex_encode(digest, SHA256_LEN, hex);
	buf_printf(b, WORD_END "\t%s\n", hex);
	return buf_check(b, "what is published", err);
}
