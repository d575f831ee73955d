/* SPDX-License-Identifier: Apache-2.0 */
/* Making login.db from the registry. */
#include "bridge/local/publish.h"

#include "base/encode.h"
#include "base/file.h"
#include "base/text.h"
#include "bridge/login/counter.h"
#include "bridge/login/store.h"
#include "bridge/registry/ssh-key.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STRING(x) STRING_(x)
#define STRING_(x) #x

static const char schema[] =
	"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
	"PRAGMA application_id = " STRING(LOGIN_DB_APPLICATION) ";"
	"PRAGMA user_version = " STRING(LOGIN_DB_VERSION) ";"
	"BEGIN;"
	"CREATE TABLE made (made_at INTEGER NOT NULL,"
	" generation INTEGER NOT NULL, station TEXT NOT NULL,"
	" rehearsal INTEGER NOT NULL, counters TEXT NOT NULL,"
	" digest BLOB) STRICT;"
	"CREATE TABLE credentials (user TEXT NOT NULL, token TEXT NOT NULL,"
	" aaguid TEXT NOT NULL, id BLOB NOT NULL, public_key BLOB NOT NULL,"
	" counter INTEGER NOT NULL, slot INTEGER NOT NULL,"
	" verify_required INTEGER NOT NULL,"
	" PRIMARY KEY (user, id)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE ssh_keys (user TEXT NOT NULL, fingerprint TEXT NOT NULL,"
	" token TEXT NOT NULL, line TEXT NOT NULL,"
	" PRIMARY KEY (user, fingerprint)) STRICT, WITHOUT ROWID;";

/* What is bound twice is held to the stricter of the two. */
static const char put_credential_sql[] =
	"INSERT INTO credentials VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
	" ON CONFLICT DO UPDATE SET verify_required ="
	" max(verify_required, excluded.verify_required)";
static const char put_ssh_key_sql[] =
	"INSERT INTO ssh_keys VALUES (?1, ?2, ?3, ?4)"
	" ON CONFLICT DO UPDATE SET line = CASE"
	" WHEN excluded.line LIKE 'verify-required %' THEN excluded.line"
	" ELSE line END";

/* What one run of publishing shares. */
struct publisher {
	struct registry *reg;
	struct registry_tokens tokens;
	struct counters counters;
	char counters_id[COUNTER_ID_LEN];
	char *scratch; /* the new file's name; "" once it has its own */
	sqlite3 *db;
	sqlite3_stmt *put_credential, *put_ssh_key;
	struct login_published done;
};

static void publisher_done(struct publisher *p)
{
	sqlite3_finalize(p->put_credential);
	sqlite3_finalize(p->put_ssh_key);
	sqlite3_close_v2(p->db);
	if (p->scratch && p->scratch[0])
		unlink(p->scratch);
	free(p->scratch);
	counters_done(&p->counters);
	registry_tokens_done(&p->tokens);
	login_published_done(&p->done);
}

void login_published_done(struct login_published *p)
{
	free(p->path);
	p->path = NULL;
}

static int db_error(struct publisher *p, struct error *err)
{
	return error_set(err, ERROR_FAILED, "cannot make '%s': %s",
		p->done.path, sqlite3_errmsg(p->db));
}

static int script(struct publisher *p, const char *sql, struct error *err)
{
	return sqlite3_exec(p->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 :
		db_error(p, err);
}

/* ---- what is published ---- */

static const struct registry_token *token_of(const struct publisher *p,
	const struct registry_binding *b)
{
	size_t i;

	for (i = 0; i < p->tokens.n; i++)
		if (strcmp(p->tokens.p[i].id, b->token) == 0)
			return &p->tokens.p[i];
	return NULL;
}

/* A binding without a token (an imported ssh key) has nothing to be lost. */
static bool token_is_usable(const struct publisher *p,
	const struct registry_binding *b)
{
	const struct registry_token *t = token_of(p, b);

	if (!b->token[0])
		return true;
	return t && t->state != REGISTRY_LOST && t->state != REGISTRY_RETIRED;
}

static const struct registry_credential *credential_of(
	const struct publisher *p, const struct registry_binding *b)
{
	const struct registry_token *t = token_of(p, b);
	size_t i;

	for (i = 0; t && b->rp && i < t->credentials_n; i++) {
		const struct registry_credential *c = &t->credentials[i];

		if (!c->removed && strcmp(c->rp, b->rp) == 0 &&
			c->id_n == b->credential_n &&
			memcmp(c->id, b->credential, c->id_n) == 0)
			return c;
	}
	return NULL;
}

static bool bind_text(sqlite3_stmt *stmt, int i, const char *s, int n)
{
	return sqlite3_bind_text(stmt, i, s, n, SQLITE_TRANSIENT) == SQLITE_OK;
}

static bool bind_blob(sqlite3_stmt *stmt, int i, const void *p, size_t n)
{
	return sqlite3_bind_blob(stmt, i, p, (int)n, SQLITE_TRANSIENT) ==
		SQLITE_OK;
}

static int put_row(struct publisher *p, sqlite3_stmt *stmt, bool bound,
	struct error *err)
{
	int rc = bound ? sqlite3_step(stmt) : SQLITE_NOMEM;

	sqlite3_reset(stmt);
	return rc == SQLITE_DONE ? 0 : db_error(p, err);
}

static int put_credential(struct publisher *p,
	const struct registry_binding *b, struct error *err)
{
	const struct registry_credential *c = credential_of(p, b);
	sqlite3_stmt *s = p->put_credential;
	uint32_t slot;
	int r;

	if (!c)
		return 0;
	if (c->id_n > LOGIN_BYTES_MAX || c->public_key_n > LOGIN_BYTES_MAX)
		return error_set(err, ERROR_UNSUPPORTED,
			"token %.8s has a credential that is too long for "
			"login.db", b->token);
	r = counters_slot(&p->counters, c->id, c->id_n, c->counter, &slot,
		err);
	if (r == 0)
		r = put_row(p, s, bind_text(s, 1, b->user_name, -1) &&
			bind_text(s, 2, b->token, LOGIN_TOKEN_LEN - 1) &&
			bind_text(s, 3, c->aaguid, -1) &&
			bind_blob(s, 4, c->id, c->id_n) &&
			bind_blob(s, 5, c->public_key, c->public_key_n) &&
			sqlite3_bind_int64(s, 6, c->counter) == SQLITE_OK &&
			sqlite3_bind_int64(s, 7, slot) == SQLITE_OK &&
			sqlite3_bind_int(s, 8, b->verify_required) == SQLITE_OK,
			err);
	return r;
}

static int put_ssh_key(struct publisher *p, const struct registry_binding *b,
	struct error *err)
{
	CLEANUP(buf_done) struct buf line;
	char fingerprint[SSH_FINGERPRINT_LEN];
	sqlite3_stmt *s = p->put_ssh_key;
	int r;

	buf_init(&line, 4096);
	r = ssh_key_line(b->ssh_key, b->ssh_key_n, b->verify_required, &line,
		err);
	if (r < 0)
		return r;
	r = ssh_key_fingerprint(b->ssh_key, b->ssh_key_n, fingerprint, err);
	if (r < 0)
		return r;
	r = put_row(p, s, bind_text(s, 1, b->user_name, -1) &&
		bind_text(s, 2, fingerprint, -1) &&
		bind_text(s, 3, b->token, b->token[0] ?
			LOGIN_TOKEN_LEN - 1 : 0) &&
		bind_text(s, 4, buf_str(&line), -1), err);
	return r;
}

static int put_binding(struct publisher *p, const struct registry_binding *b,
	struct error *err)
{
	/* a name that was erased is nobody's login */
	if (b->removed || !b->user_name || !token_is_usable(p, b))
		return 0;
	if (b->kind == REGISTRY_PAM)
		return put_credential(p, b, err);
	return b->kind == REGISTRY_SSH && b->ssh_key ?
		put_ssh_key(p, b, err) : 0;
}

static int put_made(struct publisher *p, struct error *err)
{
	struct registry_head head;
	char *sql;
	int r;

	r = registry_head(p->reg, &head, err);
	if (r < 0)
		return r;
	p->done.generation = head.seq;
	sql = sqlite3_mprintf("INSERT INTO made VALUES (%lld, %lld, %Q, %d, %Q,"
		" NULL)",
		(long long)time(NULL), (long long)head.seq,
		registry_station(p->reg), registry_is_rehearsal(p->reg),
		p->counters_id);
	r = sql ? script(p, sql, err) : error_memory(err);
	sqlite3_free(sql);
	return r;
}

static int count_rows(struct publisher *p, struct error *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc;

	rc = sqlite3_prepare_v2(p->db, "SELECT (SELECT count(*) FROM (SELECT"
		" user FROM credentials UNION SELECT user FROM ssh_keys)),"
		" (SELECT count(*) FROM credentials),"
		" (SELECT count(*) FROM ssh_keys)", -1, &stmt, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW) {
		p->done.users = (size_t)sqlite3_column_int64(stmt, 0);
		p->done.credentials = (size_t)sqlite3_column_int64(stmt, 1);
		p->done.ssh_keys = (size_t)sqlite3_column_int64(stmt, 2);
	}
	sqlite3_finalize(stmt);
	return rc == SQLITE_ROW ? 0 : db_error(p, err);
}

static int put_digest(struct publisher *p, struct error *err)
{
	struct login_db db = { .db = p->db, .path = p->done.path };
	unsigned char digest[CHAIN_LEN];
	sqlite3_stmt *stmt = NULL;
	int r;

	r = ldb_digest(&db, NULL, NULL, digest, err);
	if (r < 0)
		return r;
	if (sqlite3_prepare_v2(p->db, "UPDATE made SET digest = ?1", -1, &stmt,
		    NULL) != SQLITE_OK)
		return db_error(p, err);
	r = put_row(p, stmt, bind_blob(stmt, 1, digest, sizeof(digest)), err);
	sqlite3_finalize(stmt);
	return r;
}

static int fill(struct publisher *p, struct error *err)
{
	CLEANUP(registry_bindings_done) struct registry_bindings list = { 0 };
	size_t i;
	int r;

	r = put_made(p, err);
	if (r == 0)
		r = registry_tokens_all(p->reg, &p->tokens, err);
	if (r == 0)
		r = registry_bindings_all(p->reg, &list, err);
	for (i = 0; r == 0 && i < list.n; i++)
		r = put_binding(p, &list.p[i], err);
	if (r == 0)
		r = put_digest(p, err);
	return r < 0 ? r : count_rows(p, err);
}

/* ---- the new file ---- */

static int begin(struct publisher *p, struct error *err)
{
	int fd, rc;

	p->scratch = text_format("%s.XXXXXX", p->done.path);
	if (!p->scratch)
		return error_memory(err);
	fd = mkostemp(p->scratch, O_CLOEXEC);
	if (fd < 0) {
		p->scratch[0] = '\0';
		return error_errno(err, errno == EACCES ? ERROR_PERMISSION :
			ERROR_FAILED, errno, "cannot make '%s'", p->done.path);
	}
	close(fd);
	rc = sqlite3_open_v2(p->scratch, &p->db, SQLITE_OPEN_READWRITE |
		SQLITE_OPEN_NOMUTEX, NULL);
	if (rc != SQLITE_OK || script(p, schema, NULL) < 0 ||
		sqlite3_prepare_v2(p->db, put_credential_sql, -1,
			&p->put_credential, NULL) != SQLITE_OK ||
		sqlite3_prepare_v2(p->db, put_ssh_key_sql, -1, &p->put_ssh_key,
			NULL) != SQLITE_OK)
		return db_error(p, err);
	return 0;
}

static int close_db(struct publisher *p, struct error *err)
{
	int r = script(p, "COMMIT", err);

	sqlite3_finalize(p->put_credential);
	sqlite3_finalize(p->put_ssh_key);
	p->put_credential = p->put_ssh_key = NULL;
	if (r < 0)
		return r;
	if (sqlite3_close(p->db) != SQLITE_OK)
		return db_error(p, err);
	p->db = NULL;
	return 0;
}

/* 0640 for the group that sshd's command runs as, where that exists. */
static int give_to_group(struct publisher *p, int fd)
{
	const struct group *g = geteuid() == 0 ? getgrnam(LOGIN_GROUP) : NULL;

	p->done.group_missing = !g && geteuid() == 0;
	if (g && fchown(fd, (uid_t)-1, g->gr_gid) < 0)
		return -1;
	return fchmod(fd, g ? 0640 : 0600);
}

static int finish(struct publisher *p, struct error *err)
{
	CLEANUP(close_p) int fd = open(p->scratch, O_RDWR | O_CLOEXEC);

	if (fd < 0 || give_to_group(p, fd) < 0 || fsync(fd) < 0 ||
		rename(p->scratch, p->done.path) < 0)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot make '%s'", p->done.path);
	p->scratch[0] = '\0';
	return file_sync_dir_of(p->done.path, err);
}

static int open_counters(struct publisher *p, struct error *err)
{
	CLEANUP(free_p) char *path = counters_path(p->done.path);
	int r = event_id_new(p->counters_id, err);

	if (r < 0)
		return r;
	return path ? counters_make(&p->counters, path, p->counters_id, err) :
		      error_memory(err);
}

int login_publish(struct registry *reg, const char *path,
	struct login_published *ret, struct error *err)
{
	CLEANUP(publisher_done) struct publisher p = {
		.reg = reg,
		.counters = COUNTERS_INIT,
	};
	int r;

	if (!path)
		return 0;
	p.done.path = strdup(path);
	if (!p.done.path)
		return error_memory(err);
	r = open_counters(&p, err);
	if (r == 0)
		r = begin(&p, err);
	if (r == 0)
		r = fill(&p, err);
	if (r == 0)
		r = close_db(&p, err);
	if (r == 0)
		r = finish(&p, err);
	if (r < 0)
		return r;
	*ret = p.done;
	p.done.path = NULL;
	return 0;
}

int login_publish_change(const struct run *run, struct registry *reg,
	const char *path, struct error *err)
{
	CLEANUP(login_published_done) struct login_published p = { 0 };
	int r = login_publish(reg, path, &p, err);

	if (r < 0) {
		run_warn(run, "the registry is changed, but login.db is as it was: "
			"run `tokenbridge registry publish`");
		return r;
	}
	login_published_say(run, &p);
	return p.path != NULL;
}

void login_published_say(const struct run *run,
	const struct login_published *p)
{
	if (!p->path) {
		run_say(run, "Not published: this registry has no login.db of its "
			"own (name one by --login-db PATH).");
		return;
	}
	run_say(run, "Published to '%s': %zu users, %zu login credentials, %zu ssh "
		"keys, generation %llu.", p->path, p->users, p->credentials,
		p->ssh_keys, (unsigned long long)p->generation);
	if (p->group_missing)
		run_warn(run, "only root can read it: there is no group " LOGIN_GROUP
			", so sshd's tokenbridge-keys cannot (see "
			"systemd-sysusers(8))");
}
