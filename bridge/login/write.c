/* SPDX-License-Identifier: Apache-2.0 */
/* Making a login.db. */
#include "bridge/login/write.h"

#include "base/file.h"
#include "base/id.h"
#include "base/text.h"
#include "bridge/login/counter.h"
#include "bridge/login/store.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STRING(x) STRING_(x)
#define STRING_(x) #x

static const char schema[] =
	"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
	"PRAGMA application_id = " STRING(LOGIN_DB_APPLICATION) ";"
	"PRAGMA user_version = 1;"
	"BEGIN;"
	"CREATE TABLE made (made_at INTEGER NOT NULL,"
	" generation INTEGER NOT NULL, station TEXT NOT NULL,"
	" rehearsal INTEGER NOT NULL, counters TEXT NOT NULL,"
	" digest BLOB) STRICT;"
	"CREATE TABLE credentials (user TEXT NOT NULL, token TEXT NOT NULL,"
	" aaguid TEXT NOT NULL, id BLOB NOT NULL, public_key BLOB NOT NULL,"
	" counter INTEGER NOT NULL, slot INTEGER NOT NULL,"
	" verify_required INTEGER NOT NULL, rp TEXT NOT NULL,"
	" PRIMARY KEY (user, id, rp)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE ssh_keys (user TEXT NOT NULL, fingerprint TEXT NOT NULL,"
	" token TEXT NOT NULL, line TEXT NOT NULL,"
	" PRIMARY KEY (user, fingerprint)) STRICT, WITHOUT ROWID;";

enum {
	PUT_CREDENTIAL,
	PUT_SSH_KEY,
	PUT_MADE,
	PUT_DIGEST,
	PUTS,
};

/* What is bound twice is held to the stricter of the two. */
static const char *const put_sql[PUTS] = {
	[PUT_CREDENTIAL] =
		"INSERT INTO credentials VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7,"
		" ?8, ?9) ON CONFLICT DO UPDATE SET verify_required ="
		" max(verify_required, excluded.verify_required)",
	[PUT_SSH_KEY] =
		"INSERT INTO ssh_keys VALUES (?1, ?2, ?3, ?4)"
		" ON CONFLICT DO UPDATE SET line = CASE"
		" WHEN excluded.line LIKE 'verify-required %'"
		" THEN excluded.line ELSE line END",
	[PUT_MADE] = "INSERT INTO made VALUES (?1, ?2, ?3, ?4, ?5, NULL)",
	[PUT_DIGEST] = "UPDATE made SET digest = ?1",
};

struct login_write {
	char *path;
	char *scratch; /* the new file's name; NULL once it has its own */
	bool apart;    /* rows only: no file, no counters */
	time_t begun;
	struct counters counters;
	char counters_id[COUNTER_ID_LEN];
	bool has_others; /* credentials of other relying parties than ours */
	sqlite3 *db;
	sqlite3_stmt *put[PUTS];
};

static void write_finalize(struct login_write *w)
{
	for (size_t i = 0; i < PUTS; i++) {
		sqlite3_finalize(w->put[i]);
		w->put[i] = NULL;
	}
}

void login_write_free(struct login_write **w)
{
	if (!w || !*w)
		return;
	write_finalize(*w);
	sqlite3_close_v2((*w)->db);
	if ((*w)->scratch)
		unlink((*w)->scratch);
	free((*w)->scratch);
	counters_done(&(*w)->counters);
	free((*w)->path);
	free(*w);
	*w = NULL;
}

static int write_error(struct login_write *w, struct error *err)
{
	return error_set(err, ERROR_FAILED, "cannot make '%s': %s", w->path,
		sqlite3_errmsg(w->db));
}

static int write_script(struct login_write *w, const char *sql,
	struct error *err)
{
	return sqlite3_exec(w->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 :
		write_error(w, err);
}

/* ---- the new file ---- */

static int write_open_counters(struct login_write *w, struct error *err)
{
	CLEANUP(free_p) char *path = counters_path(w->path);
	int r = id_new(w->counters_id, err);

	if (r < 0)
		return r;
	return path ? counters_make(&w->counters, path, w->counters_id, err) :
		      error_memory(err);
}

/* Under the counters' lock, so what has the name was left by a crash. */
static int write_make_scratch(struct login_write *w, struct error *err)
{
	CLEANUP(free_p) char *name = text_format("%s.part", w->path);
	int fd;

	if (!name)
		return error_memory(err);
	unlink(name);
	fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_access(err, errno, "cannot make '%s'", w->path);
	close(fd);
	w->scratch = steal(&name);
	return 0;
}

static int write_open_db(struct login_write *w, struct error *err)
{
	int rc, r;

	rc = sqlite3_open_v2(w->scratch ? w->scratch : ":memory:", &w->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc != SQLITE_OK)
		return write_error(w, err);
	r = write_script(w, schema, err);
	for (size_t i = 0; r == 0 && i < PUTS; i++)
		if (sqlite3_prepare_v2(w->db, put_sql[i], -1, &w->put[i],
			NULL) != SQLITE_OK)
			r = write_error(w, err);
	return r;
}

static int write_begin(struct login_write **ret, const char *path, bool apart,
	struct error *err)
{
	CLEANUP(login_write_free) struct login_write *w = calloc(1, sizeof(*w));
	int r = 0;

	if (!w)
		return error_memory(err);
	w->counters = (struct counters)COUNTERS_INIT;
	w->apart = apart;
	w->path = strdup(path);
	if (!w->path)
		return error_memory(err);
	if (!apart)
		r = write_open_counters(w, err);
	w->begun = time(NULL);
	if (r == 0 && !apart)
		r = write_make_scratch(w, err);
	if (r == 0)
		r = write_open_db(w, err);
	if (r < 0)
		return r;
	*ret = steal(&w);
	return 0;
}

int login_write_new(struct login_write **ret, const char *path,
	struct error *err)
{
	return write_begin(ret, path, false, err);
}

int login_write_new_apart(struct login_write **ret, const char *path,
	struct error *err)
{
	return write_begin(ret, path, true, err);
}

/* ---- rows ---- */

static bool bind_text(sqlite3_stmt *stmt, int i, const char *s, int n)
{
	return sqlite3_bind_text(stmt, i, s, n, SQLITE_TRANSIENT) == SQLITE_OK;
}

static bool bind_blob(sqlite3_stmt *stmt, int i, const void *p, size_t n)
{
	return sqlite3_bind_blob(stmt, i, p, (int)n, SQLITE_TRANSIENT) ==
		SQLITE_OK;
}

static bool bind_number(sqlite3_stmt *stmt, int i, int64_t n)
{
	return sqlite3_bind_int64(stmt, i, n) == SQLITE_OK;
}

static int write_put(struct login_write *w, sqlite3_stmt *stmt, bool bound,
	struct error *err)
{
	int rc = bound ? sqlite3_step(stmt) : SQLITE_NOMEM;

	sqlite3_reset(stmt);
	return rc == SQLITE_DONE ? 0 : write_error(w, err);
}

int login_write_credential(struct login_write *w,
	const struct login_write_credential *c, struct error *err)
{
	sqlite3_stmt *s = w->put[PUT_CREDENTIAL];
	uint32_t slot = 0;
	int r = 0;

	if (c->id_n > LOGIN_BYTES_MAX || c->public_key_n > LOGIN_BYTES_MAX)
		return error_set(err, ERROR_UNSUPPORTED,
			"token %.8s has a credential that is too long for "
			"login.db", c->token);
	if (strlen(c->rp) >= LOGIN_RP_LEN)
		return error_set(err, ERROR_UNSUPPORTED,
			"token %.8s has a credential of a relying party whose "
			"name is too long for login.db", c->token);
	if (!w->apart)
		r = counters_slot(&w->counters, c->id, c->id_n, c->counter,
			&slot, err);
	if (r < 0)
		return r;
	w->has_others |= strcmp(c->rp, LOGIN_RP) != 0;
	return write_put(w, s, bind_text(s, 1, c->user, -1) &&
		bind_text(s, 2, c->token, LOGIN_TOKEN_LEN - 1) &&
		bind_text(s, 3, c->aaguid, -1) &&
		bind_blob(s, 4, c->id, c->id_n) &&
		bind_blob(s, 5, c->public_key, c->public_key_n) &&
		bind_number(s, 6, c->counter) && bind_number(s, 7, slot) &&
		bind_number(s, 8, c->verify_required) &&
		bind_text(s, 9, c->rp, -1), err);
}

int login_write_ssh_key(struct login_write *w,
	const struct login_write_ssh_key *k, struct error *err)
{
	sqlite3_stmt *s = w->put[PUT_SSH_KEY];

	return write_put(w, s, bind_text(s, 1, k->user, -1) &&
		bind_text(s, 2, k->fingerprint, -1) &&
		bind_text(s, 3, k->token,
			k->token[0] ? LOGIN_TOKEN_LEN - 1 : 0) &&
		bind_text(s, 4, k->line, -1), err);
}

/* ---- the end ---- */

static int write_source(struct login_write *w,
	const struct login_write_source *source, struct error *err)
{
	sqlite3_stmt *s = w->put[PUT_MADE];

	return write_put(w, s, bind_number(s, 1, source->made_at ?
			source->made_at : w->begun) &&
		bind_number(s, 2, (int64_t)source->generation) &&
		bind_text(s, 3, source->station, -1) &&
		bind_number(s, 4, source->rehearsal) &&
		bind_text(s, 5, w->counters_id, -1), err);
}

void ldb_of_write(const struct login_write *w, struct login_db *ret)
{
	*ret = (struct login_db){ .db = w->db, .path = w->path,
		.version = w->has_others ? LOGIN_DB_VERSION : 1 };
}

static int write_digest(struct login_write *w, struct error *err)
{
	sqlite3_stmt *s = w->put[PUT_DIGEST];
	unsigned char digest[SHA256_LEN];
	struct login_db db;
	int r = 0;

	ldb_of_write(w, &db);
	if (db.version > 1)
		r = write_script(w, "PRAGMA user_version = "
			STRING(LOGIN_DB_VERSION), err);
	if (r == 0)
		r = ldb_digest(&db, NULL, NULL, digest, err);
	return r < 0 ? r : write_put(w, s,
		bind_blob(s, 1, digest, sizeof(digest)), err);
}

int login_write_count(struct login_write *w, struct login_written *ret,
	struct error *err)
{
	CLEANUP(ldb_stmt_p) sqlite3_stmt *stmt = NULL;
	int rc;

	rc = sqlite3_prepare_v2(w->db, "SELECT (SELECT count(*) FROM (SELECT"
		" user FROM credentials UNION SELECT user FROM ssh_keys)),"
		" (SELECT count(*) FROM credentials),"
		" (SELECT count(*) FROM ssh_keys)", -1, &stmt, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc != SQLITE_ROW)
		return write_error(w, err);
	ret->users = (size_t)sqlite3_column_int64(stmt, 0);
	ret->credentials = (size_t)sqlite3_column_int64(stmt, 1);
	ret->ssh_keys = (size_t)sqlite3_column_int64(stmt, 2);
	return 0;
}

static int write_close(struct login_write *w, struct error *err)
{
	int r = write_script(w, "COMMIT", err);

	write_finalize(w);
	if (r < 0)
		return r;
	if (sqlite3_close(w->db) != SQLITE_OK)
		return write_error(w, err);
	w->db = NULL;
	return 0;
}

/* The group that sshd's command runs as, where root writes and it exists. */
static const struct group *login_group(void)
{
	return geteuid() == 0 ? getgrnam(LOGIN_GROUP) : NULL;
}

bool login_write_is_given(const struct stat *st)
{
	const struct group *g = login_group();

	return S_ISREG(st->st_mode) && st->st_uid == geteuid() &&
		(st->st_mode & 07777) == (g ? 0640 : 0600) &&
		(!g || st->st_gid == g->gr_gid);
}

/* 0640 for that group. */
static int write_give_to_group(int fd, bool *ret_missing)
{
	const struct group *g = login_group();

	*ret_missing = !g && geteuid() == 0;
	if (g && fchown(fd, (uid_t)-1, g->gr_gid) < 0)
		return -1;
	return fchmod(fd, g ? 0640 : 0600);
}

static int write_rename(struct login_write *w, bool *ret_missing,
	struct error *err)
{
	CLEANUP(close_p) int fd = open(w->scratch, O_RDWR | O_CLOEXEC);

	if (fd < 0 || write_give_to_group(fd, ret_missing) < 0 ||
		fsync(fd) < 0 || rename(w->scratch, w->path) < 0)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot make '%s'", w->path);
	free(w->scratch);
	w->scratch = NULL;
	return file_sync_dir_of(w->path, err);
}

int login_write_finish(struct login_write *w,
	const struct login_write_source *source, struct login_written *ret,
	struct error *err)
{
	struct login_written done = { 0 };
	int r;

	r = write_source(w, source, err);
	if (r == 0)
		r = write_digest(w, err);
	if (r == 0)
		r = login_write_count(w, &done, err);
	if (r == 0)
		r = write_close(w, err);
	/* before the name: it names the slots */
	if (r == 0 && !w->apart)
		r = counters_sync(&w->counters, err);
	if (r == 0)
		r = write_rename(w, &done.group_missing, err);
	if (r < 0)
		return r;
	*ret = done;
	return 0;
}
