/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Projections: what the events add up to, as rows.
 *
 * A function of the events alone: applied one by one or all at once they give
 * the same rows, which registry_verify checks. Hence nothing here fails on what
 * an event says; one that makes no sense where it stands (a token that was
 * never added) changes nothing.
 *
 * Statements name tables without a schema, so that temporary tables of the
 * same name come before the stored ones.
 */
#include "bridge/registry/sqlite/project.h"

#include "base/text.h"
#include "bridge/registry/care.h"
#include "bridge/registry/sqlite/file/schema.h"
#include "bridge/registry/sqlite/stored.h"

#include <string.h>

/* Raised when the same events shall give other rows: they are made anew. */
#define PROJECTION_VERSION 5

struct apply {
	struct registry *reg;
	const json_t *body;
	const char *host; /* `names` row; NULL if not said */
	char when[TEXT_TIME_LEN];
};

static struct value v_str(const struct apply *a, const char *name)
{
	return v_text(event_str(a->body, name));
}

static struct value v_flag(const struct apply *a, const char *name)
{
	return v_int(event_bool(a->body, name));
}

static struct value v_number(const struct apply *a, const char *name)
{
	return v_int(event_int(a->body, name, 0));
}

/* ---- holders ---- */

static int project_holder_added(const struct apply *a, struct error *err)
{
	static const char sql[] =
		"INSERT OR IGNORE INTO holders (id, kind, since, bag)"
		" VALUES (?1, ?2, ?3, ?4)";

	return store_run(a->reg, sql, VALUES(v_str(a, "holder"),
		v_str(a, "kind"), v_text(a->when), v_str(a, "bag")), err);
}

/* ---- tokens ---- */

/* What is signed is not replaced by what a token merely says. */
static int project_put_facts(const struct apply *a, struct error *err)
{
	static const char sql[] =
		"UPDATE tokens SET model = coalesce(?2, model),"
		" aaguid = coalesce(?3, aaguid),"
		" firmware = CASE WHEN ?4 IS NULL OR"
		"  (firmware_signed AND NOT ?5) THEN firmware ELSE ?4 END,"
		" firmware_signed = CASE WHEN ?4 IS NULL"
		"  THEN firmware_signed ELSE max(firmware_signed, ?5) END"
		" WHERE id = ?1";

	return store_run(a->reg, sql, VALUES(v_str(a, "token"),
		v_str(a, "model"), v_str(a, "aaguid"), v_str(a, "firmware"),
		v_flag(a, "firmware_signed")), err);
}

static int project_put_identifier(const struct apply *a, const json_t *o,
	struct error *err)
{
	static const char sql[] =
		"INSERT INTO identifiers (token, kind, value, basis, seen)"
		" VALUES (?1, ?2, ?3, ?4, ?5)"
		" ON CONFLICT (token, kind, value) DO UPDATE SET"
		" basis = max(basis, excluded.basis), seen = excluded.seen";

	return store_run(a->reg, sql, VALUES(v_str(a, "token"),
		v_text(event_str(o, "kind")), v_text(event_str(o, "value")),
		v_int(registry_word(registry_basis_names,
			event_str(o, "basis"))), v_text(a->when)), err);
}

static int project_put_join(const struct apply *a, const json_t *o,
	struct error *err)
{
	static const char sql[] =
		"INSERT OR IGNORE INTO joins (token, a, b, by)"
		" VALUES (?1, ?2, ?3, ?4)";

	return store_run(a->reg, sql, VALUES(v_str(a, "token"),
		v_text(event_str(o, "a")), v_text(event_str(o, "b")),
		v_text(event_str(o, "by"))), err);
}

static int project_facts(const struct apply *a, struct error *err)
{
	const json_t *list, *o;
	size_t i;
	int r;

	r = project_put_facts(a, err);
	list = json_object_get(a->body, "identifiers");
	for (i = 0; r == 0 && (o = json_array_get(list, i)) != NULL; i++)
		r = project_put_identifier(a, o, err);
	list = json_object_get(a->body, "joins");
	for (i = 0; r == 0 && (o = json_array_get(list, i)) != NULL; i++)
		r = project_put_join(a, o, err);
	return r;
}

static int project_token_added(const struct apply *a, struct error *err)
{
	static const char sql[] =
		"INSERT OR IGNORE INTO tokens (id, state, since, holder)"
		" VALUES (?1, ?2, ?3, ?4)";
	int r;

	r = store_run(a->reg, sql, VALUES(v_str(a, "token"), v_str(a, "state"),
		v_text(a->when), v_str(a, "holder")), err);
	return r < 0 ? r : project_facts(a, err);
}

static int project_token_assigned(const struct apply *a, struct error *err)
{
	static const char sql[] =
		"UPDATE tokens SET state = 'assigned', holder = ?2, since = ?3"
		" WHERE id = ?1";

	return store_run(a->reg, sql, VALUES(v_str(a, "token"),
		v_str(a, "holder"), v_text(a->when)), err);
}

static int project_token_state(const struct apply *a, struct error *err)
{
	static const char sql[] =
		"UPDATE tokens SET state = ?2, since = ?3,"
		" holder = CASE ?2 WHEN 'stock' THEN NULL ELSE holder END"
		" WHERE id = ?1";

	return store_run(a->reg, sql, VALUES(v_str(a, "token"),
		v_str(a, "state"), v_text(a->when)), err);
}

static int project_token_bag(const struct apply *a, struct error *err)
{
	static const char sql[] =
		"UPDATE tokens SET bag_state = ?2, bag = ?3, bag_since = ?4,"
		" custodian = ?5, custodian_2 = ?6 WHERE id = ?1";
	const json_t *list = json_object_get(a->body, "custodians");

	return store_run(a->reg, sql, VALUES(v_str(a, "token"),
		v_str(a, "state"), v_str(a, "bag"), v_text(a->when),
		v_text(json_string_value(json_array_get(list, 0))),
		v_text(json_string_value(json_array_get(list, 1)))), err);
}

/* It was here, and showed it: by an attestation or by an assertion. */
static int project_token_seen(const struct apply *a, struct error *err)
{
	static const char sql[] =
		"UPDATE tokens SET seen = ?2, seen_host = ?3 WHERE id = ?1";

	return store_run(a->reg, sql, VALUES(v_str(a, "token"), v_text(a->when),
		v_text(a->host)), err);
}

static int project_token_verified(const struct apply *a, struct error *err)
{
	static const char sql[] =
		"UPDATE tokens SET verdict = ?2, verdict_time = ?3,"
		" verdict_evidence = ?4 WHERE id = ?1";
	int r;

	r = store_run(a->reg, sql, VALUES(v_str(a, "token"),
		v_number(a, "verdict"), v_text(a->when), v_str(a, "evidence")),
		err);
	if (r == 0)
		r = project_token_seen(a, err);
	return r < 0 ? r : project_facts(a, err);
}

/* ---- credentials ---- */

static int project_insert_credential(const struct apply *a,
	const struct buf *id, const struct buf *key, struct error *err)
{
	static const char sql[] =
		"INSERT OR REPLACE INTO credentials (token, rp, id, public_key,"
		" alg, aaguid, counter, resident, uv, evidence, since)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";

	return store_run(a->reg, sql, VALUES(v_str(a, "token"), v_str(a, "rp"),
		v_blob(id->p, id->n), v_blob(key->p, key->n),
		v_number(a, "alg"), v_str(a, "aaguid"), v_number(a, "counter"),
		v_flag(a, "resident"), v_flag(a, "uv"), v_str(a, "evidence"),
		v_text(a->when)), err);
}

static int project_credential_added(const struct apply *a, struct error *err)
{
	CLEANUP(buf_done) struct buf id, key;

	buf_init(&id, EVENT_BYTES_MAX);
	buf_init(&key, EVENT_BYTES_MAX);
	event_bytes(a->body, "credential", &id);
	event_bytes(a->body, "public_key", &key);
	if (buf_failed(&id) || buf_failed(&key))
		return error_memory(err);
	return project_insert_credential(a, &id, &key, err);
}

/* `sql` takes token, rp, id, one more value. */
static int project_change_credential(const struct apply *a, const char *sql,
	struct value more, struct error *err)
{
	CLEANUP(buf_done) struct buf id;

	buf_init(&id, EVENT_BYTES_MAX);
	event_bytes(a->body, "credential", &id);
	if (buf_failed(&id))
		return error_memory(err);
	return store_run(a->reg, sql, VALUES(v_str(a, "token"), v_str(a, "rp"),
		v_blob(id.p, id.n), more), err);
}

/* The highest seen: a copy that counts lower must not lower the bar. */
static int project_credential_used(const struct apply *a, struct error *err)
{
	static const char sql[] =
		"UPDATE credentials SET counter = max(counter, ?4)"
		" WHERE token = ?1 AND rp = ?2 AND id = ?3";

	return project_change_credential(a, sql, v_number(a, "counter"), err);
}

static int project_credential_removed(const struct apply *a, struct error *err)
{
	static const char sql[] =
		"UPDATE credentials SET removed = ?4 WHERE token = ?1"
		" AND rp = ?2 AND id = ?3 AND removed IS NULL";

	return project_change_credential(a, sql, v_text(a->when), err);
}

/* ---- bindings ---- */

static int project_binding_added(const struct apply *a, struct error *err)
{
	static const char sql[] =
		"INSERT OR IGNORE INTO bindings (id, token, kind, account,"
		" user, device, method, rp, credential, local_user,"
		" oath_account, basis, evidence, since, ssh_key,"
		" verify_required)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,"
		" ?13, ?14, ?15, ?16)";
	CLEANUP(buf_done) struct buf id, key;

	buf_init(&id, EVENT_BYTES_MAX);
	buf_init(&key, EVENT_BYTES_MAX);
	event_bytes(a->body, "credential", &id);
	event_bytes(a->body, "ssh_key", &key);
	if (buf_failed(&id) || buf_failed(&key))
		return error_memory(err);
	return store_run(a->reg, sql, VALUES(v_str(a, "binding"),
		v_str(a, "token"), v_str(a, "kind"), v_str(a, "account"),
		v_str(a, "user"), v_str(a, "device"), v_str(a, "method"),
		v_str(a, "rp"), v_blob(id.p, id.n), v_str(a, "local_user"),
		v_str(a, "oath_account"), v_str(a, "basis"),
		v_str(a, "evidence"), v_text(a->when), v_blob(key.p, key.n),
		v_flag(a, "verify_required")), err);
}

static int project_binding_witnessed(const struct apply *a, struct error *err)
{
	static const char sql[] =
		"UPDATE bindings SET basis = ?2"
		" WHERE id = ?1 AND removed IS NULL";

	return store_run(a->reg, sql, VALUES(v_str(a, "binding"),
		v_str(a, "basis")), err);
}

static int project_binding_removed(const struct apply *a, struct error *err)
{
	static const char sql[] =
		"UPDATE bindings SET removed = ?2"
		" WHERE id = ?1 AND removed IS NULL";

	return store_run(a->reg, sql, VALUES(v_str(a, "binding"),
		v_text(a->when)), err);
}

/* ---- events ---- */

/* Types without a function change no row. */
static int (*const applies[EVENT_TYPE_COUNT])(const struct apply *a,
	struct error *err) = {
	[EVENT_HOLDER_ADDED] = project_holder_added,
	[EVENT_TOKEN_ADDED] = project_token_added,
	[EVENT_TOKEN_IDENTIFIED] = project_facts,
	[EVENT_TOKEN_ASSIGNED] = project_token_assigned,
	[EVENT_TOKEN_STATE] = project_token_state,
	[EVENT_TOKEN_BAG] = project_token_bag,
	[EVENT_TOKEN_VERIFIED] = project_token_verified,
	[EVENT_CREDENTIAL_ADDED] = project_credential_added,
	[EVENT_CREDENTIAL_USED] = project_credential_used,
	[EVENT_CREDENTIAL_REMOVED] = project_credential_removed,
	[EVENT_BINDING_ADDED] = project_binding_added,
	[EVENT_BINDING_REMOVED] = project_binding_removed,
	[EVENT_BINDING_WITNESSED] = project_binding_witnessed,
};

static int project_set_marker(struct registry *reg, int64_t pos,
	const unsigned char hash[SHA256_LEN], struct error *err)
{
	static const char sql[] =
		"INSERT OR REPLACE INTO applied (one, version, pos, hash)"
		" VALUES (1, ?1, ?2, ?3)";

	return store_run(reg, sql, VALUES(v_int(PROJECTION_VERSION),
		v_int(pos), v_blob(hash, SHA256_LEN)), err);
}

int project_event(struct registry *reg, const struct event *event, int64_t pos,
	const unsigned char hash[SHA256_LEN], struct error *err)
{
	struct apply a = { .reg = reg, .body = event->body };
	int r = 0;

	text_format_time(event->time, a.when);
	a.host = event->actor.host[0] ? event->actor.host : NULL;
	if (event->type != EVENT_UNKNOWN && applies[event->type])
		r = applies[event->type](&a, err);
	return r < 0 ? r : project_set_marker(reg, pos, hash, err);
}

/* `until`: the time of the last events that count; 0: all do. */
static int project_stored(struct registry *reg, const struct stored *s,
	time_t until, struct error *err)
{
	CLEANUP(event_done) struct event e = EVENT_INIT;
	struct error why;

	if (!s->hash || event_parse(s->p, s->n, &e, &why) < 0)
		return store_corrupt(reg, err, "event %llu: %s",
			(unsigned long long)s->seq,
			s->hash ? why.text : "its hash is cut short");
	if (until && e.time > until)
		return 0;
	return project_event(reg, &e, s->pos, s->hash, err);
}

/* All events behind `pos`, inside a transaction. */
static int project_behind(struct registry *reg, int64_t pos, time_t until,
	struct error *err)
{
	static const char sql[] =
		"SELECT pos, seq, hash, event FROM events WHERE pos > ?1"
		" ORDER BY pos";
	CLEANUP(stmt_done) sqlite3_stmt *stmt = NULL;
	struct stored s;
	int r;

	r = store_query(reg, sql, VALUES(v_int(pos)), &stmt, err);
	while (r == 0 && (r = store_step(reg, stmt, err)) > 0) {
		stored_of(stmt, &s);
		r = project_stored(reg, &s, until, err);
	}
	return r;
}

/*
 * Where the marker stands: *ret_pos is the last event that the rows have seen,
 * 0 where they must be made anew (another version, or the marked event is not
 * the one that was applied). *ret_behind: whether there is more.
 */
static int project_read_marker(struct registry *reg, int64_t *ret_pos,
	bool *ret_behind, struct error *err)
{
	static const char marked[] =
		"SELECT a.pos FROM applied a JOIN events e ON e.pos = a.pos"
		" WHERE a.one = 1 AND a.version = ?1 AND a.hash = e.hash";
	static const char last[] = "SELECT max(pos) FROM events";
	int64_t pos, end;
	int r;

	r = store_number(reg, marked, VALUES(v_int(PROJECTION_VERSION)), &pos,
		err);
	if (r == 0)
		r = store_number(reg, last, NULL, &end, err);
	if (r < 0)
		return r;
	*ret_pos = pos;
	*ret_behind = pos != end;
	return 0;
}

int project_is_other(struct registry *reg, bool *ret, struct error *err)
{
	int64_t other;
	int r = store_number(reg, "SELECT count(*) FROM main.applied WHERE"
		" one = 1 AND version <> ?1",
		VALUES(v_int(PROJECTION_VERSION)), &other, err);

	if (r == 0)
		*ret = other > 0;
	return r;
}

static int project_remake(struct registry *reg, const char *schema,
	time_t until, struct error *err)
{
	int r;

	r = schema_drop(reg, schema, err);
	if (r == 0)
		r = schema_project(reg, schema, err);
	return r < 0 ? r : project_behind(reg, 0, until, err);
}

int project_catch_up(struct registry *reg, struct error *err)
{
	bool behind;
	int64_t pos;
	int r;

	r = project_read_marker(reg, &pos, &behind, err);
	if (r < 0 || !behind)
		return r;
	if (reg->mode == REGISTRY_READ) {
		r = store_begin_read(reg, err);
		return r < 0 ? r :
			store_end(reg, project_shadow(reg, err), err);
	}
	r = store_begin(reg, err);
	if (r == 0)
		/* now under lock */
		r = project_read_marker(reg, &pos, &behind, err);
	if (r == 0 && behind)
		r = pos > 0 ? project_behind(reg, pos, 0, err) :
			project_remake(reg, "main", 0, err);
	return store_end(reg, r, err);
}

int registry_rebuild(struct registry *reg, struct error *err)
{
	int r;

	r = store_begin(reg, err);
	if (r < 0)
		return r;
	return store_end(reg, project_remake(reg, "main", 0, err), err);
}

static int shadow_until(struct registry *reg, time_t until, struct error *err)
{
	int r;

	/* what is prepared already leads to the stored tables */
	store_forget(reg);
	r = project_remake(reg, "temp", until, err);
	reg->shadowed = r == 0;
	return r;
}

int project_shadow(struct registry *reg, struct error *err)
{
	return shadow_until(reg, 0, err);
}

int registry_go_back(struct registry *reg, time_t when, struct error *err)
{
	int r = store_begin_read(reg, err);

	return r < 0 ? r : store_end(reg, shadow_until(reg, when, err), err);
}
