/* SPDX-License-Identifier: Apache-2.0 */
/* login.db of a host, out of a file that its station published. */
#include "bridge/login/host/install.h"

#include "base/file.h"
#include "base/text.h"
#include "bridge/hash/chain.h"
#include "bridge/login/counter.h"
#include "bridge/login/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* One installation. */
struct install {
	const struct install_request *q;
	struct buf bytes;
	struct hostfile file;
	struct installed done;
};

static void install_done(struct install *x)
{
	buf_done(&x->bytes);
}

/* ---- the file by itself ---- */

static int install_check_hash(struct install *x, struct error *err)
{
	unsigned char hash[SHA256_LEN];
	int r = chain_digest(x->bytes.p, x->bytes.n, hash, err);

	if (r < 0)
		return r;
	hex_encode(hash, SHA256_LEN, x->done.sha256);
	if (!x->q->sha256 || strcasecmp(x->q->sha256, x->done.sha256) == 0)
		return 0;
	return error_set(err, ERROR_MALFORMED,
		"'%s' is not the file that was published: its SHA-256 is %s, "
		"and --sha256 says '%s'; copy it again", x->q->file,
		x->done.sha256, x->q->sha256);
}

/* What no login.db that is there can change. */
static int install_check_source(const struct install *x, struct error *err)
{
	const struct hostfile_info *i = &x->file.info;
	const char *wanted = x->q->station;

	if (wanted && strcasecmp(wanted, i->station) != 0)
		return error_set(err, ERROR_REFUSED,
			"'%s' comes from the registry %s, and --station says "
			"'%s'", x->q->file, i->station, wanted);
	if (i->rehearsal && strcmp(x->q->login_db, LOGIN_DB_PATH) == 0)
		return error_set(err, ERROR_REFUSED,
			"'%s' comes from a registry for rehearsals, and '%s' "
			"lets people in: name another file by --login-db PATH",
			x->q->file, x->q->login_db);
	return login_made_check(x->q->file, i->made_at, time(NULL),
		x->q->max_age, err);
}

static int install_read(struct install *x, struct error *err)
{
	int r;

	buf_init(&x->bytes, HOSTFILE_MAX);
	r = file_read(x->q->file, FILE_ANY, &x->bytes, NULL, err);
	if (r == 0)
		r = install_check_hash(x, err);
	if (r == 0)
		r = hostfile_parse(buf_str(&x->bytes), x->bytes.n, x->q->file,
			&x->file, err);
	if (r < 0)
		return r;
	x->done.info = x->file.info;
	x->done.credentials = x->file.credentials;
	x->done.ssh_keys = x->file.ssh_keys;
	return install_check_source(x, err);
}

/* ---- the login.db that is there ---- */

static int install_refuse_other(const struct install *x, struct error *err)
{
	return error_set(err, ERROR_REFUSED,
		"'%s' is from the registry %s, and '%s' from another one, %s: "
		"where that one is to say who logs in here from now on, add "
		"--station %s", x->q->login_db, x->done.before.station,
		x->q->file, x->file.info.station, x->file.info.station);
}

static int install_check_age(const struct install *x, struct error *err)
{
	const struct login_db_info *is = &x->done.before;
	const struct hostfile_info *i = &x->file.info;
	char made[TEXT_TIME_LEN], had[TEXT_TIME_LEN];

	if (i->generation > is->generation ||
		(i->generation == is->generation && i->made_at >= is->made_at))
		return 0;
	text_format_time(i->made_at, made);
	text_format_time(is->made_at, had);
	return error_set(err, ERROR_REFUSED,
		"'%s' is older than what is installed: generation %llu made at "
		"%s, and '%s' has generation %llu made at %s; who was revoked "
		"since would get in again. Publish anew at the station; where "
		"its registry was restored from a copy, see "
		"tokenbridge-login(1)", x->q->file,
		(unsigned long long)i->generation, made, x->q->login_db,
		(unsigned long long)is->generation, had);
}

/* How old it is cannot be said, so nothing may follow it by itself. */
static int install_cannot_tell(const struct install *x,
	const struct error *why, struct error *err)
{
	return error_set(err, why->code,
		"what is installed cannot be read, so nobody knows whether "
		"'%s' is older: %s", x->q->file, why->text);
}

/* Whether a login by each credential finds its counter. */
struct slots {
	struct counters counters;
	bool good;
};

static int look_slot(sqlite3_stmt *stmt, void *arg, struct error *err)
{
	unsigned char id[LOGIN_BYTES_MAX];
	struct slots *s = arg;
	uint32_t counter;
	int64_t slot;
	size_t n;

	(void)err;
	s->good = s->good && ldb_take_blob(stmt, 3, id, &n) &&
		ldb_take_number(stmt, 6, UINT32_MAX, &slot) &&
		counters_read(&s->counters, (uint32_t)slot, id, n, &counter,
			NULL) == 0;
	return 0;
}

static bool counters_are_good(struct login_db *db, const char *login_db)
{
	CLEANUP(free_p) char *path = counters_path(login_db);
	struct slots s = { COUNTERS_INIT, true };
	unsigned char digest[SHA256_LEN];

	if (!path || counters_open(&s.counters, path,
		login_db_info(db)->counters, NULL) < 0)
		return false;
	if (ldb_digest(db, look_slot, &s, digest, NULL) < 0)
		s.good = false;
	counters_done(&s.counters);
	return s.good;
}

/* Whether installing would change nothing. */
static int install_is_same(const struct install *x, struct login_db *db,
	bool *ret, struct error *err)
{
	const struct login_db_info *is = login_db_info(db);
	const struct hostfile_info *i = &x->file.info;
	CLEANUP(buf_done) struct buf rows;
	struct stat st;
	int r;

	buf_init(&rows, HOSTFILE_MAX);
	*ret = false;
	if (is->generation != i->generation || is->made_at != i->made_at ||
		is->rehearsal != i->rehearsal ||
		strcmp(is->station, i->station) != 0)
		return 0;
	r = hostfile_put_rows(db, &rows, err);
	if (r < 0)
		return r;
	*ret = rows.n == x->file.rows_n &&
		memcmp(buf_str(&rows), x->file.rows, rows.n) == 0 &&
		ldb_check_digest(db, NULL) == 0 &&
		stat(x->q->login_db, &st) == 0 && login_write_is_given(&st) &&
		counters_are_good(db, x->q->login_db);
	return 0;
}

/* What is installed, whether the file may follow it, and whether it is it. */
static int install_look(struct install *x, struct error *err)
{
	CLEANUP(login_db_free) struct login_db *db = NULL;
	struct error why;
	struct stat st;
	bool same;
	int r;

	x->done.changed = true;
	x->done.had = lstat(x->q->login_db, &st) == 0 || errno != ENOENT;
	if (!x->done.had)
		return 0;
	r = login_db_open(&db, x->q->login_db, &why);
	if (r < 0)
		return install_cannot_tell(x, &why, err);
	x->done.before = *login_db_info(db);
	if (strcmp(x->done.before.station, x->file.info.station) != 0)
		return x->q->station ? 0 : install_refuse_other(x, err);
	r = install_check_age(x, err);
	if (r < 0)
		return r;
	if (install_is_same(x, db, &same, &why) < 0)
		return install_cannot_tell(x, &why, err);
	x->done.changed = !same;
	return 0;
}

/* ---- the new one ---- */

/* Under the writers' lock: another one may have been first. */
static int install_write(struct install *x, struct error *err)
{
	CLEANUP(login_write_free) struct login_write *to = NULL;
	const struct login_write_source source = {
		.generation = x->file.info.generation,
		.station = x->file.info.station,
		.rehearsal = x->file.info.rehearsal,
		.made_at = x->file.info.made_at,
	};
	struct login_written written;
	int r;

	r = login_write_new(&to, x->q->login_db, err);
	if (r == 0)
		r = install_look(x, err);
	if (r < 0 || !x->done.changed)
		return r;
	r = hostfile_rows(&x->file, to, err);
	if (r == 0)
		r = login_write_finish(to, &source, &written, err);
	if (r == 0)
		x->done.group_missing = written.group_missing;
	return r;
}

int login_install(const struct install_request *q, struct installed *ret,
	struct error *err)
{
	CLEANUP(install_done) struct install x = { .q = q };
	int r;

	r = install_read(&x, err);
	if (r == 0)
		r = install_look(&x, err);
	if (r == 0 && x.done.changed && !q->dry_run)
		r = install_write(&x, err);
	if (r < 0)
		return r;
	*ret = x.done;
	return 0;
}
