/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of this folder share: the handle, statements with typed
 * values, their errors, transactions. Nobody else includes it.
 */
#ifndef BRIDGE_REGISTRY_SQLITE_FILE_STORE_H
#define BRIDGE_REGISTRY_SQLITE_FILE_STORE_H

#include "bridge/registry/registry.h"

#include <sqlite3.h>

#define STORE_STATEMENTS 96 /* more than there are in the source */
#define STORE_PAGE 4096

struct registry {
	sqlite3 *db;
	char *path;
	enum registry_mode mode;
	char station[ID_LEN];
	bool rehearsal;
	bool together; /* within registry_together(): a transaction is open */
	bool shadowed; /* projections are read from temporary tables */
	struct {
		const char *sql; /* a constant: compared by address */
		sqlite3_stmt *stmt;
	} cache[STORE_STATEMENTS];
	size_t cached;
};

/* The error of a failed SQLite call: "cannot `doing` registry ...". */
int store_error(struct registry *reg, int rc, const char *doing,
	struct error *err);
int store_corrupt(struct registry *reg, struct error *err, const char *fmt,
	...) PRINTF(3, 4);
/*
 * Whether a line of SQLite's own check of the file tells of damage (0), or only
 * of what kept it from reading (the error).
 */
int store_check_line(struct registry *reg, const char *line,
	struct error *err);

/* For writing: ERROR_PERMISSION in a handle for reading. */
int store_begin(struct registry *reg, struct error *err);
/* For reading one state with several statements, or temporary tables. */
int store_begin_read(struct registry *reg, struct error *err);
/* Commits, or on failure (r < 0 or the commit's own) rolls back. */
int store_end(struct registry *reg, int r, struct error *err);

/* A value to bind. */
struct value {
	enum { VALUE_END, VALUE_NULL, VALUE_TEXT, VALUE_INT, VALUE_BLOB } type;
	const void *p;
	size_t n;
	int64_t i;
};

#define VALUES(...) ((const struct value[]){ __VA_ARGS__, { VALUE_END } })

static inline struct value v_text(const char *s)
{
	return (struct value){ s ? VALUE_TEXT : VALUE_NULL, s, 0, 0 };
}

static inline struct value v_int(int64_t i)
{
	return (struct value){ VALUE_INT, NULL, 0, i };
}

static inline struct value v_blob(const void *p, size_t n)
{
	return (struct value){ p ? VALUE_BLOB : VALUE_NULL, p, n, 0 };
}

/*
 * A statement with its values, which must outlive it (NULL: none). `sql` is a
 * constant; the same one must not be in use twice at once.
 */
int store_query(struct registry *reg, const char *sql,
	const struct value *values, sqlite3_stmt **ret, struct error *err);
/* The next row: 1, 0 at the end. */
int store_step(struct registry *reg, sqlite3_stmt *stmt, struct error *err);
/* store_query and its first row: 1, 0 where there is none. */
int store_first(struct registry *reg, const char *sql,
	const struct value *values, sqlite3_stmt **ret, struct error *err);
/* A statement without rows. */
int store_run(struct registry *reg, const char *sql,
	const struct value *values, struct error *err);
/* The first column of the first row, 0 where there is none. */
int store_number(struct registry *reg, const char *sql,
	const struct value *values, int64_t *ret, struct error *err);
/* CLEANUP handler of store_query: ready for its next use. */
void stmt_done(sqlite3_stmt **stmt);
/* Forgets all statements: what their names mean has changed. */
void store_forget(struct registry *reg);
/* Several constant statements without rows. */
int store_script(struct registry *reg, const char *sql, const char *doing,
	struct error *err);

/* A column as text, never NULL, borrowed until the next step. */
const char *column_str(sqlite3_stmt *stmt, int i);
/* A new string, NULL for NULL; false without memory. */
bool column_dup(sqlite3_stmt *stmt, int i, char **ret);
/* A time column, 0 where NULL. */
time_t column_time(sqlite3_stmt *stmt, int i);
/* An id (or "") of ID_LEN. */
void column_id(sqlite3_stmt *stmt, int i, char ret[ID_LEN]);

#endif
