/* SPDX-License-Identifier: Apache-2.0 */
/* Reading login.db. */
#include "bridge/login/store.h"

#include "base/file.h"
#include "base/text.h"
#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX 4096

int ldb_corrupt(const struct login_db *db, const char *why,
	struct error *err)
{
	return error_set(err, ERROR_CORRUPT,
		"'%s' is damaged (%s): make a new one with `tokenbridge "
		"registry publish`, or move it away and install one with "
		"`tokenbridge login install`", db->path, why);
}

/* Without memory the file is not called damaged. */
static int ldb_failed(const struct login_db *db, int rc, const char *why,
	struct error *err)
{
	return (rc & 0xff) == SQLITE_NOMEM || rc == SQLITE_IOERR_NOMEM ?
		error_memory(err) : ldb_corrupt(db, why, err);
}

static int ldb_failed_call(const struct login_db *db, struct error *err)
{
	return ldb_failed(db, sqlite3_extended_errcode(db->db),
		sqlite3_errmsg(db->db), err);
}

/* ---- statements ---- */

void ldb_stmt_p(sqlite3_stmt **stmt)
{
	sqlite3_finalize(*stmt);
}

int ldb_prepare(struct login_db *db, const char *sql, const char *first,
	const char *second, sqlite3_stmt **ret, struct error *err)
{
	if (sqlite3_prepare_v2(db->db, sql, -1, ret, NULL) != SQLITE_OK ||
		(first && sqlite3_bind_text(*ret, 1, first, -1,
			SQLITE_STATIC) != SQLITE_OK) ||
		(second && sqlite3_bind_text(*ret, 2, second, -1,
			SQLITE_STATIC) != SQLITE_OK))
		return ldb_failed_call(db, err);
	return 0;
}

int ldb_step(struct login_db *db, sqlite3_stmt *stmt, struct error *err)
{
	int rc = sqlite3_step(stmt);

	if (rc == SQLITE_ROW)
		return 1;
	return rc == SQLITE_DONE ? 0 :
		ldb_failed_call(db, err);
}

bool ldb_take_text(sqlite3_stmt *stmt, int i, char *ret, size_t size)
{
	const char *s = (const char *)sqlite3_column_text(stmt, i);
	size_t n = (size_t)sqlite3_column_bytes(stmt, i);

	if (!s || n >= size || strlen(s) != n || !utf8_is_clean(s, n))
		return false;
	memcpy(ret, s, n + 1);
	return true;
}

bool ldb_take_blob(sqlite3_stmt *stmt, int i, unsigned char *ret,
	size_t *ret_n)
{
	const void *p = sqlite3_column_blob(stmt, i);
	size_t n = (size_t)sqlite3_column_bytes(stmt, i);

	if (sqlite3_column_type(stmt, i) != SQLITE_BLOB || n == 0 ||
		n > LOGIN_BYTES_MAX)
		return false;
	memcpy(ret, p, n);
	*ret_n = n;
	return true;
}

bool ldb_take_number(sqlite3_stmt *stmt, int i, int64_t max, int64_t *ret)
{
	*ret = sqlite3_column_int64(stmt, i);
	return sqlite3_column_type(stmt, i) == SQLITE_INTEGER && *ret >= 0 &&
		*ret <= max;
}

bool ldb_is_id(const char *s, size_t digits)
{
	return strlen(s) == digits &&
		strspn(s, "0123456789abcdef") == digits;
}

/* ---- opening ---- */

/* Who can rename files in the directory can replace login.db. */
static int check_directory(const char *path, struct error *err)
{
	const char *slash = strrchr(path, '/');
	CLEANUP(free_p) char *dir = NULL;
	struct stat st;

	if (!slash)
		dir = strdup(".");
	else
		dir = strndup(path, slash == path ? 1 : (size_t)(slash - path));
	if (!dir)
		return error_memory(err);
	if (stat(dir, &st) < 0)
		return 0; /* opening the file says it better */
	if ((st.st_uid != 0 && st.st_uid != geteuid()) ||
		(st.st_mode & (S_IWGRP | S_IWOTH)))
		return error_set(err, ERROR_PERMISSION,
			"'%s' is not trusted: others may change its directory",
			path);
	return 0;
}

static char *uri_of(const char *path)
{
	char *uri = malloc(3 * strlen(path) + 32), *to = uri;

	if (!uri)
		return NULL;
	/* an empty authority, so that //x is a path */
	to += sprintf(to, path[0] == '/' ? "file://" : "file:");
	for (; *path; path++)
		to += sprintf(to, strchr("%?#", *path) ? "%%%02x" : "%c",
			(unsigned char)*path);
	sprintf(to, "?immutable=1");
	return uri;
}

static int ldb_connect(struct login_db *db, struct error *err)
{
	CLEANUP(free_p) char *uri = uri_of(db->path);
	int rc;

	if (!uri)
		return error_memory(err);
	rc = sqlite3_open_v2(uri, &db->db, SQLITE_OPEN_READONLY |
		SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc != SQLITE_OK)
		return ldb_failed(db, rc, sqlite3_errstr(rc), err);
	sqlite3_db_config(db->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(db->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	return 0;
}

static int read_pragma(struct login_db *db, const char *sql, int64_t *ret,
	struct error *err)
{
	CLEANUP(ldb_stmt_p) sqlite3_stmt *stmt = NULL;
	int r = ldb_prepare(db, sql, NULL, NULL, &stmt, err);

	if (r == 0)
		r = ldb_step(db, stmt, err);
	*ret = r > 0 ? sqlite3_column_int64(stmt, 0) : 0;
	return r < 0 ? r : 0;
}

static int check_format(struct login_db *db, struct error *err)
{
	int64_t application, version;
	int r = read_pragma(db, "PRAGMA application_id", &application, err);

	if (r == 0)
		r = read_pragma(db, "PRAGMA user_version", &version, err);
	if (r < 0)
		return r;
	if (application != LOGIN_DB_APPLICATION || version < 1)
		return ldb_corrupt(db, "it does not say that it is a login.db",
			err);
	if (version > LOGIN_DB_VERSION)
		return error_set(err, ERROR_UNSUPPORTED,
			"'%s' has version %lld, this program knows %d: bring "
			"tokenbridge up to date", db->path, (long long)version,
			LOGIN_DB_VERSION);
	db->version = (int)version;
	return 0;
}

static int read_info(struct login_db *db, struct error *err)
{
	CLEANUP(ldb_stmt_p) sqlite3_stmt *stmt = NULL;
	struct login_db_info *i = &db->info;
	int64_t made_at, generation, rehearsal;
	int r;

	r = ldb_prepare(db, "SELECT made_at, generation, station, rehearsal,"
		" counters FROM made", NULL, NULL, &stmt, err);
	if (r == 0)
		r = ldb_step(db, stmt, err);
	if (r < 0)
		return r;
	if (r == 0 || !ldb_take_number(stmt, 0, INT64_MAX, &made_at) ||
		!ldb_take_number(stmt, 1, INT64_MAX, &generation) ||
		!ldb_take_text(stmt, 2, i->station, sizeof(i->station)) ||
		!ldb_take_number(stmt, 3, 1, &rehearsal) ||
		!ldb_take_text(stmt, 4, i->counters, sizeof(i->counters)) ||
		!ldb_is_id(i->counters, 32))
		return ldb_corrupt(db, "it does not say when it was made", err);
	i->made_at = (time_t)made_at;
	i->generation = (uint64_t)generation;
	i->rehearsal = rehearsal != 0;
	return 0;
}

int login_db_open(struct login_db **ret, const char *path, struct error *err)
{
	CLEANUP(login_db_free) struct login_db *db = calloc(1, sizeof(*db));
	CLEANUP(close_p) int fd = -1;
	bool absent = false;
	int r;

	if (!db || !(db->path = strdup(path)))
		return error_memory(err);
	r = check_directory(path, err);
	if (r == 0)
		r = file_open(path, FILE_TRUSTED, &fd, &absent, err);
	if (r == 0 && absent)
		r = error_set(err, ERROR_FAILED,
			"'%s' is not there: make it with `tokenbridge registry "
			"publish` as root, or where the registry is elsewhere "
			"install one with `tokenbridge login install`", path);
	if (r == 0)
		r = ldb_connect(db, err);
	if (r == 0)
		r = check_format(db, err);
	if (r == 0)
		r = read_info(db, err);
	if (r < 0)
		return r;
	*ret = steal(&db);
	return 0;
}

void login_db_free(struct login_db **db)
{
	if (!db || !*db)
		return;
	sqlite3_close_v2((*db)->db);
	free((*db)->path);
	free(*db);
	*db = NULL;
}

const char *login_db_path(const struct login_db *db)
{
	return db->path;
}

const struct login_db_info *login_db_info(const struct login_db *db)
{
	return &db->info;
}

int login_made_check(const char *path, time_t made, time_t now,
	uint64_t max_age, struct error *err)
{
	char age[32];

	if (made > now && made - now > LOGIN_FUTURE_MAX)
		return error_set(err, ERROR_REFUSED,
			"'%s' was made in the future: the clock of this "
			"machine, or of the one that made it, is wrong",
			path);
	if (max_age == 0 || made >= now || (uint64_t)(now - made) <= max_age)
		return 0;
	text_format_age(now - made, age, sizeof(age));
	return error_set(err, ERROR_REFUSED,
		"'%s' is %s old, more than login_max_age allows: run "
		"`tokenbridge registry publish`, or where it comes from another "
		"machine publish it there and install it here", path, age);
}

int login_db_check_age(const struct login_db *db, time_t now, uint64_t max_age,
	struct error *err)
{
	return login_made_check(db->path, db->info.made_at, now, max_age, err);
}

/* ---- ssh keys ---- */

static int login_db_take_line(struct login_db *db, sqlite3_stmt *stmt,
	struct login_ssh_key *key, struct error *err)
{
	size_t n;

	key->line = (const char *)sqlite3_column_text(stmt, 1);
	n = (size_t)sqlite3_column_bytes(stmt, 1);
	if (!ldb_take_text(stmt, 0, key->token, sizeof(key->token)) ||
		!key->line || n == 0 || n > LINE_MAX ||
		strlen(key->line) != n || !utf8_is_clean(key->line, n))
		return ldb_corrupt(db, "an ssh key makes no sense", err);
	return 0;
}

static int keys_of_name(struct login_db *db, const char *user,
	const char *fingerprint, login_ssh_key_fn *each, void *arg,
	struct error *err)
{
	static const char one[] =
		"SELECT token, line FROM ssh_keys WHERE user = ?1"
		" AND fingerprint = ?2";
	static const char all[] =
		"SELECT token, line FROM ssh_keys WHERE user = ?1";
	CLEANUP(ldb_stmt_p) sqlite3_stmt *stmt = NULL;
	struct login_ssh_key key;
	int r;

	r = ldb_prepare(db, fingerprint ? one : all, user, fingerprint, &stmt,
		err);
	while (r == 0 && (r = ldb_step(db, stmt, err)) > 0) {
		r = login_db_take_line(db, stmt, &key, err);
		if (r == 0)
			r = each(&key, arg);
	}
	return r;
}

int login_db_ssh_keys(struct login_db *db, const struct user_names *user,
	const char *fingerprint, login_ssh_key_fn *each, void *arg,
	struct error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < user->n; i++)
		r = keys_of_name(db, user->p[i], fingerprint, each, arg, err);
	return r;
}

/* ---- names ---- */

int login_db_names(struct login_db *db, login_name_fn *each, void *arg,
	struct error *err)
{
	static const char sql[] =
		"SELECT user FROM credentials UNION SELECT user FROM ssh_keys"
		" ORDER BY user";
	CLEANUP(ldb_stmt_p) sqlite3_stmt *stmt = NULL;
	char name[LOCAL_USER_LEN];
	int r;

	r = ldb_prepare(db, sql, NULL, NULL, &stmt, err);
	while (r == 0 && (r = ldb_step(db, stmt, err)) > 0)
		r = ldb_take_text(stmt, 0, name, sizeof(name)) ?
			each(name, arg) :
			ldb_corrupt(db, "a name makes no sense", err);
	return r;
}
