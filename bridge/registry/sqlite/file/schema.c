/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of the registry, and the steps from one schema version to the next.
 *
 * `events` and `names` have an INTEGER PRIMARY KEY and their long columns
 * last, evidence is (sha, bytes): salvage.c knows these three records
 * by their shape and reads them without SQLite. Change one, change both.
 */
#include "bridge/registry/sqlite/file/schema.h"

#include <stdlib.h>

#define PRAGMA_TEXT(x) PRAGMA_TEXT_(x)
#define PRAGMA_TEXT_(x) #x

static const char ledger[] =
	"PRAGMA application_id = " PRAGMA_TEXT(SCHEMA_APPLICATION) ";"
	"PRAGMA user_version = " PRAGMA_TEXT(SCHEMA_VERSION) ";"
	"CREATE TABLE events ("
	" pos INTEGER PRIMARY KEY,"
	" stream TEXT NOT NULL,"
	" seq INTEGER NOT NULL,"
	" journal TEXT NOT NULL,"
	" step INTEGER NOT NULL,"
	" hash BLOB NOT NULL,"
	" event BLOB NOT NULL,"
	" UNIQUE (stream, seq), UNIQUE (journal, step)) STRICT;"
	"CREATE TABLE names ("
	" n INTEGER PRIMARY KEY,"
	" kind TEXT NOT NULL,"
	" id TEXT NOT NULL,"
	" made INTEGER NOT NULL,"
	" value TEXT NOT NULL,"
	" UNIQUE (kind, id)) STRICT;"
	"CREATE INDEX names_value ON names (kind, value);"
	"CREATE TABLE evidence ("
	" sha BLOB PRIMARY KEY NOT NULL,"
	" bytes BLOB NOT NULL) STRICT;"
	"CREATE TABLE reservations ("
	" kind TEXT NOT NULL,"
	" key TEXT NOT NULL,"
	" station TEXT NOT NULL,"
	" owner TEXT NOT NULL,"
	" expires INTEGER NOT NULL,"
	" PRIMARY KEY (kind, key)) STRICT, WITHOUT ROWID;";

/* `applied` is the marker: the last event that the others have seen. */
static const struct {
	const char *name;
	const char *columns;
	const char *indexes[5]; /* columns of each */
	const char *key;        /* the column that names a row */
} projections[] = {
	{ "applied",
		"one INTEGER PRIMARY KEY, version INTEGER NOT NULL,"
		" pos INTEGER NOT NULL, hash BLOB NOT NULL",
		{ NULL }, "one" },
	{ "holders",
		"id TEXT PRIMARY KEY NOT NULL, kind TEXT NOT NULL,"
		" since TEXT NOT NULL, bag TEXT",
		{ NULL }, "id" },
	{ "tokens",
		"id TEXT PRIMARY KEY NOT NULL, state TEXT NOT NULL,"
		" since TEXT NOT NULL, holder TEXT, model TEXT, aaguid TEXT,"
		" firmware TEXT, firmware_signed INTEGER NOT NULL DEFAULT 0,"
		" verdict INTEGER, verdict_time TEXT, verdict_evidence TEXT,"
		" seen TEXT, seen_host TEXT, bag_state TEXT, bag TEXT,"
		" bag_since TEXT, custodian TEXT, custodian_2 TEXT",
		{ "holder", NULL }, "id" },
	{ "identifiers",
		"token TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL,"
		" basis INTEGER NOT NULL, seen TEXT NOT NULL,"
		" PRIMARY KEY (token, kind, value)",
		{ "kind, value", NULL }, "token" },
	{ "joins",
		"token TEXT NOT NULL, a TEXT NOT NULL, b TEXT NOT NULL,"
		" by TEXT NOT NULL, PRIMARY KEY (token, a, b, by)",
		{ NULL }, "token" },
	{ "credentials",
		"token TEXT NOT NULL, rp TEXT NOT NULL, id BLOB NOT NULL,"
		" public_key BLOB NOT NULL, alg INTEGER NOT NULL, aaguid TEXT,"
		" counter INTEGER NOT NULL, resident INTEGER NOT NULL,"
		" uv INTEGER NOT NULL, evidence TEXT, since TEXT NOT NULL,"
		" removed TEXT, PRIMARY KEY (token, rp, id)",
		{ "id", NULL }, "token" },
	{ "bindings",
		"id TEXT PRIMARY KEY NOT NULL, token TEXT, kind TEXT NOT NULL,"
		" account TEXT, user TEXT NOT NULL, device TEXT, method TEXT,"
		" rp TEXT, credential BLOB, local_user TEXT, oath_account TEXT,"
		" ssh_key BLOB, verify_required INTEGER NOT NULL DEFAULT 0,"
		" basis TEXT, evidence TEXT, since TEXT NOT NULL, removed TEXT",
		{ "account, user", "token", "device", "local_user", NULL },
		"id" },
};

/* `sql` was formatted by SQLite; NULL is no memory. */
static int schema_run(struct registry *reg, char *sql, struct error *err)
{
	int r;

	if (!sql)
		return error_memory(err);
	r = store_script(reg, sql, "write", err);
	sqlite3_free(sql);
	return r;
}

int schema_project(struct registry *reg, const char *schema, struct error *err)
{
	size_t i, k;
	int r = 0;

	for (i = 0; r == 0 && i < ARRAY_LEN(projections); i++) {
		r = schema_run(reg, sqlite3_mprintf("CREATE TABLE %s.%s "
			"(%s) STRICT, WITHOUT ROWID", schema,
			projections[i].name, projections[i].columns), err);
		for (k = 0; r == 0 && projections[i].indexes[k]; k++)
			r = schema_run(reg, sqlite3_mprintf("CREATE INDEX "
				"%s.%s_%d ON %s (%s)", schema,
				projections[i].name, (int)k,
				projections[i].name, projections[i].indexes[k]),
				err);
	}
	return r;
}

int schema_drop(struct registry *reg, const char *schema, struct error *err)
{
	size_t i;
	int r = 0;

	store_forget(reg); /* open statements would lock the tables */
	for (i = 0; r == 0 && i < ARRAY_LEN(projections); i++)
		r = schema_run(reg, sqlite3_mprintf("DROP TABLE IF EXISTS "
			"%s.%s", schema, projections[i].name), err);
	return r;
}

int schema_compare(struct registry *reg, size_t n, bool in_temp,
	const char **ret_table, int64_t *ret_rows, char **ret_key,
	struct error *err)
{
	const char *in = in_temp ? "temp" : "main";
	const char *not_in = in_temp ? "main" : "temp";
	sqlite3_stmt *stmt = NULL;
	char *sql;
	int rc;

	*ret_table = n < ARRAY_LEN(projections) ? projections[n].name : NULL;
	if (!*ret_table)
		return 0;
	sql = sqlite3_mprintf("SELECT count(*), min(%s) FROM (SELECT * FROM "
		"%s.%s EXCEPT SELECT * FROM %s.%s)", projections[n].key, in,
		*ret_table, not_in, *ret_table);
	rc = sql ? sqlite3_prepare_v2(reg->db, sql, -1, &stmt, NULL) :
		   SQLITE_NOMEM;
	sqlite3_free(sql);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW) {
		*ret_rows = sqlite3_column_int64(stmt, 0);
		rc = column_dup(stmt, 1, ret_key) ? SQLITE_OK : SQLITE_NOMEM;
	}
	sqlite3_finalize(stmt);
	return rc == SQLITE_OK ? 0 : store_error(reg, rc, "compare", err);
}

int schema_create(struct registry *reg, struct error *err)
{
	int r = store_script(reg, ledger, "make", err);

	return r < 0 ? r : schema_project(reg, "main", err);
}

/*
 * Entry n brings version n + 1 to n + 2: ledger tables only, since the
 * projections are made anew behind it. Events are never touched.
 */
static const char *const upgrades[SCHEMA_VERSION] = {
	NULL, /* version 1 is the first */
};

int schema_upgrade(struct registry *reg, struct error *err)
{
	int64_t from, v;
	int r;

	r = store_number(reg, "PRAGMA user_version", NULL, &from, err);
	if (r < 0 || from == SCHEMA_VERSION)
		return r;
	if (reg->mode != REGISTRY_WRITE)
		return error_set(err, ERROR_UNSUPPORTED,
			"registry '%s' has schema %lld, this program wants %d: "
			"a command that writes to it brings it up to date",
			reg->path, (long long)from, SCHEMA_VERSION);
	r = store_begin(reg, err);
	if (r < 0)
		return r;
	for (v = from; r == 0 && v < SCHEMA_VERSION; v++)
		r = store_script(reg, upgrades[v - 1], "upgrade", err);
	if (r == 0)
		r = store_script(reg, "PRAGMA user_version = "
			PRAGMA_TEXT(SCHEMA_VERSION), "upgrade", err);
	if (r == 0)
		r = schema_drop(reg, "main", err);
	if (r == 0)
		r = schema_project(reg, "main", err);
	return store_end(reg, r, err);
}

int schema_check(struct registry *reg, struct error *err)
{
	int64_t application, version;
	int r;

	r = store_number(reg, "PRAGMA application_id", NULL,
		&application, err);
	if (r == 0)
		r = store_number(reg, "PRAGMA user_version", NULL, &version,
			err);
	if (r < 0)
		return r;
	if (application != SCHEMA_APPLICATION || version < 1)
		return store_corrupt(reg, err,
			"it does not say that it is a registry");
	if (version > SCHEMA_VERSION)
		return error_set(err, ERROR_UNSUPPORTED,
			"registry '%s' has schema %lld, this program knows %d: "
			"a newer tokenbridge is needed", reg->path,
			(long long)version, SCHEMA_VERSION);
	return 0;
}
