/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reservations: conditional puts with an owner and an expiry, so that two
 * stations do not work on the same token or user.
 */
#include "bridge/registry/sqlite/store.h"

#include "base/text.h"

#include <string.h>

static int check(const char *kind, const char *key, const char *owner,
	struct error *err)
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

/* ERROR_BUSY where another owner has it for longer than now. */
static int look(struct registry *reg, const char *kind, const char *key,
	const char *owner, time_t now, struct error *err)
{
	static const char sql[] =
		"SELECT station, owner, expires FROM reservations"
		" WHERE kind = ?1 AND key = ?2";
	CLEANUP(stmt_done) sqlite3_stmt *stmt = NULL;
	char left[32];
	time_t expires;
	int r;

	r = store_query(reg, sql, VALUES(v_text(kind), v_text(key)), &stmt,
		err);
	if (r == 0)
		r = store_step(reg, stmt, err);
	if (r <= 0)
		return r;
	expires = (time_t)sqlite3_column_int64(stmt, 2);
	if (expires <= now || strcmp(column_str(stmt, 1), owner) == 0)
		return 0;
	/* a clock that was set back must not lock anybody out for years */
	if (expires > now + REGISTRY_RESERVE_MAX)
		return 0;
	text_format_age(expires - now, left, sizeof(left));
	return error_set(err, ERROR_BUSY,
		"%s '%s' is reserved by station %s for another %s", kind, key,
		column_str(stmt, 0), left);
}

int registry_reserve(struct registry *reg, const char *kind, const char *key,
	const char *owner, unsigned seconds, struct error *err)
{
	static const char sql[] =
		"INSERT OR REPLACE INTO reservations"
		" (kind, key, station, owner, expires)"
		" VALUES (?1, ?2, ?3, ?4, ?5)";
	time_t now = time(NULL);
	int r;

	if (seconds == 0 || seconds > REGISTRY_RESERVE_MAX)
		return error_set(err, ERROR_USAGE,
			"a reservation lasts 1 to %d seconds",
			REGISTRY_RESERVE_MAX);
	r = check(kind, key, owner, err);
	if (r == 0)
		r = store_begin(reg, err);
	if (r < 0)
		return r;
	r = look(reg, kind, key, owner, now, err);
	if (r == 0)
		r = store_run(reg, sql, VALUES(v_text(kind), v_text(key),
			v_text(reg->station), v_text(owner),
			v_int(now + (time_t)seconds)), err);
	return store_end(reg, r, err);
}

int registry_release(struct registry *reg, const char *kind, const char *key,
	const char *owner, struct error *err)
{
	static const char sql[] =
		"DELETE FROM reservations"
		" WHERE kind = ?1 AND key = ?2 AND owner = ?3";
	int r;

	r = check(kind, key, owner, err);
	if (r == 0)
		r = store_begin(reg, err);
	if (r < 0)
		return r;
	return store_end(reg, store_run(reg, sql, VALUES(v_text(kind),
		v_text(key), v_text(owner)), err), err);
}
