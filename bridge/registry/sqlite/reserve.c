/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reservations: conditional puts with an owner and an expiry, so that two
 * stations do not work on the same token or user.
 */
#include "bridge/registry/check.h"
#include "bridge/registry/sqlite/file/store.h"

/* ERROR_BUSY where another owner has it for longer than now. */
static int reserve_check_free(struct registry *reg, const char *kind,
	const char *key, const char *called, const char *owner, time_t now,
	struct error *err)
{
	static const char sql[] =
		"SELECT station, owner, expires FROM reservations"
		" WHERE kind = ?1 AND key = ?2";
	CLEANUP(stmt_done) sqlite3_stmt *stmt = NULL;
	struct registry_reservation there = { .kind = kind, .key = key,
		.called = called };
	int r;

	r = store_first(reg, sql, VALUES(v_text(kind), v_text(key)), &stmt,
		err);
	if (r <= 0)
		return r;
	there.station = column_str(stmt, 0);
	there.owner = column_str(stmt, 1);
	there.expires = (time_t)sqlite3_column_int64(stmt, 2);
	return registry_check_free(&there, reg->station, owner, now, err);
}

int registry_reserve(struct registry *reg, const char *kind, const char *key,
	const char *called, const char *owner, unsigned seconds,
	struct error *err)
{
	static const char sql[] =
		"INSERT OR REPLACE INTO reservations"
		" (kind, key, station, owner, expires)"
		" VALUES (?1, ?2, ?3, ?4, ?5)";
	static const char forget[] =
		"DELETE FROM reservations WHERE expires <= ?1";
	time_t now = time(NULL);
	int r;

	r = registry_check_seconds(seconds, err);
	if (r == 0)
		r = registry_check_reservation(kind, key, owner, err);
	if (r == 0)
		r = store_begin(reg, err);
	if (r < 0)
		return r;
	r = reserve_check_free(reg, kind, key, called, owner, now, err);
	if (r == 0)
		r = store_run(reg, forget, VALUES(v_int(now)), err);
	if (r == 0)
		r = store_run(reg, sql, VALUES(v_text(kind), v_text(key),
			v_text(reg->station), v_text(owner),
			v_int(now + (time_t)seconds)), err);
	return store_end(reg, r, err);
}

int registry_is_reserved(struct registry *reg, const char *kind,
	const char *key, bool *ret, struct error *err)
{
	static const char sql[] =
		"SELECT 1 FROM reservations WHERE kind = ?1 AND key = ?2"
		" AND expires > ?3 AND expires <= ?4";
	CLEANUP(stmt_done) sqlite3_stmt *stmt = NULL;
	time_t now = time(NULL);
	int r;

	r = store_first(reg, sql, VALUES(v_text(kind), v_text(key), v_int(now),
		v_int(now + REGISTRY_RESERVE_MAX)), &stmt, err);
	if (r < 0)
		return r;
	*ret = r > 0;
	return 0;
}

int registry_release(struct registry *reg, const char *kind, const char *key,
	const char *owner, struct error *err)
{
	static const char sql[] =
		"DELETE FROM reservations"
		" WHERE kind = ?1 AND key = ?2 AND owner = ?3";
	int r;

	r = registry_check_reservation(kind, key, owner, err);
	if (r == 0)
		r = store_begin(reg, err);
	if (r < 0)
		return r;
	return store_end(reg, store_run(reg, sql, VALUES(v_text(kind),
		v_text(key), v_text(owner)), err), err);
}
