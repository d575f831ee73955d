/* SPDX-License-Identifier: Apache-2.0 */
/* Verification: each way to change the ledger behind its back is found. */
#include "bridge/hash/chain.h"
#include "tests/unit/test_registry.h"

#define EVENTS 21 /* event 0, and two for each of ten tokens */

static int setup_filled(void **state)
{
	struct place *p;
	struct registry *reg;

	setup(state);
	p = *state;
	reg = open_rw(p->db);
	fill(reg, 0, 10);
	registry_free(&reg);
	return 0;
}

struct problems {
	int n;
	char last[400];
	char first[400];
	char all[4000];
};

static void note(const char *text, void *arg)
{
	struct problems *p = arg;

	size_t n = strlen(p->all);

	snprintf(p->last, sizeof(p->last), "%s", text);
	snprintf(p->all + n, sizeof(p->all) - n, "%s\n", text);
	if (p->n++ == 0)
		snprintf(p->first, sizeof(p->first), "%s", text);
}

/* Verifies what can be opened; the number of problems. */
static int look(const char *path, const struct registry_head *expected,
	struct registry_report *report)
{
	struct registry *reg = open_ro(path);
	struct problems problems = { .n = 0 };
	int r;

	memset(report, 0, sizeof(*report));
	r = registry_verify(reg, expected, note, &problems, report, &err);
	assert_int_equal(r, problems.n ? -ERROR_CORRUPT : 0);
	assert_int_equal(report->problems, problems.n);
	if (problems.n)
		assert_non_null(strstr(err.text, problems.first));
	registry_free(&reg);
	return problems.n;
}

static void assert_bad(const char *path, uint64_t seq)
{
	struct registry_report report;

	assert_true(look(path, NULL, &report) > 0);
	assert_true(report.has_bad_seq);
	assert_int_equal(report.bad_seq, seq);
	assert_int_equal(report.head.seq, seq - 1);
}

static void a_good_registry_verifies(void **state)
{
	struct place *p = *state;
	struct registry_report report;
	struct registry *reg = open_ro(p->db);
	struct registry_head head;

	OK(registry_head(reg, &head, &err));
	registry_free(&reg);
	assert_int_equal(look(p->db, &head, &report), 0);
	assert_int_equal(report.events, EVENTS);
	assert_int_equal(report.evidence, 10);
	assert_int_equal(report.evidence_absent, 0);
	assert_false(report.has_bad_seq);
	assert_int_equal(report.head.seq, EVENTS - 1);
	assert_memory_equal(report.head.hash, head.hash, SHA256_LEN);
}

static void verifying_twice_and_going_on_works(void **state)
{
	struct place *p = *state;
	struct registry *reg = open_rw(p->db);
	struct registry_tokens list;
	struct registry_report report;

	OK(registry_verify(reg, NULL, NULL, NULL, &report, &err));
	OK(registry_verify(reg, NULL, NULL, NULL, &report, &err));
	fill(reg, 100, 1);
	OK(registry_tokens_all(reg, &list, &err));
	assert_int_equal(list.n, 11);
	registry_tokens_done(&list);
	registry_free(&reg);
	assert_whole(p->db);
}

static void a_changed_event_is_found(void **state)
{
	struct place *p = *state;

	tamper(p->db, "UPDATE events SET event = CAST(replace(CAST(event AS "
		"TEXT), 'stock', 'lost!') AS BLOB) WHERE seq = 7");
	assert_bad(p->db, 7);
}

static void a_changed_event_with_its_own_new_hash_is_found(void **state)
{
	struct place *p = *state;
	sqlite3 *db;
	sqlite3_stmt *stmt;
	unsigned char hash[SHA256_LEN];

	tamper(p->db, "UPDATE events SET event = CAST(replace(CAST(event AS "
		"TEXT), 'YubiKey 5', 'YubiKey 4') AS BLOB) WHERE seq = 7");
	sqlite3_open(p->db, &db);
	sqlite3_prepare_v2(db, "SELECT a.hash, b.event FROM events a, events b"
		" WHERE a.seq = 6 AND b.seq = 7", -1, &stmt, NULL);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	OK(chain_next(sqlite3_column_blob(stmt, 0),
		sqlite3_column_blob(stmt, 1),
		(size_t)sqlite3_column_bytes(stmt, 1), hash, &err));
	sqlite3_finalize(stmt);
	sqlite3_prepare_v2(db, "UPDATE events SET hash = ?1 WHERE seq = 7", -1,
		&stmt, NULL);
	sqlite3_bind_blob(stmt, 1, hash, SHA256_LEN, SQLITE_STATIC);
	assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	assert_bad(p->db, 8); /* which hangs on the old one */
}

static void a_deleted_event_is_found(void **state)
{
	struct place *p = *state;

	tamper(p->db, "DELETE FROM events WHERE seq = 7");
	assert_bad(p->db, 7);
}

static void a_deleted_event_with_the_others_moved_up_is_found(void **state)
{
	struct place *p = *state;

	tamper(p->db, "DELETE FROM events WHERE seq = 7;"
		      "UPDATE events SET seq = seq + 1000 WHERE seq > 7;"
		      "UPDATE events SET seq = seq - 1001 WHERE seq > 1000;");
	/* the last one is now in another's place: no need to verify */
	struct registry *reg = NULL;
	SAYS(ERROR_CORRUPT, "event 19 is in another event's place",
		registry_open(&reg, p->db, REGISTRY_READ, NULL, &err));
}

static void a_swapped_pair_is_found(void **state)
{
	struct place *p = *state;

	tamper(p->db, "UPDATE events SET seq = 1000 WHERE seq = 7;"
		      "UPDATE events SET seq = 7 WHERE seq = 8;"
		      "UPDATE events SET seq = 8 WHERE seq = 1000;");
	assert_bad(p->db, 7);
}

static void a_changed_index_column_is_found(void **state)
{
	struct place *p = *state;

	tamper(p->db, "UPDATE events SET step = 5 WHERE seq = 7");
	assert_bad(p->db, 7);
}

static void a_cut_tail_shows_against_a_head(void **state)
{
	struct place *p = *state;
	struct registry *reg = open_rw(p->db);
	struct registry_report report;
	struct registry_head head;

	OK(registry_head(reg, &head, &err));
	registry_free(&reg);
	tamper(p->db, "DELETE FROM events WHERE seq > 18");
	reg = open_rw(p->db);
	OK(registry_rebuild(reg, &err));
	registry_free(&reg);
	assert_int_equal(look(p->db, NULL, &report), 0);
	assert_true(look(p->db, &head, &report) > 0);
	assert_non_null(strstr(err.text, "cut"));
}

static void a_rewritten_tail_shows_against_a_head(void **state)
{
	struct place *p = *state;
	struct registry *reg = open_rw(p->db);
	struct registry_report report;
	struct registry_head head, early;

	OK(registry_head(reg, &head, &err));
	registry_free(&reg);
	tamper(p->db, "DELETE FROM events WHERE seq > 18");
	reg = open_rw(p->db);
	OK(registry_head(reg, &early, &err));
	OK(registry_rebuild(reg, &err));
	fill(reg, 500, 5); /* an unbroken chain of other events */
	registry_free(&reg);
	assert_int_equal(look(p->db, NULL, &report), 0);
	assert_int_equal(look(p->db, &early, &report), 0);
	assert_true(look(p->db, &head, &report) > 0);
	assert_non_null(strstr(err.text, "rewritten"));
	assert_int_equal(report.bad_seq, EVENTS - 1);
	head = early;
	memset(head.stream, 'a', ID_LEN - 1);
	assert_true(look(p->db, &head, &report) > 0);
}

static void a_broken_tail_is_found_on_open(void **state)
{
	static const struct {
		const char *change, *words;
	} changes[] = {
		{ "UPDATE events SET event = x'7b7d' WHERE seq = 20",
			"event 20 does not fit the chain" },
		{ "UPDATE events SET hash = zeroblob(32) WHERE seq = 20",
			"event 20 does not fit the chain" },
		{ "UPDATE events SET hash = x'00' WHERE seq = 20",
			"event 20 does not fit the chain" },
		{ "UPDATE events SET hash = zeroblob(32) WHERE seq = 19",
			"event 20 does not fit the chain" },
		{ "UPDATE events SET seq = 21 WHERE seq = 20",
			"event 20 is missing" },
		{ "DELETE FROM events WHERE seq = 19", "event 19 is missing" },
		{ "DELETE FROM events WHERE seq = 0",
			"event 1 does not fit the chain" },
		{ "UPDATE events SET event = zeroblob(10) WHERE seq = 0",
			"event 0 does not fit the chain" },
		{ "DELETE FROM events", "event 0 is missing" },
		{ "DROP TABLE events", "no such table: events" },
		{ "PRAGMA application_id = 7",
			"it does not say that it is a registry" },
	};
	struct place *p = *state;
	struct registry *reg = NULL;
	struct buf before, after;

	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		copy(p->db, p->out);
		tamper(p->out, changes[i].change);
		slurp(p->out, &before);
		SAYS(ERROR_CORRUPT, changes[i].words, registry_open(&reg,
			p->out, REGISTRY_WRITE, NULL, &err));
		assert_null(reg);
		slurp(p->out, &after);
		assert_int_equal(before.n, after.n);
		assert_memory_equal(before.p, after.p, after.n);
		buf_done(&before);
		buf_done(&after);
	}
}

static void changed_evidence_is_found(void **state)
{
	struct place *p = *state;
	struct registry_report report;

	tamper(p->db, "UPDATE evidence SET bytes = zeroblob(1500) WHERE rowid"
		      " = 3");
	assert_int_equal(look(p->db, NULL, &report), 1);
	assert_int_equal(report.evidence, 9);
	assert_false(report.has_bad_seq);
}

static void pruned_evidence_is_counted_and_no_problem(void **state)
{
	struct place *p = *state;
	struct registry_report report;

	tamper(p->db, "DELETE FROM evidence WHERE rowid < 4");
	assert_int_equal(look(p->db, NULL, &report), 0);
	assert_int_equal(report.evidence_absent, 3);
	assert_int_equal(report.evidence, 7);
}

static void changed_rows_are_found(void **state)
{
	static const char *const changes[] = {
		"UPDATE tokens SET verdict = 20 WHERE id = (SELECT min(id) "
		"FROM tokens)",
		"DELETE FROM tokens WHERE id = (SELECT max(id) FROM tokens)",
		"INSERT INTO holders VALUES ('x', 'person', '', NULL)",
		"UPDATE identifiers SET basis = 2 WHERE value = '3'",
		"DELETE FROM joins",
		"INSERT INTO bindings (id, kind, user, since) VALUES ('x', "
		"'pam', '0', '')",
		"INSERT INTO credentials (token, rp, id, public_key, alg, "
		"counter, resident, uv, since) VALUES ('x', 'x', x'00', x'00',"
		" 0, 0, 0, 0, '')",
	};
	struct place *p = *state;
	struct registry_report report;
	struct registry *reg;

	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		copy(p->db, p->out);
		tamper(p->out, changes[i]);
		assert_true(look(p->out, NULL, &report) > 0);
		assert_false(report.has_bad_seq);
		reg = open_rw(p->out);
		OK(registry_rebuild(reg, &err));
		registry_free(&reg);
		assert_int_equal(look(p->out, NULL, &report), 0);
	}
}

/* ... which nobody reads, and which have other columns, or stand for more. */
static void rows_of_another_version_are_no_damage(void **state)
{
	static const char *const others[] = {
		"UPDATE applied SET version = version - 1",
		"UPDATE applied SET version = version + 1; ALTER TABLE tokens "
		"ADD COLUMN colour TEXT",
		"UPDATE applied SET version = 1; DELETE FROM joins; ALTER TABLE "
		"bindings DROP COLUMN since; DROP TABLE credentials",
	};
	struct place *p = *state;
	struct registry_report report;
	struct registry *reg;

	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		copy(p->db, p->out);
		tamper(p->out, others[i]);
		assert_int_equal(look(p->out, NULL, &report), 0);
		assert_int_equal(report.events, EVENTS);
		tamper(p->out, "UPDATE events SET event = CAST(replace(CAST("
			"event AS TEXT), 'stock', 'adopted') AS BLOB) "
			"WHERE seq = 7");
		assert_bad(p->out, 7);
		copy(p->db, p->out);
		tamper(p->out, others[i]);
		reg = open_rw(p->out);
		registry_free(&reg);
		assert_int_equal(look(p->out, NULL, &report), 0);
		tamper(p->out, "UPDATE tokens SET verdict = 20");
		assert_true(look(p->out, NULL, &report) > 0);
	}
}

static void erased_names_do_not_matter(void **state)
{
	struct place *p = *state;
	struct registry_report report;

	tamper(p->db, "DELETE FROM names");
	assert_int_equal(look(p->db, NULL, &report), 0);
}

static void events_of_a_later_program_are_kept(void **state)
{
	struct place *p = *state;
	struct registry *reg;
	struct registry_head head;
	struct registry_report report;
	char text[512], sql[2600], hex[1200], sha[HEX_LEN(SHA256_LEN)];
	unsigned char hash[SHA256_LEN];

	reg = open_rw(p->db);
	OK(registry_head(reg, &head, &err));
	snprintf(text, sizeof(text), "{\"v\":1,\"stream\":\"%s\",\"seq\":%d,"
		"\"journal\":\"0123456789abcdef0123456789abcdef\",\"step\":0,"
		"\"time\":\"2026-01-31T23:59:59Z\",\"type\":\"token.painted\","
		"\"actor\":{\"uid\":0},\"body\":{\"colour\":\"red\"}}",
		head.stream, EVENTS);
	registry_free(&reg);
	OK(chain_next(head.hash, text, strlen(text), hash, &err));
	hex_encode(hash, SHA256_LEN, sha);
	hex_encode(text, strlen(text), hex);
	snprintf(sql, sizeof(sql), "INSERT INTO events (stream, seq, journal, "
		"step, hash, event) VALUES ('%s', %d, "
		"'0123456789abcdef0123456789abcdef', 0, x'%s', x'%s')",
		head.stream, EVENTS, sha, hex);
	tamper(p->db, sql);
	reg = open_rw(p->db);
	fill(reg, 100, 1);
	registry_free(&reg);
	assert_int_equal(look(p->db, NULL, &report), 0);
	assert_int_equal(report.events, EVENTS + 3);
}

#define REWRITTEN(old, new) \
	"PRAGMA writable_schema = 1; UPDATE sqlite_schema SET sql = " \
	"replace(sql, '" old "', '" new "'); PRAGMA writable_schema = 0"

/* Tables of another shape, whose rows are as they were. */
static void tables_of_another_shape_are_found(void **state)
{
	static const struct {
		const char *sql, *says;
	} rows[] = {
		{ "ALTER TABLE names RENAME COLUMN made TO born",
			"tables: 'column names.made INTEGER not null' is "
			"missing" },
		{ "ALTER TABLE reservations ADD COLUMN more TEXT",
			"tables: 'column reservations.more TEXT' is no part" },
		{ "CREATE TRIGGER x AFTER INSERT ON names BEGIN DELETE FROM "
			"evidence; END", "tables: 'trigger x' is no part" },
		{ "CREATE TABLE more (x)", "tables: 'table more' is no part" },
		{ "DROP INDEX names_value",
			"tables: 'index names (kind, value)' is missing" },
		{ "DROP INDEX tokens_0",
			"tables: 'index tokens (holder)' is missing" },
		{ "ALTER TABLE events RENAME TO old;"
			"CREATE TABLE events (pos INTEGER PRIMARY KEY,"
			" stream TEXT NOT NULL, seq INTEGER NOT NULL,"
			" journal TEXT NOT NULL, step INTEGER NOT NULL,"
			" hash BLOB NOT NULL, event BLOB NOT NULL) STRICT;"
			"INSERT INTO events SELECT * FROM old; DROP TABLE old",
			"tables: 'unique events (journal, step)' is missing" },
		/* an event would take another one's place */
		{ REWRITTEN("UNIQUE (stream, seq)",
			"UNIQUE (stream, seq) ON CONFLICT REPLACE"),
			"tables: 'statement of table events' is no part" },
		{ REWRITTEN("stream TEXT", "stream TEXT COLLATE NOCASE"),
			"tables: 'statement of table events' is no part" },
		{ REWRITTEN("event BLOB NOT NULL",
			"event BLOB NOT NULL CHECK (seq < 100)"),
			"tables: 'statement of table events' is no part" },
	};
	struct place *p = *state;
	struct registry_report report;
	struct problems problems;
	struct buf good;
	size_t i;

	slurp(p->db, &good);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct registry *reg;

		spill(p->db, good.p, good.n);
		tamper(p->db, rows[i].sql);
		memset(&problems, 0, sizeof(problems));
		reg = open_ro(p->db);
		assert_int_equal(registry_verify(reg, NULL, note, &problems,
			&report, &err), -ERROR_CORRUPT);
		registry_free(&reg);
		if (!strstr(problems.all, rows[i].says))
			fail_msg("row %zu: %s", i, problems.all);
	}
	spill(p->db, good.p, good.n);
	buf_done(&good);
	assert_int_equal(look(p->db, NULL, &report), 0);
}

/* Another program's work: not a byte of it is touched. */
static void a_registry_in_wal_mode_is_left_as_it_is(void **state)
{
	struct place *p = *state;
	char wal[160];
	struct buf before[2], after[2];
	struct registry *reg = NULL;
	sqlite3 *db;
	int mode;

	snprintf(wal, sizeof(wal), "%s-wal", p->db);
	assert_int_equal(sqlite3_open(p->db, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA journal_mode = WAL;"
		"UPDATE names SET made = made + 1;", NULL, NULL, NULL),
		SQLITE_OK);
	/* as a killed program leaves it */
	slurp(p->db, &before[0]);
	slurp(wal, &before[1]);
	sqlite3_close(db);
	spill(p->db, before[0].p, before[0].n);
	spill(wal, before[1].p, before[1].n);
	assert_true(before[1].n > 0);
	for (mode = REGISTRY_READ; mode <= REGISTRY_WRITE; mode++) {
		SAYS(ERROR_CORRUPT, "write-ahead mode", registry_open(&reg,
			p->db, (enum registry_mode)mode, NULL, &err));
		slurp(p->db, &after[0]);
		slurp(wal, &after[1]);
		assert_int_equal(after[0].n, before[0].n);
		assert_memory_equal(after[0].p, before[0].p, after[0].n);
		assert_int_equal(after[1].n, before[1].n);
		assert_memory_equal(after[1].p, before[1].p, after[1].n);
		buf_done(&after[0]);
		buf_done(&after[1]);
	}
	buf_done(&before[0]);
	buf_done(&before[1]);
}

/* Whatever stands where a database says how it is written. */
static void what_is_no_database_is_said_to_be_none(void **state)
{
	static const char *const texts[] = { "no database at all, only text",
		"SQLite format 2 was before\n", "SQLite format 3 as a text it is",
		"x" };
	struct place *p = *state;
	struct registry *reg = NULL;
	struct buf after;
	size_t i;

	for (i = 0; i < ARRAY_LEN(texts); i++) {
		spill(p->db, (const unsigned char *)texts[i],
			strlen(texts[i]));
		SAYS(ERROR_CORRUPT, "is damaged: file is not a database",
			registry_open(&reg, p->db, REGISTRY_READ, NULL,
				&err));
		slurp(p->db, &after);
		assert_int_equal(after.n, strlen(texts[i]));
		assert_memory_equal(after.p, texts[i], after.n);
		buf_done(&after);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup_filled, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_good_registry_verifies),
		TEST(verifying_twice_and_going_on_works),
		TEST(a_changed_event_is_found),
		TEST(a_changed_event_with_its_own_new_hash_is_found),
		TEST(a_deleted_event_is_found),
		TEST(a_deleted_event_with_the_others_moved_up_is_found),
		TEST(a_swapped_pair_is_found),
		TEST(a_changed_index_column_is_found),
		TEST(a_cut_tail_shows_against_a_head),
		TEST(a_rewritten_tail_shows_against_a_head),
		TEST(a_broken_tail_is_found_on_open),
		TEST(changed_evidence_is_found),
		TEST(pruned_evidence_is_counted_and_no_problem),
		TEST(changed_rows_are_found),
		TEST(rows_of_another_version_are_no_damage),
		TEST(erased_names_do_not_matter),
		TEST(events_of_a_later_program_are_kept),
		TEST(tables_of_another_shape_are_found),
		TEST(a_registry_in_wal_mode_is_left_as_it_is),
		TEST(what_is_no_database_is_said_to_be_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
