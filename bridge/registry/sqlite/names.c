/* SPDX-License-Identifier: Apache-2.0 */
/* Names: the one table of personal data. */
#include "bridge/registry/sqlite/names.h"

#include "bridge/registry/names.h"

#include <string.h>

int registry_name_find(struct registry *reg, const char *kind,
	const char *value, char ret_id[ID_LEN], struct error *err)
{
	static const char sql[] =
		"SELECT id FROM names WHERE kind = ?1 AND value = ?2"
		" ORDER BY n LIMIT 1";
	CLEANUP(stmt_done) sqlite3_stmt *stmt = NULL;
	int r;

	r = store_first(reg, sql, VALUES(v_text(kind), v_text(value)), &stmt,
		err);
	if (r < 0)
		return r;
	ret_id[0] = '\0';
	if (r > 0)
		column_id(stmt, 0, ret_id);
	return 0;
}

static int names_write(struct registry *reg, const char *kind, const char *id,
	const char *value, struct error *err)
{
	static const char sql[] =
		"INSERT INTO names (kind, id, made, value)"
		" VALUES (?1, ?2, ?3, ?4)"
		" ON CONFLICT (kind, id) DO UPDATE SET value = excluded.value";

	return store_run(reg, sql, VALUES(v_text(kind), v_text(id),
		v_int(time(NULL)), v_text(value)), err);
}

int names_put(struct registry *reg, const char *kind, const char *value,
	char ret_id[ID_LEN], struct error *err)
{
	char id[ID_LEN];
	int r;

	r = registry_name_find(reg, kind, value, id, err);
	if (r == 0 && !id[0]) {
		r = id_new(id, err);
		if (r == 0)
			r = names_write(reg, kind, id, value, err);
	}
	if (r < 0)
		return r;
	memcpy(ret_id, id, ID_LEN);
	return 0;
}

int registry_name_put(struct registry *reg, const char *kind,
	const char *value, char ret_id[ID_LEN], struct error *err)
{
	char id[ID_LEN];
	int r;

	r = name_check_own(kind, value, err);
	/* mostly it is there: no write lock */
	if (r == 0)
		r = registry_name_find(reg, kind, value, id, err);
	if (r == 0 && !id[0]) {
		r = store_begin(reg, err);
		if (r < 0)
			return r;
		r = store_end(reg, names_put(reg, kind, value, id, err), err);
	}
	if (r < 0)
		return r;
	memcpy(ret_id, id, ID_LEN);
	return 0;
}

int registry_name_set(struct registry *reg, const char *kind, const char *id,
	const char *value, struct error *err)
{
	int r;

	r = name_check(kind, id, value, err);
	if (r == 0)
		r = store_begin(reg, err);
	if (r < 0)
		return r;
	return store_end(reg, names_write(reg, kind, id, value, err), err);
}

int registry_name_get(struct registry *reg, const char *kind, const char *id,
	char **ret, struct error *err)
{
	static const char sql[] =
		"SELECT value FROM names WHERE kind = ?1 AND id = ?2";
	CLEANUP(stmt_done) sqlite3_stmt *stmt = NULL;
	char *value = NULL;
	int r;

	r = store_first(reg, sql, VALUES(v_text(kind), v_text(id)), &stmt,
		err);
	if (r < 0)
		return r;
	if (r > 0 && !column_dup(stmt, 0, &value))
		return error_memory(err);
	*ret = value;
	return 0;
}

int registry_name_delete(struct registry *reg, const char *kind,
	const char *id, struct error *err)
{
	static const char sql[] =
		"DELETE FROM names WHERE kind = ?1 AND id = ?2";
	int r;

	r = store_begin(reg, err);
	if (r < 0)
		return r;
	return store_end(reg, store_run(reg, sql,
		VALUES(v_text(kind), v_text(id)), err), err);
}
