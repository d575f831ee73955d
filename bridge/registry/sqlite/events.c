/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger: appending, reading, the head.
 *
 * An append is "put if (stream, seq) is absent". Here the write lock is taken
 * before the head is read, so nobody can be first in between and the put never
 * has to be tried twice; a store without such a lock reads the head again.
 * The projection follows in the same transaction because it costs nothing
 * here; nothing relies on it.
 */
#include "bridge/registry/sqlite/events.h"

#include "bridge/registry/actor.h"
#include "bridge/registry/link.h"
#include "bridge/registry/sqlite/names.h"
#include "bridge/registry/sqlite/project.h"
#include "bridge/registry/sqlite/stored.h"

#include <string.h>

int events_put(struct registry *reg, const struct event *event,
	const unsigned char hash[SHA256_LEN], const void *p, size_t n,
	struct error *err)
{
	static const char sql[] =
		"INSERT INTO events (stream, seq, journal, step, hash, event)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
	int r;

	r = store_run(reg, sql, VALUES(v_text(event->stream),
		v_int((int64_t)event->seq), v_text(event->journal),
		v_int(event->step), v_blob(hash, SHA256_LEN), v_blob(p, n)),
		err);
	if (r < 0)
		return r;
	return project_event(reg, event, sqlite3_last_insert_rowid(reg->db),
		hash, err);
}

/* ---- the head ---- */

/* *ret_found = false in a registry without events, which only init sees. */
static int events_read_head(struct registry *reg, struct registry_head *ret,
	bool *ret_found, struct error *err)
{
	static const char sql[] =
		"SELECT pos, seq, hash, NULL FROM events WHERE stream = ?1"
		" ORDER BY seq DESC LIMIT 1";
	CLEANUP(stmt_done) sqlite3_stmt *stmt = NULL;
	struct registry_head h = { .seq = 0 };
	struct stored s;
	int r;

	r = store_first(reg, sql, VALUES(v_text(reg->station)), &stmt, err);
	if (r < 0)
		return r;
	*ret_found = r > 0;
	if (r == 0)
		return 0;
	stored_of(stmt, &s);
	if (!s.hash)
		return store_corrupt(reg, err, "a hash is cut short");
	memcpy(h.stream, reg->station, ID_LEN);
	h.seq = s.seq;
	memcpy(h.hash, s.hash, SHA256_LEN);
	*ret = h;
	return 0;
}

int registry_head(struct registry *reg, struct registry_head *ret,
	struct error *err)
{
	bool found;
	int r;

	r = events_read_head(reg, ret, &found, err);
	if (r == 0 && !found)
		return store_corrupt(reg, err, "event 0 is missing");
	return r;
}

/* ---- appending ---- */

/*
 * 1 where the journal's step has been written and says the same; fills
 * *ret_head. 0 where it has not.
 */
static int events_find_step(struct registry *reg, const struct event_draft *d,
	struct registry_head *ret_head, struct error *err)
{
	static const char sql[] =
		"SELECT pos, seq, hash, event FROM events"
		" WHERE journal = ?1 AND step = ?2";
	CLEANUP(stmt_done) sqlite3_stmt *stmt = NULL;
	CLEANUP(event_done) struct event e = EVENT_INIT;
	struct stored s;
	int r;

	r = store_first(reg, sql, VALUES(v_text(d->journal), v_int(d->step)),
		&stmt, err);
	if (r <= 0)
		return r;
	stored_of(stmt, &s);
	r = stored_parse(reg, &s, &e, err);
	if (r < 0)
		return r;
	if (!event_says(&e, d))
		return error_set(err, ERROR_CONFLICT,
			"step %u of journal %s is already event %llu of "
			"registry '%s', with different content", d->step,
			d->journal, (unsigned long long)s.seq, reg->path);
	if (!s.hash)
		return store_corrupt(reg, err, "a hash is cut short");
	memcpy(ret_head->stream, e.stream, ID_LEN);
	ret_head->seq = e.seq;
	memcpy(ret_head->hash, s.hash, SHA256_LEN);
	return 1;
}

/* Inside a transaction; *ret_head is the head at the draft's event. */
static int events_append(struct registry *reg, const struct event_draft *d,
	struct registry_head *ret_head, struct error *err)
{
	CLEANUP(link_done) struct link l = LINK_INIT;
	struct registry_head before;
	bool found;
	int r;

	r = events_find_step(reg, d, ret_head, err);
	if (r != 0)
		return r < 0 ? r : 0;
	r = events_read_head(reg, &before, &found, err);
	if (r == 0)
		r = link_make(&l, reg->station, found ? &before : NULL, d,
			err);
	if (r == 0)
		r = events_put(reg, &l.event, l.head.hash, l.bytes.p,
			l.bytes.n, err);
	if (r < 0)
		return r;
	*ret_head = l.head;
	return 0;
}

int registry_append(struct registry *reg, const struct event_draft *draft,
	struct registry_head *ret_head, struct error *err)
{
	struct event_draft d = *draft;
	struct registry_head head;
	char journal[ID_LEN];
	int r;

	r = link_complete(&d, journal, err);
	if (r == 0)
		r = event_check_body(d.type, d.body, err);
	if (r == 0)
		r = store_begin(reg, err);
	if (r < 0)
		return r;
	r = store_end(reg, events_append(reg, &d, &head, err), err);
	if (r < 0)
		return r;
	if (ret_head)
		*ret_head = head;
	return 0;
}

static void json_free_p(json_t **v)
{
	json_decref(*v);
}

int events_zero(struct registry *reg, bool rehearsal, struct error *err)
{
	CLEANUP(json_free_p) json_t *body = json_pack("{s:b}", "rehearsal",
		(int)rehearsal);
	struct event_draft d = { .type = EVENT_REGISTRY_INIT, .body = body };
	struct registry_head head;
	char journal[ID_LEN];
	int r;

	r = actor_make(reg, names_put, NULL, NULL, &d.actor, err);
	if (r == 0)
		r = link_complete(&d, journal, err);
	return r < 0 ? r : events_append(reg, &d, &head, err);
}

/* ---- reading ---- */

static void finalize_p(sqlite3_stmt **stmt)
{
	sqlite3_finalize(*stmt);
}

static int events_give(struct registry *reg, const struct stored *s,
	registry_event_fn *each, void *arg, struct error *err)
{
	CLEANUP(event_done) struct event e = EVENT_INIT;
	struct registry_head head = { .seq = s->seq };
	int r;

	r = stored_parse(reg, s, &e, err);
	if (r < 0)
		return r;
	if (!s->hash)
		return store_corrupt(reg, err, "a hash is cut short");
	memcpy(head.stream, reg->station, ID_LEN);
	memcpy(head.hash, s->hash, SHA256_LEN);
	return each(&e, &head, s->p, s->n, arg, err);
}

int registry_events(struct registry *reg, uint64_t first,
	registry_event_fn *each, void *arg, struct error *err)
{
	static const char sql[] =
		"SELECT pos, seq, hash, event FROM events"
		" WHERE stream = ?1 AND seq >= ?2 ORDER BY seq";
	/* its own statement, since `each` may ask for events, too */
	CLEANUP(finalize_p) sqlite3_stmt *stmt = NULL;
	struct stored s;
	int r, rc;

	if (first > (uint64_t)EVENT_SEQ_MAX)
		return 0;
	rc = sqlite3_prepare_v2(reg->db, sql, -1, &stmt, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_text(stmt, 1, reg->station, -1,
			SQLITE_STATIC);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int64(stmt, 2, (sqlite3_int64)first);
	if (rc != SQLITE_OK)
		return store_error(reg, rc, "read", err);
	while ((r = store_step(reg, stmt, err)) > 0) {
		stored_of(stmt, &s);
		r = events_give(reg, &s, each, arg, err);
		if (r != 0)
			return r;
	}
	return r;
}
