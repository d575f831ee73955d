/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening a registry, and making one. Nothing is written to a file before it
 * has been checked.
 */
#include "base/paths.h"
#include "bridge/registry/sqlite/events.h"
#include "bridge/registry/sqlite/file/connect.h"
#include "bridge/registry/sqlite/file/place.h"
#include "bridge/registry/sqlite/file/scratch.h"
#include "bridge/registry/sqlite/file/schema.h"
#include "bridge/registry/sqlite/project.h"
#include "bridge/registry/sqlite/stored.h"

#include <string.h>
#include <sys/stat.h>

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

/*
 * A reader, too, opens for writing where it may: only so can SQLite undo what
 * a killed writer left. It has no way to write anything else.
 */
static int open_flags(const char *path, enum registry_mode mode)
{
	return mode == REGISTRY_WRITE || place_is_writable(path) ?
		SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
}

/* ---- checking ---- */

static int open_pragma_says(struct registry *reg, const char *sql,
	const char *word, struct error *err)
{
	CLEANUP(stmt_done) sqlite3_stmt *stmt = NULL;
	int r;

	r = store_first(reg, sql, NULL, &stmt, err);
	if (r < 0)
		return r;
	if (strcmp(column_str(stmt, 0), word) == 0)
		return 0;
	r = store_check_line(reg, column_str(stmt, 0), err);
	return r < 0 ? r :
		store_corrupt(reg, err, "%s", column_str(stmt, 0));
}

/* SQLite reads zeros behind the end of a page that is cut off. */
static int open_check_size(struct registry *reg, struct error *err)
{
	struct stat st;
	int64_t page;
	int r = store_number(reg, "PRAGMA page_size", NULL, &page, err);

	if (r < 0 || page <= 0 || stat(reg->path, &st) < 0 ||
		st.st_size % page == 0)
		return r < 0 ? r : 0;
	return store_corrupt(reg, err, "it is cut off within a page, behind "
		"%lld bytes", (long long)st.st_size);
}

static int open_check_structure(struct registry *reg, struct error *err)
{
	int64_t pages;
	int r;

	r = open_check_size(reg, err);
	if (r == 0)
		r = store_number(reg, "PRAGMA page_count", NULL, &pages, err);
	if (r < 0 || pages > quick_check_pages[reg->mode])
		return r;
	return open_pragma_says(reg, "PRAGMA quick_check(1)", "ok", err);
}

static int open_read_station(struct registry *reg, struct error *err)
{
	static const char sql[] =
		"SELECT pos, seq, hash, event, stream FROM events"
		" ORDER BY pos LIMIT 1";
	CLEANUP(stmt_done) sqlite3_stmt *stmt = NULL;
	CLEANUP(event_done) struct event e = EVENT_INIT;
	struct stored s;
	int r;

	r = store_first(reg, sql, NULL, &stmt, err);
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
static int open_check_tail(struct registry *reg, struct error *err)
{
	static const char sql[] =
		"SELECT pos, seq, hash, event FROM (SELECT * FROM events"
		" WHERE stream = ?1 ORDER BY seq DESC LIMIT 2) ORDER BY seq";
	CLEANUP(stmt_done) sqlite3_stmt *stmt = NULL;
	unsigned char previous[SHA256_LEN] = { 0 };
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
			return store_corrupt(reg, err, "a hash is cut short");
		if (r == 0)
			memcpy(previous, s.hash, SHA256_LEN);
		before = s.seq;
		n++;
	}
	return r;
}

static int open_check(struct registry *reg, struct error *err)
{
	int r;

	r = schema_check(reg, err);
	if (r == 0)
		r = open_pragma_says(reg, "PRAGMA journal_mode", "delete", err);
	if (r == 0)
		r = open_check_structure(reg, err);
	if (r == 0)
		r = open_read_station(reg, err);
	return r < 0 ? r : open_check_tail(reg, err);
}

static int open_present(struct registry **ret, const char *path,
	enum registry_mode mode, struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = NULL;
	int r;

	r = store_connect(&reg, path, mode, open_flags(path, mode), err);
	if (r == 0)
		r = open_check(reg, err);
	if (r == 0)
		r = schema_upgrade(reg, err);
	if (r == 0)
		r = project_catch_up(reg, err);
	if (r < 0)
		return r;
	*ret = steal(&reg);
	return 0;
}

static int open_say_absent(const char *path, struct error *err)
{
	if (strcmp(path, PATH_REGISTRY) == 0)
		return error_set(err, ERROR_FAILED,
			"there is no registry '%s'; root makes it: `sudo "
			"tokenbridge registry init`, and one of your own is "
			"named by --registry PATH", path);
	return error_set(err, ERROR_FAILED,
		"there is no registry '%s'; run `tokenbridge registry init "
		"--registry '%s'`", path, path);
}

int registry_open(struct registry **ret, const char *path,
	enum registry_mode mode, bool *ret_absent, struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = NULL;
	bool absent;
	int r;

	r = place_check(path, &absent, err);
	if (r == 0 && absent && !ret_absent)
		return open_say_absent(path, err);
	/* SQLite would tell at the first write: after a touch, or at AWS */
	if (r == 0 && !absent && mode == REGISTRY_WRITE)
		r = place_check_writable(path, err);
	if (r == 0 && !absent)
		r = open_present(&reg, path, mode, err);
	if (r < 0)
		return r;
	if (ret_absent)
		*ret_absent = absent;
	*ret = steal(&reg);
	return 0;
}

/* ---- making ---- */

static int open_fill_new(struct registry *reg, bool rehearsal,
	struct error *err)
{
	int r;

	r = id_new(reg->station, err);
	if (r == 0)
		r = store_begin(reg, err);
	if (r < 0)
		return r;
	r = schema_create(reg, err);
	if (r == 0)
		r = events_zero(reg, rehearsal, err);
	return store_end(reg, r, err);
}

int registry_init(const char *path, bool rehearsal, struct error *err)
{
	CLEANUP(scratch_done) struct scratch scratch = SCRATCH_INIT;
	CLEANUP(registry_free) struct registry *reg = NULL;
	int r;

	r = place_make_directory(path, err);
	if (r == 0)
		r = place_check_room(path, err);
	if (r == 0)
		r = scratch_make(&scratch, path, err);
	if (r == 0)
		r = store_connect(&reg, scratch.path, REGISTRY_WRITE,
			SQLITE_OPEN_READWRITE, err);
	if (r == 0)
		r = open_fill_new(reg, rehearsal, err);
	if (r < 0)
		return r;
	registry_free(&reg);
	return scratch_publish(&scratch, path, err);
}
