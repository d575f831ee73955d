/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files behind registry.h share: the handle, statements with typed
 * values, transactions, projections. Included by registry-*.c only.
 */
#ifndef BRIDGE_REGISTRY_SQLITE_STORE_H
#define BRIDGE_REGISTRY_SQLITE_STORE_H

#include "bridge/registry/care.h"

#include <sqlite3.h>

#define STORE_STATEMENTS 96 /* more than there are in the source */
#define STORE_PAGE 4096

struct registry {
	sqlite3 *db;
	char *path;
	enum registry_mode mode;
	char station[ID_LEN];
	bool rehearsal;
	bool shadowed; /* projections are read from temporary tables */
	struct {
		const char *sql; /* a constant: compared by address */
		sqlite3_stmt *stmt;
	} cache[STORE_STATEMENTS];
	size_t cached;
};

/* ---- registry-sqlite.c ---- */

/* The error of a failed SQLite call: "cannot `doing` registry ...". */
int store_error(struct registry *reg, int rc, const char *doing,
	struct error *err);
int store_corrupt(struct registry *reg, struct error *err, const char *fmt,
	...) PRINTF(3, 4);

/* A connection with every setting, but nothing checked yet. */
int store_connect(struct registry **ret, const char *path,
	enum registry_mode mode, int flags, struct error *err);
/* Structure and schema, station, first and last event. */
int store_check(struct registry *reg, struct error *err);

/*
 * Makes an empty file beside path for a database that becomes `path` when it
 * is whole. The caller unlinks it on failure.
 */
int store_scratch(const char *path, char **ret, struct error *err);
/* Gives a scratch file its name, unless that exists: ERROR_CONFLICT. */
int store_publish(const char *scratch, const char *path, struct error *err);
/* CLEANUP handler: unlinks the file and its journal, frees the string. */
void store_unlink_p(char **path);

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

/* ---- registry-schema.c ---- */

#define SCHEMA_APPLICATION 0x746b6272 /* "tkbr" */
#define SCHEMA_VERSION 1

/* All tables in an empty database; inside the caller's transaction. */
int schema_create(struct registry *reg, struct error *err);
/* application_id and user_version: nothing foreign, nothing newer. */
int schema_check(struct registry *reg, struct error *err);
/* Brings an older schema up to date where the handle may write. */
int schema_upgrade(struct registry *reg, struct error *err);
/* Makes, empties or drops the projections in "main" or "temp". */
int schema_project(struct registry *reg, const char *schema, struct error *err);
int schema_drop(struct registry *reg, const char *schema, struct error *err);
/*
 * Rows of projection n in one of "main" and "temp" that are not in the other:
 * their number, and the first's key as a new string. *ret_table is NULL behind
 * the last projection.
 */
int schema_compare(struct registry *reg, size_t n, bool in_temp,
	const char **ret_table, int64_t *ret_rows, char **ret_key,
	struct error *err);

/* ---- stored.c ---- */

/* One stored event as it lies there. */
struct stored {
	uint64_t seq;
	int64_t pos;
	const unsigned char *hash; /* CHAIN_LEN bytes, or NULL if damaged */
	const unsigned char *p;
	size_t n;
};

/* Of a row (pos, seq, hash, event); borrowed until the next step. */
void stored_of(sqlite3_stmt *stmt, struct stored *ret);
/*
 * Reads a stored event. What was written by a newer program is
 * ERROR_UNSUPPORTED, anything else that cannot be read ERROR_CORRUPT: these
 * bytes were good once.
 */
int stored_parse(struct registry *reg, const struct stored *s,
	struct event *ret, struct error *err);
/*
 * Checks a stored event against its place: parses, stream, number, hash behind
 * `previous`. ERROR_CORRUPT.
 */
int stored_check(struct registry *reg, const struct stored *s,
	const unsigned char previous[CHAIN_LEN], struct event *ret,
	struct error *err);

/* ---- events.c ---- */

/*
 * Puts an event as it is behind the head, with its projection: inside the
 * caller's transaction.
 */
int stored_put(struct registry *reg, const struct event *event,
	const unsigned char hash[CHAIN_LEN], const void *p, size_t n,
	struct error *err);
/* Event 0 of a new registry. */
int event_zero(struct registry *reg, bool rehearsal, struct error *err);

/* ---- registry-project.c ---- */

/* Applies one event to the projections and moves the marker. */
int project_event(struct registry *reg, const struct event *event, int64_t pos,
	const unsigned char hash[CHAIN_LEN], struct error *err);
/* Applies what the marker has not seen; see registry_open. */
int project_catch_up(struct registry *reg, struct error *err);
/*
 * Makes the projections anew in "temp", where all names then lead: inside the
 * caller's transaction, and undone with it.
 */
int project_shadow(struct registry *reg, struct error *err);

/* ---- registry-backup.c ---- */

/* A copy of everything into the empty file `scratch`, synced. */
int backup_into(struct registry *reg, const char *scratch, struct error *err);

/* ---- registry-name.c ---- */

/* Whether people rename things of this kind. */
bool name_kind_changes(const char *kind);
/* registry_actor without caller and ticket, inside a transaction. */
int actor_inside(struct registry *reg, struct event_actor *ret,
	struct error *err);
/* Whether a row from a damaged file can be one of ours. */
bool name_is_plausible(const char *kind, const char *id, const char *value);

#endif
