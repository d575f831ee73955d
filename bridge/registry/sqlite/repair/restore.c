/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Restore: a new registry out of a backup and whatever a damaged file still
 * yields behind it.
 *
 * Events are taken only while each hangs on the one before, so the result is a
 * beginning of what the damaged file was. Names cannot be proved: what the
 * backup has stays, unless it is of a kind that people rename.
 */
#include "bridge/hash/chain.h"
#include "bridge/registry/care.h"
#include "bridge/registry/names.h"
#include "bridge/registry/sqlite/events.h"
#include "bridge/registry/sqlite/file/connect.h"
#include "bridge/registry/sqlite/file/scratch.h"
#include "bridge/registry/sqlite/file/schema.h"
#include "bridge/registry/sqlite/repair/backup.h"
#include "bridge/registry/sqlite/repair/image.h"
#include "bridge/registry/sqlite/repair/salvage.h"
#include "bridge/registry/sqlite/stored.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* An event found behind the backup's head. */
struct found {
	uint64_t seq;
	unsigned char hash[SHA256_LEN];
	unsigned char *p; /* owned */
	size_t n;
};

struct restore {
	struct registry *out;
	bool has_head;
	struct registry_head head; /* of what `out` has so far */
	struct found *found;       /* owned */
	size_t n;
	uint64_t highest; /* number seen anywhere */
	bool own, foreign; /* events of this and of other streams were seen */
	struct registry_restored report;
};

static void restore_done(struct restore *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->found[i].p);
	free(t->found);
	registry_free(&t->out);
}

/* ---- what the salvage hands over ---- */

static void restore_see(struct restore *t, uint64_t seq)
{
	if (seq > t->highest)
		t->highest = seq;
}

/* Without a backup the stream is that of an event 0 which proves itself. */
static int restore_find_stream(const struct salvage_event *e, void *arg,
	struct error *err)
{
	struct restore *t = arg;
	CLEANUP(event_done) struct event event = EVENT_INIT;
	unsigned char hash[SHA256_LEN];
	int r;

	if (t->out->station[0] || e->seq != 0)
		return 0;
	r = chain_next(NULL, e->p, e->n, hash, err);
	if (r < 0 || memcmp(hash, e->hash, SHA256_LEN) != 0)
		return r;
	if (event_parse(e->p, e->n, &event, NULL) == 0 &&
		event.type == EVENT_REGISTRY_INIT &&
		strcmp(event.stream, e->stream) == 0)
		memcpy(t->out->station, e->stream, ID_LEN);
	return 0;
}

static int restore_keep(struct restore *t, const struct salvage_event *e,
	struct error *err)
{
	struct found *f;

	if ((t->n & (t->n - 1)) == 0) {
		f = reallocarray(t->found, t->n ? 2 * t->n : 1, sizeof(*f));
		if (!f)
			return error_memory(err);
		t->found = f;
	}
	f = &t->found[t->n];
	f->p = malloc(e->n + 1);
	if (!f->p)
		return error_memory(err);
	memcpy(f->p, e->p, e->n);
	memcpy(f->hash, e->hash, SHA256_LEN);
	f->n = e->n;
	f->seq = e->seq;
	t->n++;
	return 0;
}

static int restore_event(const struct salvage_event *e, void *arg,
	struct error *err)
{
	struct restore *t = arg;

	if (strcmp(e->stream, t->out->station) != 0) {
		t->foreign = true;
		return 0;
	}
	t->own = true;
	restore_see(t, e->seq);
	if ((t->has_head && e->seq <= t->head.seq) || e->n > EVENT_MAX)
		return 0;
	return restore_keep(t, e, err);
}

static void restore_number(const char stream[ID_LEN], uint64_t seq,
	void *arg)
{
	struct restore *t = arg;

	if (strcmp(stream, t->out->station) == 0)
		restore_see(t, seq);
}

static int restore_name(const struct salvage_name *n, void *arg,
	struct error *err)
{
	static const char add[] =
		"INSERT OR IGNORE INTO names (kind, id, made, value)"
		" VALUES (?1, ?2, 0, ?3)";
	static const char change[] =
		"INSERT INTO names (kind, id, made, value)"
		" VALUES (?1, ?2, 0, ?3) ON CONFLICT (kind, id) DO UPDATE"
		" SET value = excluded.value WHERE value <> excluded.value";
	struct restore *t = arg;
	int r;

	if (name_check(n->kind, n->id, n->value, NULL) < 0)
		return 0;
	r = store_run(t->out, name_kind_changes(n->kind) ? change : add,
		VALUES(v_text(n->kind), v_text(n->id), v_text(n->value)), err);
	if (r == 0)
		t->report.names += (uint64_t)sqlite3_changes(t->out->db);
	return r;
}

static int restore_evidence(const unsigned char sha[SHA256_LEN], const void *p,
	size_t n, void *arg, struct error *err)
{
	static const char sql[] =
		"INSERT OR IGNORE INTO evidence (sha, bytes) VALUES (?1, ?2)";
	struct restore *t = arg;
	unsigned char is[SHA256_LEN];
	int r;

	r = chain_digest(p, n, is, err);
	if (r < 0 || memcmp(is, sha, SHA256_LEN) != 0)
		return r;
	r = store_run(t->out, sql, VALUES(v_blob(sha, SHA256_LEN),
		v_blob(p, n)), err);
	if (r == 0)
		t->report.evidence += (uint64_t)sqlite3_changes(t->out->db);
	return r;
}

static int restore_salvage(struct restore *t, const unsigned char *p, size_t n,
	struct error *err)
{
	struct salvage_sink first = { .event = restore_find_stream, .arg = t };
	struct salvage_sink all = { restore_event, restore_name,
		restore_evidence, restore_number, t };
	int r = 0;

	if (!t->has_head)
		r = salvage_file(p, n, &first, err);
	if (r == 0 && !t->out->station[0])
		return error_set(err, ERROR_CORRUPT,
			"event 0 cannot be found in the damaged file, and "
			"there is no backup");
	return r < 0 ? r : salvage_file(p, n, &all, err);
}

/* ---- linking ---- */

static int by_seq(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

/* 1 where the event hangs on the head; it is then put and is the head. */
static int restore_link_one(struct restore *t, const struct found *f,
	struct error *err)
{
	CLEANUP(event_done) struct event e = EVENT_INIT;
	struct stored s = { f->seq, 0, f->hash, f->p, f->n };
	int r;

	r = stored_check(t->out, &s, t->has_head ? t->head.hash : NULL, &e,
		err);
	if (r == -ERROR_CORRUPT)
		return 0; /* another copy may be good */
	if (r == 0)
		r = events_put(t->out, &e, f->hash, f->p, f->n, err);
	if (r < 0)
		return r;
	t->has_head = true;
	memcpy(t->head.stream, e.stream, ID_LEN);
	t->head.seq = f->seq;
	memcpy(t->head.hash, f->hash, SHA256_LEN);
	return 1;
}

static int restore_link_all(struct restore *t, struct error *err)
{
	uint64_t next = t->has_head ? t->head.seq + 1 : 0;
	size_t i;
	int r;

	if (t->n > 0)
		qsort(t->found, t->n, sizeof(*t->found), by_seq);
	for (i = 0; i < t->n; i++) {
		if (t->found[i].seq < next)
			continue; /* a second copy */
		if (t->found[i].seq > next)
			break;
		r = restore_link_one(t, &t->found[i], err);
		if (r < 0)
			return r;
		next += (uint64_t)r;
	}
	return 0;
}

/* Numbers behind the head that were there; the first of them is the break. */
static void restore_count_lost(struct restore *t)
{
	uint64_t before = t->head.seq + 1;
	size_t i;

	t->report.has_lost = t->highest > t->head.seq;
	if (!t->report.has_lost)
		return;
	t->report.lost_first = t->head.seq + 1;
	t->report.lost_last = t->highest;
	for (i = 0; i < t->n; i++) {
		CLEANUP(event_done) struct event e = EVENT_INIT;

		if (t->found[i].seq <= before)
			continue; /* linked, broken, or a second copy */
		if (event_parse(t->found[i].p, t->found[i].n, &e, NULL) < 0)
			continue;
		t->report.lost_readable++;
		before = t->found[i].seq;
	}
}

/* ---- erased names ---- */

/* They may stand in the backup, and must not come back. */
static int restore_erase_again(const struct event *e,
	const struct registry_head *head, const unsigned char *bytes, size_t n,
	void *arg, struct error *err)
{
	static const char sql[] =
		"DELETE FROM names WHERE kind = ?1 AND id = ?2";
	const json_t *list = json_object_get(e->body, "names"), *o;
	size_t i;
	int r = 0;

	(void)head;
	(void)bytes;
	(void)n;
	if (e->type != EVENT_NAME_ERASED)
		return 0;
	for (i = 0; r == 0 && (o = json_array_get(list, i)) != NULL; i++)
		r = store_run(arg, sql, VALUES(v_text(event_str(o, "kind")),
			v_text(event_str(o, "id"))), err);
	return r;
}

/* ---- the whole ---- */

/* A backup that does not verify is no ground to build on. */
static int restore_from_backup(struct restore *t, const char *backup,
	const char *scratch, struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = NULL;
	struct registry_report report;
	int r;

	r = registry_open(&reg, backup, REGISTRY_READ, NULL, err);
	if (r == 0)
		r = registry_verify(reg, NULL, NULL, NULL, &report, err);
	if (r == 0)
		r = backup_into(reg, scratch, err);
	if (r < 0)
		return r;
	t->has_head = true;
	t->head = report.head;
	t->report.has_backup = true;
	t->report.backup = report.head;
	t->highest = report.head.seq;
	return store_connect(&t->out, scratch, REGISTRY_WRITE,
		SQLITE_OPEN_READWRITE, err);
}

static int restore_from_nothing(struct restore *t, const char *scratch,
	struct error *err)
{
	int r;

	r = store_connect(&t->out, scratch, REGISTRY_WRITE,
		SQLITE_OPEN_READWRITE, err);
	if (r == 0)
		r = store_begin(t->out, err);
	if (r < 0)
		return r;
	return store_end(t->out, schema_create(t->out, err), err);
}

static int restore_add_all(struct restore *t, const struct image *m,
	struct error *err)
{
	int r;

	r = store_begin(t->out, err);
	if (r < 0)
		return r;
	r = restore_salvage(t, m->p, m->n, err);
	if (r == 0)
		r = restore_link_all(t, err);
	if (r == 0 && t->foreign && !t->own)
		r = error_set(err, ERROR_CONFLICT,
			"the damaged file and the backup are of different "
			"registries");
	if (r == 0)
		r = registry_events(t->out, 0, restore_erase_again, t->out,
			err);
	return store_end(t->out, r, err);
}

/* As anybody would open it, and all of it. */
static int restore_check_result(const char *scratch, struct registry_head *ret,
	struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = NULL;
	struct registry_report report;
	int r;

	r = registry_open(&reg, scratch, REGISTRY_WRITE, NULL, err);
	if (r == 0)
		r = registry_verify(reg, NULL, NULL, NULL, &report, err);
	if (r == 0)
		*ret = report.head;
	return r;
}

/* Into *ret, which stays empty where there is a backup and no such file. */
static int restore_read_damaged(struct restore *t, const char *damaged,
	bool has_backup, const char *output, struct scratch *copy,
	struct image *ret, struct error *err)
{
	struct stat st;

	t->report.has_no_damaged = has_backup && lstat(damaged, &st) < 0 &&
		errno == ENOENT;
	return t->report.has_no_damaged ? 0 :
		image_read_damaged(damaged, output, copy, ret, err);
}

int registry_restore(const char *damaged, const char *backup,
	const char *output, struct registry_restored *ret, struct error *err)
{
	CLEANUP(scratch_done) struct scratch scratch = SCRATCH_INIT;
	CLEANUP(scratch_done) struct scratch copy = SCRATCH_INIT;
	CLEANUP(restore_done) struct restore t = { .out = NULL };
	CLEANUP(image_done) struct image m = { NULL, 0 };
	int r;

	r = scratch_make(&scratch, output, err);
	if (r == 0)
		r = restore_read_damaged(&t, damaged, backup != NULL, output,
			&copy, &m, err);
	if (r == 0)
		r = backup ? restore_from_backup(&t, backup, scratch.path,
			err) : restore_from_nothing(&t, scratch.path, err);
	if (r == 0 && t.has_head)
		memcpy(t.out->station, t.head.stream, ID_LEN);
	if (r == 0)
		r = restore_add_all(&t, &m, err);
	if (r < 0)
		return r;
	restore_count_lost(&t);
	registry_free(&t.out);
	r = restore_check_result(scratch.path, &t.report.head, err);
	if (r == 0)
		r = scratch_publish(&scratch, output, err);
	if (r == 0)
		*ret = t.report;
	return r;
}
