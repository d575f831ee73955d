/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store under the registry: one SQLite connection, opened carefully,
 * statements with typed values, transactions.
 *
 * The file may have been damaged or planted: defensive mode, no triggers or
 * views, untrusted schema, every cell's size checked. Nothing is written to it
 * before store_check has passed.
 */
#include "bridge/registry/sqlite/store.h"

#include "base/file.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * SQLite's check reads the whole file, measured at 1.3 ms for each MiB. In a
 * file of more pages than this every page is still checked when it is read, and
 * the whole by registry_verify. A writer takes more time for it, because
 * writing is what makes damage worse.
 */
static const int64_t quick_check_pages[] = {
	[REGISTRY_READ] = 2048,
	[REGISTRY_WRITE] = 16384,
};

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
			words, reg->db ? strerror(sqlite3_system_errno(
			reg->db)) : "no memory");
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

/* ---- statements ---- */

static int bind(sqlite3_stmt *stmt, int i, const struct value *v)
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

static int prepare_cached(struct registry *reg, const char *sql,
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

	r = prepare_cached(reg, sql, &stmt, err);
	if (r < 0)
		return r;
	for (i = 0; values && values[i].type != VALUE_END; i++) {
		rc = bind(stmt, i + 1, &values[i]);
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

	r = store_query(reg, sql, values, &stmt, err);
	if (r == 0)
		r = store_step(reg, stmt, err);
	if (r < 0)
		return r;
	*ret = sqlite3_column_int64(stmt, 0); /* 0 where there is no row */
	return 0;
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
	return store_script(reg, "BEGIN IMMEDIATE", "write", err);
}

int store_begin_read(struct registry *reg, struct error *err)
{
	return store_script(reg, "BEGIN", "read", err);
}

int store_end(struct registry *reg, int r, struct error *err)
{
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

/* ---- opening ---- */

static char *directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup(".");
	return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

static int check_owner(const char *path, const struct stat *st,
	struct error *err)
{
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return error_set(err, ERROR_PERMISSION,
			"'%s' belongs to uid %u: a registry and its directory "
			"must belong to root or to you", path,
			(unsigned)st->st_uid);
	if (st->st_mode & 022)
		return error_set(err, ERROR_PERMISSION,
			"'%s' has mode %04o: others could write the registry; "
			"run chmod go-w '%s'", path,
			(unsigned)st->st_mode & 07777, path);
	return 0;
}

/* Who can write the directory can plant a journal, or another file. */
static int check_directory(const char *path, struct error *err)
{
	CLEANUP(free_p) char *dir = directory_of(path);
	struct stat st;

	if (!dir)
		return error_memory(err);
	if (stat(dir, &st) < 0)
		return error_errno(err, ERROR_PERMISSION, errno,
			"cannot look into directory '%s'", dir);
	return check_owner(dir, &st, err);
}

/*
 * By name and not on a descriptor: closing a descriptor of our own would drop
 * SQLite's locks on the same file. Nobody else can rename in the directory.
 */
static int check_file(const char *path, bool *ret_absent, struct error *err)
{
	struct stat st;
	int r;

	*ret_absent = false;
	if (lstat(path, &st) < 0) {
		if (errno != ENOENT && errno != ENOTDIR)
			return error_errno(err, ERROR_PERMISSION, errno,
				"cannot look at registry '%s'", path);
		*ret_absent = true;
		return 0;
	}
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERROR_PERMISSION,
			"registry '%s' is not a regular file", path);
	r = check_owner(path, &st, err);
	if (r < 0)
		return r;
	return check_directory(path, err);
}

/*
 * A reader, too, opens for writing where it may: only so can SQLite undo what
 * a killed writer left. It has no way to write anything else.
 */
static int flags_for(const char *path, enum registry_mode mode)
{
	CLEANUP(free_p) char *dir = directory_of(path);

	if (mode == REGISTRY_WRITE)
		return SQLITE_OPEN_READWRITE;
	return dir && faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) == 0 &&
			faccessat(AT_FDCWD, dir, W_OK | X_OK, AT_EACCESS) == 0 ?
		SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
}

static const struct {
	int option;
	int value;
} db_settings[] = {
	{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
	{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
	{ SQLITE_DBCONFIG_ENABLE_TRIGGER, 0 },
	{ SQLITE_DBCONFIG_ENABLE_VIEW, 0 },
	{ SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
};

/* secure_delete: an erased name must not be found in a free page */
static const char pragmas[] =
	"PRAGMA synchronous = EXTRA;"
	"PRAGMA cell_size_check = ON;"
	"PRAGMA temp_store = MEMORY;"
	"PRAGMA secure_delete = ON;";

static int configure(struct registry *reg, struct error *err)
{
	int rc;

	for (size_t i = 0; i < ARRAY_LEN(db_settings); i++) {
		rc = sqlite3_db_config(reg->db, db_settings[i].option,
			db_settings[i].value, NULL);
		if (rc != SQLITE_OK)
			return store_error(reg, rc, "set up", err);
	}
	sqlite3_busy_timeout(reg->db, REGISTRY_WAIT_MS);
	sqlite3_limit(reg->db, SQLITE_LIMIT_LENGTH, 4 * REGISTRY_EVIDENCE_MAX);
	sqlite3_limit(reg->db, SQLITE_LIMIT_ATTACHED, 0);
	return store_script(reg, pragmas, "open", err);
}

int store_connect(struct registry **ret, const char *path,
	enum registry_mode mode, int flags, struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = calloc(1, sizeof(*reg));
	int r, rc;

	if (!reg)
		return error_memory(err);
	reg->mode = mode;
	reg->path = strdup(path);
	if (!reg->path)
		return error_memory(err);
	rc = sqlite3_open_v2(path, &reg->db, flags | SQLITE_OPEN_EXRESCODE |
		SQLITE_OPEN_PRIVATECACHE, NULL);
	if (rc != SQLITE_OK)
		return store_error(reg, rc, "open", err);
	r = configure(reg, err);
	if (r < 0)
		return r;
	*ret = steal(&reg);
	return 0;
}

/* ---- checking ---- */

static int pragma_says(struct registry *reg, const char *sql, const char *word,
	struct error *err)
{
	CLEANUP(stmt_done) sqlite3_stmt *stmt = NULL;
	int r;

	r = store_query(reg, sql, NULL, &stmt, err);
	if (r == 0)
		r = store_step(reg, stmt, err);
	if (r < 0)
		return r;
	if (strcmp(column_str(stmt, 0), word) != 0)
		return store_corrupt(reg, err, "%s", column_str(stmt, 0));
	return 0;
}

static int check_structure(struct registry *reg, struct error *err)
{
	int64_t pages;
	int r;

	r = store_number(reg, "PRAGMA page_count", NULL, &pages, err);
	if (r < 0 || pages > quick_check_pages[reg->mode])
		return r;
	return pragma_says(reg, "PRAGMA quick_check(1)", "ok", err);
}

static int read_station(struct registry *reg, struct error *err)
{
	static const char sql[] =
		"SELECT pos, seq, hash, event, stream FROM events"
		" ORDER BY pos LIMIT 1";
	CLEANUP(stmt_done) sqlite3_stmt *stmt = NULL;
	CLEANUP(event_done) struct event e = EVENT_INIT;
	struct stored s;
	int r;

	r = store_query(reg, sql, NULL, &stmt, err);
	if (r == 0)
		r = store_step(reg, stmt, err);
	if (r < 0)
		return r;
	if (r == 0)
		return store_corrupt(reg, err, "event 0 is missing");
	stored_of(stmt, &s);
	column_id(stmt, 4, reg->station);
	r = stored_check(reg, &s, NULL, &e, err);
	if (r < 0)
		return r;
	if (e.seq != 0 || e.type != EVENT_REGISTRY_INIT)
		return store_corrupt(reg, err, "event 0 is missing");
	reg->rehearsal = event_bool(e.body, "rehearsal");
	return 0;
}

/* The last event hangs on the one before it. */
static int check_tail(struct registry *reg, struct error *err)
{
	static const char sql[] =
		"SELECT pos, seq, hash, event FROM (SELECT * FROM events"
		" WHERE stream = ?1 ORDER BY seq DESC LIMIT 2) ORDER BY seq";
	CLEANUP(stmt_done) sqlite3_stmt *stmt = NULL;
	unsigned char previous[CHAIN_LEN] = { 0 };
	uint64_t before = 0;
	struct stored s;
	int r, n = 0;

	r = store_query(reg, sql, VALUES(v_text(reg->station)), &stmt, err);
	while (r == 0 && (r = store_step(reg, stmt, err)) > 0) {
		CLEANUP(event_done) struct event e = EVENT_INIT;

		stored_of(stmt, &s);
		if (n == 1 && s.seq != before + 1)
			return store_corrupt(reg, err,
				"event %llu is missing",
				(unsigned long long)before + 1);
		r = n == 0 ? 0 : stored_check(reg, &s, previous, &e, err);
		if (r == 0 && !s.hash)
			return store_corrupt(reg, err, "a hash is cut");
		if (r == 0)
			memcpy(previous, s.hash, CHAIN_LEN);
		before = s.seq;
		n++;
	}
	return r;
}

int store_check(struct registry *reg, struct error *err)
{
	int r;

	r = schema_check(reg, err);
	if (r == 0)
		r = pragma_says(reg, "PRAGMA journal_mode", "delete", err);
	if (r == 0)
		r = check_structure(reg, err);
	if (r == 0)
		r = read_station(reg, err);
	return r < 0 ? r : check_tail(reg, err);
}

static int open_present(struct registry **ret, const char *path,
	enum registry_mode mode, struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = NULL;
	int r;

	r = store_connect(&reg, path, mode, flags_for(path, mode), err);
	if (r == 0)
		r = store_check(reg, err);
	if (r == 0)
		r = schema_upgrade(reg, err);
	if (r == 0)
		r = project_catch_up(reg, err);
	if (r < 0)
		return r;
	*ret = steal(&reg);
	return 0;
}

static int say_absent(const char *path, struct error *err)
{
	return error_set(err, ERROR_FAILED,
		"there is no registry '%s'; run tokenbridge registry init "
		"--registry '%s'", path, path);
}

int registry_open(struct registry **ret, const char *path,
	enum registry_mode mode, bool *ret_absent, struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = NULL;
	bool absent;
	int r;

	r = check_file(path, &absent, err);
	if (r == 0 && absent && !ret_absent)
		return say_absent(path, err);
	if (r == 0 && !absent)
		r = open_present(&reg, path, mode, err);
	if (r < 0)
		return r;
	if (ret_absent)
		*ret_absent = absent;
	*ret = steal(&reg);
	return 0;
}

void registry_free(struct registry **reg)
{
	if (!reg || !*reg)
		return;
	store_forget(*reg);
	sqlite3_close((*reg)->db);
	free((*reg)->path);
	free(*reg);
	*reg = NULL;
}

const char *registry_path(const struct registry *reg)
{
	return reg->path;
}

const char *registry_station(const struct registry *reg)
{
	return reg->station;
}

bool registry_is_rehearsal(const struct registry *reg)
{
	return reg->rehearsal;
}

/* ---- making ---- */

int store_scratch(const char *path, char **ret, struct error *err)
{
	CLEANUP(free_p) char *name = text_format("%s.XXXXXX", path);
	CLEANUP(close_p) int fd = -1;
	struct stat st;
	int r;

	if (!name)
		return error_memory(err);
	if (lstat(path, &st) == 0)
		return error_set(err, ERROR_CONFLICT, "'%s' exists", path);
	r = check_directory(path, err);
	if (r < 0)
		return r;
	fd = mkostemp(name, O_CLOEXEC); /* 0600 */
	if (fd < 0)
		return error_errno(err,
			errno == EACCES || errno == EROFS ? ERROR_PERMISSION :
							    ERROR_FAILED,
			errno, "cannot make a file beside '%s'", path);
	*ret = steal(&name);
	return 0;
}

int store_publish(const char *scratch, const char *path, struct error *err)
{
	if (link(scratch, path) < 0)
		return error_errno(err,
			errno == EEXIST ? ERROR_CONFLICT : ERROR_FAILED, errno,
			"cannot make '%s'", path);
	unlink(scratch);
	return file_sync_dir_of(path, err);
}

void store_unlink_p(char **path)
{
	CLEANUP(free_p) char *journal = NULL;

	if (!*path)
		return;
	journal = text_format("%s-journal", *path);
	unlink(*path);
	if (journal)
		unlink(journal);
	free(*path);
	*path = NULL;
}

static int fill_new(struct registry *reg, bool rehearsal, struct error *err)
{
	int r;

	r = id_new(reg->station, err);
	if (r == 0)
		r = store_begin(reg, err);
	if (r < 0)
		return r;
	r = schema_create(reg, err);
	if (r == 0)
		r = event_zero(reg, rehearsal, err);
	return store_end(reg, r, err);
}

static int make_directory(const char *path, struct error *err)
{
	CLEANUP(free_p) char *dir = directory_of(path);

	if (!dir)
		return error_memory(err);
	return file_make_dirs(dir, 0700, err);
}

int registry_init(const char *path, bool rehearsal, struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = NULL;
	CLEANUP(store_unlink_p) char *scratch = NULL;
	int r;

	r = make_directory(path, err);
	if (r == 0)
		r = store_scratch(path, &scratch, err);
	if (r == 0)
		r = store_connect(&reg, scratch, REGISTRY_WRITE,
			SQLITE_OPEN_READWRITE, err);
	if (r == 0)
		r = fill_new(reg, rehearsal, err);
	if (r < 0)
		return r;
	registry_free(&reg);
	return store_publish(scratch, path, err);
}
