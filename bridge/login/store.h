/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files behind db.h and write.h share. sshd's program links no
 * cryptography, so what takes a digest is a file of its own.
 */
#ifndef BRIDGE_LOGIN_STORE_H
#define BRIDGE_LOGIN_STORE_H

#include "bridge/hash/chain.h"
#include "bridge/login/db.h"

#include <sqlite3.h>

struct login_db {
	sqlite3 *db;
	char *path;
	int version;
	struct login_db_info info;
};

/* ---- db.c ---- */

int ldb_corrupt(const struct login_db *db, const char *why,
	struct error *err);
/* CLEANUP handler. */
void ldb_stmt_p(sqlite3_stmt **stmt);
/* Up to two texts are bound; NULL ends them. */
int ldb_prepare(struct login_db *db, const char *sql, const char *first,
	const char *second, sqlite3_stmt **ret, struct error *err);
/* 1: a row; 0: the end. */
int ldb_step(struct login_db *db, sqlite3_stmt *stmt, struct error *err);
/* A column of that form into ret; false where it has another. */
bool ldb_take_text(sqlite3_stmt *stmt, int i, char *ret, size_t size);
bool ldb_take_blob(sqlite3_stmt *stmt, int i, unsigned char *ret,
	size_t *ret_n);
bool ldb_take_number(sqlite3_stmt *stmt, int i, int64_t max, int64_t *ret);
bool ldb_is_id(const char *s, size_t digits);

/* ---- credentials.c ---- */

/*
 * SHA-256 over when the file was made and, chained, every row of credentials.
 * `each` (or NULL) sees the rows on the way: user, token, aaguid, id,
 * public_key, counter, slot, verify_required, and from version 2 on rp.
 */
typedef int ldb_row_fn(sqlite3_stmt *stmt, void *arg, struct error *err);
int ldb_digest(struct login_db *db, ldb_row_fn *each, void *arg,
	unsigned char ret[SHA256_LEN], struct error *err);
/* Whether the rows are those that were published together: ERROR_CORRUPT. */
int ldb_check_digest(struct login_db *db, struct error *err);

/* ---- write.c ---- */

struct login_write;
/* Rows that are being written, to be read; borrowed. */
void ldb_of_write(const struct login_write *w, struct login_db *ret);

#endif
