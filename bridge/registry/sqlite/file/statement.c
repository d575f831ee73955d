/* SPDX-License-Identifier: Apache-2.0 */
/* Statements with typed values, their errors, transactions. */
#include "bridge/registry/sqlite/file/store.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* ---- errors ---- */

/* First match wins; full codes (reason << 8 | code) stand before plain ones. */
static const struct {
	int rc;
	int mask;
	int code;
	const char *advice; /* NULL: SQLite's words only */
} failures[] = {
	{ SQLITE_READONLY_ROLLBACK, 0xffff, ERROR_PERMISSION,
		"a write that was cut short must be undone first; open it once "
		"as its owner where it can be written" },
	{ SQLITE_READONLY_CANTLOCK, 0xffff, ERROR_PERMISSION,
		"cannot be locked here; open it as its owner" },
	{ SQLITE_IOERR_CORRUPTFS, 0xffff, ERROR_CORRUPT, NULL },
	{ SQLITE_BUSY, 0xff, ERROR_BUSY,
		"another process keeps it locked; try again" },
	{ SQLITE_LOCKED, 0xff, ERROR_BUSY,
		"another statement keeps it locked" },
	{ SQLITE_READONLY, 0xff, ERROR_PERMISSION,
		"it or its directory cannot be written" },
	{ SQLITE_PERM, 0xff, ERROR_PERMISSION, NULL },
	{ SQLITE_CANTOPEN, 0xff, ERROR_PERMISSION, NULL },
	{ SQLITE_CORRUPT, 0xff, ERROR_CORRUPT, NULL },
	{ SQLITE_NOTADB, 0xff, ERROR_CORRUPT, NULL },
	/* our statements are constants: only a strange schema fails them */
	{ SQLITE_ERROR, 0xff, ERROR_CORRUPT, NULL },
	{ SQLITE_MISMATCH, 0xff, ERROR_CORRUPT, NULL },
	{ SQLITE_CONSTRAINT, 0xff, ERROR_CONFLICT, NULL },
	{ SQLITE_FULL, 0xff, ERROR_FAILED, "no space is left" },
};

int store_error(struct registry *reg, int rc, const char *doing,
	struct error *err)
{
	const char *words = reg->db ? sqlite3_errmsg(reg->db) :
				      sqlite3_errstr(rc);
	size_t i;

	if ((rc & 0xff) == SQLITE_NOMEM)
		return error_memory(err);
	for (i = 0; i < ARRAY_LEN(failures); i++)
		if ((rc & failures[i].mask) == failures[i].rc)
			break;
	if (i == ARRAY_LEN(failures))
		return error_set(err, ERROR_FAILED,
			"cannot %s registry '%s': %s (%s)", doing, reg->path,
			words, reg->db ? strerror(sqlite3_system_errno(reg->db))
				: "no memory");
	if (failures[i].code == ERROR_CORRUPT)
		return store_corrupt(reg, err, "%s", words);
	return error_set(err, failures[i].code, "cannot %s registry '%s': %s",
		doing, reg->path,
		failures[i].advice ? failures[i].advice : words);
}

int store_corrupt(struct registry *reg, struct error *err, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return error_set(err, ERROR_CORRUPT,
		"registry '%s' is damaged: %s; it is left as it is, see "
		"tokenbridge registry restore", reg->path, text);
}

/* Its check calls a page damaged that there was no memory to read into. */
int store_check_line(struct registry *reg, const char *line, struct error *err)
{
	static const char mark[] = "error code=";
	const char *code = strstr(line, mark);
	uint64_t rc = 0;

	if (code) {
		code += sizeof(mark) - 1;
		(void)text_parse_u64_n(code, strspn(code, "0123456789"),
			INT32_MAX, &rc);
	}
	return (rc & 0xff) == SQLITE_NOMEM || rc == SQLITE_IOERR_NOMEM ?
		store_error(reg, SQLITE_NOMEM, "check", err) : 0;
}

/* ---- statements ---- */

static int store_bind(sqlite3_stmt *stmt, int i, const struct value *v)
{
	switch (v->type) {
	case VALUE_TEXT:
		return sqlite3_bind_text(stmt, i, v->p, -1, SQLITE_STATIC);
	case VALUE_INT:
		return sqlite3_bind_int64(stmt, i, v->i);
	case VALUE_BLOB:
		return sqlite3_bind_blob64(stmt, i, v->p, v->n, SQLITE_STATIC);
	default:
		return sqlite3_bind_null(stmt, i);
	}
}

static int store_prepare(struct registry *reg, const char *sql,
	sqlite3_stmt **ret, struct error *err)
{
	size_t i;
	int rc;

	for (i = 0; i < reg->cached; i++)
		if (reg->cache[i].sql == sql)
			break;
	if (i == STORE_STATEMENTS) {
		store_forget(reg);
		i = 0;
	}
	if (i == reg->cached) {
		rc = sqlite3_prepare_v3(reg->db, sql, -1,
			SQLITE_PREPARE_PERSISTENT, &reg->cache[i].stmt, NULL);
		if (rc != SQLITE_OK)
			return store_error(reg, rc, "read", err);
		reg->cache[i].sql = sql;
		reg->cached++;
	}
	*ret = reg->cache[i].stmt;
	return 0;
}

int store_query(struct registry *reg, const char *sql,
	const struct value *values, sqlite3_stmt **ret, struct error *err)
{
	sqlite3_stmt *stmt = NULL;
	int r, i, rc;

	r = store_prepare(reg, sql, &stmt, err);
	if (r < 0)
		return r;
	for (i = 0; values && values[i].type != VALUE_END; i++) {
		rc = store_bind(stmt, i + 1, &values[i]);
		if (rc != SQLITE_OK)
			return store_error(reg, rc, "use", err);
	}
	*ret = stmt;
	return 0;
}

int store_step(struct registry *reg, sqlite3_stmt *stmt, struct error *err)
{
	int rc = sqlite3_step(stmt);

	if (rc == SQLITE_ROW)
		return 1;
	if (rc == SQLITE_DONE)
		return 0;
	return store_error(reg, rc,
		sqlite3_stmt_readonly(stmt) ? "read" : "write", err);
}

int store_run(struct registry *reg, const char *sql,
	const struct value *values, struct error *err)
{
	CLEANUP(stmt_done) sqlite3_stmt *stmt = NULL;
	int r;

	r = store_query(reg, sql, values, &stmt, err);
	return r < 0 ? r : store_step(reg, stmt, err);
}

int store_number(struct registry *reg, const char *sql,
	const struct value *values, int64_t *ret, struct error *err)
{
	CLEANUP(stmt_done) sqlite3_stmt *stmt = NULL;
	int r;

	r = store_first(reg, sql, values, &stmt, err);
	if (r < 0)
		return r;
	*ret = sqlite3_column_int64(stmt, 0); /* 0 where there is no row */
	return 0;
}

int store_first(struct registry *reg, const char *sql,
	const struct value *values, sqlite3_stmt **ret, struct error *err)
{
	int r = store_query(reg, sql, values, ret, err);

	return r < 0 ? r : store_step(reg, *ret, err);
}

void stmt_done(sqlite3_stmt **stmt)
{
	if (!*stmt)
		return;
	sqlite3_reset(*stmt);
	sqlite3_clear_bindings(*stmt);
	*stmt = NULL;
}

void store_forget(struct registry *reg)
{
	for (size_t i = 0; i < reg->cached; i++)
		sqlite3_finalize(reg->cache[i].stmt);
	memset(reg->cache, 0, sizeof(reg->cache));
	reg->cached = 0;
}

int store_script(struct registry *reg, const char *sql, const char *doing,
	struct error *err)
{
	int rc = sqlite3_exec(reg->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : store_error(reg, rc, doing, err);
}

const char *column_str(sqlite3_stmt *stmt, int i)
{
	const char *s = (const char *)sqlite3_column_text(stmt, i);

	return s ? s : "";
}

bool column_dup(sqlite3_stmt *stmt, int i, char **ret)
{
	const char *s = (const char *)sqlite3_column_text(stmt, i);

	*ret = s ? strdup(s) : NULL;
	return *ret || sqlite3_column_type(stmt, i) == SQLITE_NULL;
}

time_t column_time(sqlite3_stmt *stmt, int i)
{
	const char *s = column_str(stmt, i);
	time_t t;

	return text_parse_time(s, strlen(s), &t) < 0 ? 0 : t;
}

void column_id(sqlite3_stmt *stmt, int i, char ret[ID_LEN])
{
	snprintf(ret, ID_LEN, "%s", column_str(stmt, i));
}

/* ---- transactions ---- */

int store_begin(struct registry *reg, struct error *err)
{
	if (reg->mode != REGISTRY_WRITE)
		return error_set(err, ERROR_PERMISSION,
			"registry '%s' is open for reading only", reg->path);
	return reg->together ? 0 :
		store_script(reg, "BEGIN IMMEDIATE", "write", err);
}

int store_begin_read(struct registry *reg, struct error *err)
{
	return reg->together ? 0 : store_script(reg, "BEGIN", "read", err);
}

int store_end(struct registry *reg, int r, struct error *err)
{
	if (reg->together)
		return r;
	if (r >= 0)
		r = store_script(reg, "COMMIT", "write", err);
	/*
	 * After some failures SQLite has rolled back by itself. If undoing
	 * fails, too, the journal stays and the next open undoes it.
	 */
	if (r < 0 && !sqlite3_get_autocommit(reg->db))
		sqlite3_exec(reg->db, "ROLLBACK", NULL, NULL, NULL);
	return r;
}

int registry_together(struct registry *reg, registry_act_fn *act, void *data,
	struct error *err)
{
	int r = store_begin(reg, err);

	if (r < 0)
		return r;
	reg->together = true;
	r = act(data, err);
	reg->together = false;
	return store_end(reg, r, err);
}
