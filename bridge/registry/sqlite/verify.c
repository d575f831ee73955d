/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verification: everything is read and computed again, in one transaction, and
 * every difference is said. Damage is a result here, not an end: the walk goes
 * on behind a bad event with the hash that is stored there, so that one change
 * is one problem and not all that follow.
 */
#include "base/encode.h"
#include "bridge/hash/chain.h"
#include "bridge/registry/care.h"
#include "bridge/registry/sqlite/file/schema.h"
#include "bridge/registry/sqlite/file/shape.h"
#include "bridge/registry/sqlite/project.h"
#include "bridge/registry/sqlite/stored.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct verify {
	struct registry *reg;
	const struct registry_head *expected;
	registry_problem_fn *each;
	void *arg;
	struct registry_report report;
	char first[384];

	/* the walk along the chain */
	uint64_t next;
	int64_t pos;
	unsigned char hash[SHA256_LEN];
	bool holds; /* the chain, so far */
	bool met;   /* the expected event */
};

static void verify_problem(struct verify *v, const char *fmt, ...) PRINTF(2, 3);

static void verify_problem(struct verify *v, const char *fmt, ...)
{
	char text[384];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (v->report.problems++ == 0)
		memcpy(v->first, text, sizeof(text));
	if (v->each)
		v->each(text, v->arg);
}

static void verify_bad_event(struct verify *v, uint64_t seq, const char *why)
{
	verify_problem(v, "event %llu %s", (unsigned long long)seq, why);
	v->holds = false;
	if (!v->report.has_bad_seq || seq < v->report.bad_seq)
		v->report.bad_seq = seq;
	v->report.has_bad_seq = true;
}

/*
 * Damage met while reading is a problem and 0; what says nothing about the
 * file (no memory, locked) ends the verification.
 */
static int verify_damage(struct verify *v, int r, const struct error *why,
	struct error *err)
{
	if (r >= 0)
		return 0;
	if (why->code != ERROR_CORRUPT && why->code != ERROR_MALFORMED)
		return error_copy(err, why);
	verify_problem(v, "%s", why->text);
	return 0;
}

/* ---- SQLite's own check ---- */

static int verify_check_structure(struct verify *v, struct error *err)
{
	static const char sql[] = "PRAGMA integrity_check(20)";
	CLEANUP(stmt_done) sqlite3_stmt *stmt = NULL;
	struct error why;
	int r;

	r = store_query(v->reg, sql, NULL, &stmt, &why);
	while (r == 0 && (r = store_step(v->reg, stmt, &why)) > 0) {
		r = store_check_line(v->reg, column_str(stmt, 0), &why);
		if (r == 0 && strcmp(column_str(stmt, 0), "ok") != 0)
			verify_problem(v, "SQLite: %s", column_str(stmt, 0));
		if (v->report.problems > 20)
			break;
	}
	return verify_damage(v, r, &why, err);
}

/* ---- tables ---- */

static void verify_shape_problem(const char *what, bool missing, void *arg)
{
	verify_problem(arg, "tables: '%s' %s", what, missing ? "is missing" :
		"is no part of a registry");
}

/* A statement that names a column, or relies on UNIQUE, must not meet another
 * table than it was written for. */
static int verify_check_shape(struct verify *v, struct error *err)
{
	struct error why;
	int r = shape_compare(v->reg, /* all= */ !v->reg->shadowed,
		verify_shape_problem, v, &why);

	return verify_damage(v, r, &why, err);
}

/* ---- the chain ---- */

static int verify_check_place(struct verify *v, const struct stored *s,
	sqlite3_stmt *stmt, const struct event *e)
{
	if (e->seq != s->seq || strcmp(e->stream, v->reg->station) != 0)
		verify_bad_event(v, s->seq, "is in another event's place");
	else if (strcmp(column_str(stmt, 4), e->journal) != 0 ||
		sqlite3_column_int64(stmt, 5) != (int64_t)e->step)
		verify_bad_event(v, s->seq, "is indexed under another step");
	else if (s->pos <= v->pos)
		verify_bad_event(v, s->seq, "is stored before its predecessor");
	else
		return 0;
	return -1;
}

static int verify_count_evidence(struct verify *v, const struct event *e,
	struct error *err)
{
	static const char sql[] =
		"SELECT count(*) FROM evidence WHERE sha = ?1";
	unsigned char sha[SHA256_LEN];
	const char *hex = event_str(e->body,
		e->type == EVENT_BINDING_WITNESSED ? "trail" : "evidence");
	int64_t n = 1;
	int r;

	if (!hex || hex_decode(hex, strlen(hex), sha, SHA256_LEN) != SHA256_LEN)
		return 0;
	r = store_number(v->reg, sql, VALUES(v_blob(sha, SHA256_LEN)), &n, err);
	if (r == 0 && n == 0)
		v->report.evidence_absent++;
	return r;
}

static void verify_check_expected(struct verify *v, const struct stored *s)
{
	if (!v->expected || v->expected->seq != s->seq)
		return;
	v->met = true;
	if (memcmp(v->expected->hash, v->hash, SHA256_LEN) != 0)
		verify_bad_event(v, s->seq,
			"is not the one of the expected head: the chain was "
			"rewritten");
}

static void verify_advance(struct verify *v, const struct stored *s, bool good)
{
	/* behind a bad event the stored hash is what the next one hangs on */
	if (!good && s->hash)
		memcpy(v->hash, s->hash, SHA256_LEN);
	v->next = s->seq + 1;
	v->pos = s->pos;
	if (!good)
		return;
	v->report.events++;
	if (!v->holds)
		return;
	memcpy(v->report.head.stream, v->reg->station, ID_LEN);
	v->report.head.seq = s->seq;
	memcpy(v->report.head.hash, v->hash, SHA256_LEN);
}

/* The numbers before `seq`, in one sentence: there may be very many. */
static void verify_missing(struct verify *v, uint64_t seq)
{
	char text[64];

	snprintf(text, sizeof(text), seq - v->next == 1 ? "is missing" :
		"and those up to %llu are missing",
		(unsigned long long)seq - 1);
	verify_bad_event(v, v->next, text);
}

/* v->hash becomes the hash of this event, as computed. */
static int verify_check_event(struct verify *v, sqlite3_stmt *stmt,
	struct error *err)
{
	CLEANUP(event_done) struct event e = EVENT_INIT;
	struct stored s;
	struct error why;
	bool good = false;
	int r;

	stored_of(stmt, &s);
	if (v->next < s.seq)
		verify_missing(v, s.seq);
	r = chain_next(s.seq ? v->hash : NULL, s.p, s.n, v->hash, err);
	if (r < 0)
		return r;
	if (!s.hash || memcmp(v->hash, s.hash, SHA256_LEN) != 0)
		verify_bad_event(v, s.seq, "does not fit the chain");
	else if (event_parse(s.p, s.n, &e, &why) < 0)
		verify_bad_event(v, s.seq, why.text);
	else
		good = verify_check_place(v, &s, stmt, &e) == 0;
	verify_check_expected(v, &s);
	if (good)
		r = verify_count_evidence(v, &e, err);
	verify_advance(v, &s, good);
	return r;
}

static int verify_check_chain(struct verify *v, struct error *err)
{
	static const char sql[] =
		"SELECT pos, seq, hash, event, journal, step FROM events"
		" WHERE stream = ?1 ORDER BY seq";
	static const char others[] =
		"SELECT count(*) FROM events WHERE stream IS NOT ?1";
	CLEANUP(stmt_done) sqlite3_stmt *stmt = NULL;
	struct error why;
	int64_t foreign = 0;
	int r;

	r = store_query(v->reg, sql, VALUES(v_text(v->reg->station)), &stmt,
		&why);
	while (r == 0 && (r = store_step(v->reg, stmt, &why)) > 0)
		r = verify_check_event(v, stmt, &why);
	if (r == 0)
		r = store_number(v->reg, others,
			VALUES(v_text(v->reg->station)), &foreign, &why);
	if (foreign > 0)
		verify_problem(v, "%lld events are of another station",
			(long long)foreign);
	return verify_damage(v, r, &why, err);
}

static void verify_check_head(struct verify *v)
{
	if (!v->expected)
		return;
	if (strcmp(v->expected->stream, v->reg->station) != 0)
		verify_problem(v, "the expected head is of station %s, this "
			"registry of %s", v->expected->stream,
			v->reg->station);
	else if (!v->met)
		verify_problem(v, "the chain ends at event %llu, the expected "
			"head is event %llu: it was cut",
			(unsigned long long)(v->next ? v->next - 1 : 0),
			(unsigned long long)v->expected->seq);
}

/* ---- evidence ---- */

static int verify_check_piece(struct verify *v, sqlite3_stmt *stmt,
	struct error *err)
{
	char name[HEX_LEN(SHA256_LEN)] = "";
	unsigned char sha[SHA256_LEN];
	bool whole = sqlite3_column_bytes(stmt, 0) == SHA256_LEN;
	int r;

	r = chain_digest(sqlite3_column_blob(stmt, 1),
		(size_t)sqlite3_column_bytes(stmt, 1), sha, err);
	if (r < 0)
		return r;
	if (whole && memcmp(sha, sqlite3_column_blob(stmt, 0),
		SHA256_LEN) == 0) {
		v->report.evidence++;
		return 0;
	}
	if (whole)
		hex_encode(sqlite3_column_blob(stmt, 0), SHA256_LEN, name);
	verify_problem(v, "evidence %s does not match its name", name);
	return 0;
}

static int verify_check_evidence(struct verify *v, struct error *err)
{
	static const char sql[] = "SELECT sha, bytes FROM evidence";
	CLEANUP(stmt_done) sqlite3_stmt *stmt = NULL;
	struct error why;
	int r;

	r = store_query(v->reg, sql, NULL, &stmt, &why);
	while (r == 0 && (r = store_step(v->reg, stmt, &why)) > 0)
		r = verify_check_piece(v, stmt, &why);
	return verify_damage(v, r, &why, err);
}

/* ---- projections ---- */

/* *ret_more = false behind the last table. */
static int verify_compare_table(struct verify *v, size_t i, bool in_temp,
	bool *ret_more, struct error *err)
{
	CLEANUP(free_p) char *key = NULL;
	const char *table = NULL;
	int64_t rows = 0;
	int r;

	r = schema_compare(v->reg, i, in_temp, &table, &rows, &key, err);
	*ret_more = r == 0 && table;
	if (*ret_more && rows > 0)
		verify_problem(v, "%s: %lld rows %s the events, e.g. %s", table,
			(long long)rows,
			in_temp ? "are missing or differ from" :
				  "do not follow from",
			key ? key : "");
	return r;
}

static int verify_check_projections(struct verify *v, struct error *err)
{
	bool other = false, more;
	struct error why;
	size_t i;
	int r;

	r = project_is_other(v->reg, &other, &why);
	more = !other;
	if (r == 0 && more && !v->reg->shadowed)
		r = project_shadow(v->reg, &why);
	for (i = 0; r == 0 && more; i++) {
		r = verify_compare_table(v, i, false, &more, &why);
		if (r == 0 && more)
			r = verify_compare_table(v, i, true, &more, &why);
	}
	return verify_damage(v, r, &why, err);
}

/* ---- all of it ---- */

static int verify_check_all(struct verify *v, struct error *err)
{
	int r;

	r = verify_check_structure(v, err);
	if (r == 0)
		r = verify_check_shape(v, err);
	if (r == 0)
		r = verify_check_chain(v, err);
	if (r < 0)
		return r;
	verify_check_head(v);
	r = verify_check_evidence(v, err);
	return r < 0 ? r : verify_check_projections(v, err);
}

int registry_verify(struct registry *reg, const struct registry_head *expected,
	registry_problem_fn *each, void *arg, struct registry_report *ret,
	struct error *err)
{
	struct verify v = { .reg = reg, .expected = expected, .each = each,
		.arg = arg, .holds = true };
	bool shadowed = reg->shadowed;
	int r;

	r = store_begin_read(reg, err);
	if (r < 0)
		return r;
	r = verify_check_all(&v, err);
	/* takes the temporary tables with it */
	store_forget(reg);
	sqlite3_exec(reg->db, "ROLLBACK", NULL, NULL, NULL);
	reg->shadowed = shadowed;
	if (r < 0)
		return r;
	*ret = v.report;
	if (v.report.problems > 0)
		return error_set(err, ERROR_CORRUPT,
			"registry '%s' does not verify: %s", reg->path,
			v.first);
	return 0;
}
